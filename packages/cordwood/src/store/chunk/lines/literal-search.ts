import type { ValueCondition } from '../../../codec/values/value-column.ts';
import { type SlotKind, type StoredShape, slotKinds } from './line-shape.ts';

/**
 * Where a literal can be in lines of one shape. The literal either lies in the constant text (then every line has it), or it
 * begins in a value or in the text before one; each possibility ("alignment") is a list of conditions on values that must all
 * hold. Nothing of a line needs to be put together to check them, and the answer is exact.
 *
 * A backslash in the literal makes it unclear which quotes end a string; such literals are not answered here.
 */
export type Alignment = readonly SlotCondition[];

export interface SlotCondition {
  readonly slot: number;
  readonly condition: ValueCondition;
}

/** 'all': every line of the shape has the literal. */
export function alignLiteral(
  shape: StoredShape,
  kinds: readonly SlotKind[],
  literal: Uint8Array,
  ignoreCase: boolean,
): 'all' | Alignment[] {
  const search = new AlignmentSearch(shape, kinds, literal, ignoreCase);
  return search.run();
}

export function canAlign(literal: Uint8Array): boolean {
  return !literal.includes(backslash);
}

const quote = 0x22;
const backslash = 0x5c;
const closeBracket = 0x5d;

const inScalar = new Uint8Array(256);
for (const character of '+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') {
  inScalar[character.charCodeAt(0)] = 1;
}

class AlignmentSearch {
  readonly #literals: Uint8Array;
  readonly #pieceEnds: Uint32Array;
  readonly #kinds: readonly SlotKind[];
  readonly #literal: Uint8Array;
  readonly #ignoreCase: boolean;
  readonly #alignments: Alignment[] = [];
  #all = false;

  constructor(shape: StoredShape, kinds: readonly SlotKind[], literal: Uint8Array, ignoreCase: boolean) {
    this.#literals = shape.literals;
    this.#pieceEnds = shape.pieceEnds;
    this.#kinds = kinds;
    this.#literal = literal;
    this.#ignoreCase = ignoreCase;
  }

  run(): 'all' | Alignment[] {
    const { length } = this.#literal;
    let pieceStart = 0;
    for (let piece = 0; piece <= this.#kinds.length && !this.#all; piece++) {
      const pieceEnd = this.#pieceEnds[piece]!;
      for (let at = pieceStart; at < pieceEnd; at++) this.#textFrom(piece, at, 0, []);
      pieceStart = pieceEnd;
      if (piece === this.#kinds.length) break;
      // Beginning inside the value, or at its very start when it is a string's: the empty beginning is the case above.
      const ends = this.#valueEnds(piece, 0, true);
      if (ends.inside) this.#alignments.push([this.#condition(piece, 'contains', 0, length)]);
      for (const end of ends.at) {
        if (end > 0) this.#textFrom(piece + 1, pieceEnd, end, [this.#condition(piece, 'endsWith', 0, end)]);
      }
    }
    return this.#all ? 'all' : this.#alignments;
  }

  /** The literal from `from` on must agree with the constant text of `piece` from `at` on. */
  #textFrom(piece: number, at: number, from: number, conditions: Alignment): void {
    const pieceEnd = this.#pieceEnds[piece]!;
    let position = at;
    let next = from;
    while (position < pieceEnd && next < this.#literal.length) {
      if (!this.#agrees(this.#literals[position]!, this.#literal[next]!)) return;
      position++;
      next++;
    }
    if (next === this.#literal.length) {
      if (conditions.length === 0) this.#all = true;
      else this.#alignments.push(conditions);
    } else if (piece < this.#kinds.length) this.#valueFrom(piece, next, conditions);
  }

  /** The value of `slot` begins with the literal from `from` on, or is a part of it. */
  #valueFrom(slot: number, from: number, conditions: Alignment): void {
    const { length } = this.#literal;
    const ends = this.#valueEnds(slot, from, false);
    if (ends.inside) this.#alignments.push([...conditions, this.#condition(slot, 'startsWith', from, length)]);
    for (const end of ends.at) {
      const whole = this.#condition(slot, 'equals', from, end);
      this.#textFrom(slot + 1, this.#pieceEnds[slot]!, end, [...conditions, whole]);
    }
  }

  /** Where in the literal the value can end, given that the literal's bytes from `from` on are in it; or does it not end? */
  #valueEnds(slot: number, from: number, beginsInside: boolean): { inside: boolean; at: number[] } {
    const literal = this.#literal;
    switch (this.#kinds[slot]!) {
      case slotKinds.string: {
        // Without backslashes in the literal a quote ends the string, but for one that the literal begins with: the
        // backslash may stand before it.
        const end = literal.indexOf(quote, beginsInside && literal[0] === quote ? 1 : from);
        return end < 0 ? { inside: true, at: [] } : { inside: false, at: [end] };
      }
      case slotKinds.scalar: {
        let end = from;
        while (end < literal.length && inScalar[literal[end]!] === 1) end++;
        return end === literal.length ? { inside: true, at: [] } : { inside: false, at: [end] };
      }
      case slotKinds.array: {
        const at: number[] = [];
        for (let end = from + 1; end < literal.length; end++) if (literal[end - 1] === closeBracket) at.push(end);
        return { inside: true, at };
      }
    }
  }

  #condition(slot: number, kind: ValueCondition['kind'], start: number, end: number): SlotCondition {
    return { slot, condition: { kind, literal: this.#literal.subarray(start, end), ignoreCase: this.#ignoreCase } };
  }

  #agrees(byte: number, wanted: number): boolean {
    if (byte === wanted) return true;
    return this.#ignoreCase && byte >= 0x41 && byte <= 0x5a && (byte | 0x20) === wanted;
  }
}
