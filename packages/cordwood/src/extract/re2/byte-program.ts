import { type CharSet, fullSet, intersectSets, maxCodePoint } from './char-set.ts';
import { isNullable } from './node-facts.ts';
import type { Assertion, Re2Node } from './syntax-tree.ts';

/**
 * A pattern as a nondeterministic automaton over UTF-8 bytes, in columns. Instruction i:
 *
 * - `bytes`: one byte; ranges `first[i] .. first[i] + count[i]` of the range columns say which byte leads where
 * - `split`: first `out[i]`, or else `out2[i]`
 * - `assert`: go on at `out[i]` if assertion `first[i]` holds here
 * - `save`: remember the position in slot `first[i]`, go on at `out[i]`
 * - `match`, `fail`
 */
export interface ByteProgram {
  readonly operation: Uint8Array;
  readonly out: Int32Array;
  readonly out2: Int32Array;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly rangeLo: Uint8Array;
  readonly rangeHi: Uint8Array;
  readonly rangeOut: Int32Array;
  /** Where an attempt at the current position begins. */
  readonly start: number;
  /** Where a search begins: tries here, then one character on. */
  readonly searchStart: number;
  readonly hasAssertions: boolean;
  readonly slotCount: number;
}

export const operations = { bytes: 0, split: 1, assert: 2, save: 3, match: 4, fail: 5 } as const;

/** Bits of the assertions that hold at a position. */
export const assertionBits: Record<Assertion, number> = {
  beginText: 1,
  endText: 2,
  beginLine: 4,
  endLine: 8,
  wordBoundary: 16,
  notWordBoundary: 32,
};

/** A program longer than this is refused: it could not be run in reasonable memory. */
const maxInstructions = 2_000_000;

export class ProgramTooLarge extends Error {}

/**
 * @param options.captures keep the `save` instructions (else groups leave no trace)
 * @param options.reverse read the text backwards: finds where a match began whose end is known
 */
export function compileByteProgram(
  root: Re2Node,
  options: { captures?: boolean; reverse?: boolean; groupCount?: number },
): ByteProgram {
  return new Compiler(options.captures ?? false, options.reverse ?? false).compile(root, options.groupCount ?? 0);
}

const mirrored: Record<Assertion, Assertion> = {
  beginText: 'endText',
  endText: 'beginText',
  beginLine: 'endLine',
  endLine: 'beginLine',
  wordBoundary: 'wordBoundary',
  notWordBoundary: 'notWordBoundary',
};

class Compiler {
  readonly #captures: boolean;
  readonly #reverse: boolean;
  readonly #operation: number[] = [];
  readonly #out: number[] = [];
  readonly #out2: number[] = [];
  readonly #first: number[] = [];
  readonly #count: number[] = [];
  readonly #rangeLo: number[] = [];
  readonly #rangeHi: number[] = [];
  readonly #rangeOut: number[] = [];
  #hasAssertions = false;

  constructor(captures: boolean, reverse: boolean) {
    this.#captures = captures;
    this.#reverse = reverse;
  }

  compile(root: Re2Node, groupCount: number): ByteProgram {
    const { match, fail, split } = operations;
    this.#add(fail, 0);
    let start = this.#compile(root, this.#add(match, 0));
    if (this.#captures) start = this.#add(operations.save, start, 0);
    const searchStart = this.#add(split, start);
    this.#out2[searchStart] = this.#compileSet(fullSet, searchStart);
    return {
      operation: Uint8Array.from(this.#operation),
      out: Int32Array.from(this.#out),
      out2: Int32Array.from(this.#out2),
      first: Int32Array.from(this.#first),
      count: Int32Array.from(this.#count),
      rangeLo: Uint8Array.from(this.#rangeLo),
      rangeHi: Uint8Array.from(this.#rangeHi),
      rangeOut: Int32Array.from(this.#rangeOut),
      start,
      searchStart,
      hasAssertions: this.#hasAssertions,
      slotCount: 2 * (groupCount + 1),
    };
  }

  #add(operation: number, out: number, first = 0, out2 = 0): number {
    if (this.#operation.length >= maxInstructions) throw new ProgramTooLarge();
    this.#operation.push(operation);
    this.#out.push(out);
    this.#out2.push(out2);
    this.#first.push(first);
    this.#count.push(0);
    return this.#operation.length - 1;
  }

  /** Compiles a node whose successor is known; returns where the node begins. */
  #compile(node: Re2Node, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'set':
        return this.#compileSet(node.set, next);
      case 'assertion': {
        this.#hasAssertions = true;
        const assertion = this.#reverse ? mirrored[node.assertion] : node.assertion;
        return this.#add(operations.assert, next, assertionBits[assertion]);
      }
      case 'sequence': {
        const { items } = node;
        let at = next;
        if (this.#reverse) for (let i = 0; i < items.length; i++) at = this.#compile(items[i]!, at);
        else for (let i = items.length - 1; i >= 0; i--) at = this.#compile(items[i]!, at);
        return at;
      }
      case 'alternation': {
        let at = this.#compile(node.items.at(-1)!, next);
        for (let i = node.items.length - 2; i >= 0; i--) {
          at = this.#add(operations.split, this.#compile(node.items[i]!, next), 0, at);
        }
        return at;
      }
      case 'group': {
        if (!this.#captures) return this.#compile(node.item, next);
        const end = this.#add(operations.save, next, 2 * node.index + 1);
        return this.#add(operations.save, this.#compile(node.item, end), 2 * node.index);
      }
      case 'repeat':
        return this.#compileRepeat(node, next);
    }
  }

  #compileRepeat(node: Re2Node & { kind: 'repeat' }, next: number): number {
    const { item, min, max, greedy } = node;
    let at = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#add(operations.split, 0);
      const body = this.#compile(item, loop);
      this.#setSplit(loop, body, next, greedy);
      if (min > 0) at = this.#repeated(item, min - 1, body);
      // A loop over something that may be empty is entered through its body, so that an empty first round counts as one.
      else at = isNullable(item) ? this.#split(body, next, greedy) : loop;
      return at;
    }
    for (let i = min; i < max; i++) at = this.#split(this.#compile(item, at), next, greedy);
    return this.#repeated(item, min, at);
  }

  #repeated(item: Re2Node, times: number, next: number): number {
    let at = next;
    for (let i = 0; i < times; i++) at = this.#compile(item, at);
    return at;
  }

  #split(body: number, next: number, greedy: boolean): number {
    const split = this.#add(operations.split, 0);
    this.#setSplit(split, body, next, greedy);
    return split;
  }

  #setSplit(split: number, body: number, next: number, greedy: boolean): void {
    this.#out[split] = greedy ? body : next;
    this.#out2[split] = greedy ? next : body;
  }

  #compileSet(set: CharSet, next: number): number {
    const sequences = utf8Sequences(set);
    if (sequences.length === 0) return 0;
    if (this.#reverse) return this.#compileTrie(reversed(sequences), 0, next, new Map());
    return this.#compileTrie(sequences, 0, next, new Map());
  }

  /** Sequences that agree up to `depth`, as one instruction per place; equal tails are shared. */
  #compileTrie(sequences: readonly Utf8Sequence[], depth: number, next: number, known: Map<string, number>): number {
    const branches: { lo: number; hi: number; out: number }[] = [];
    for (const [lo, hi, group] of branchesOf(sequences, depth)) {
      const ends = group.some((sequence) => sequence.length === depth + 1);
      const out = ends ? next : this.#compileTrie(group, depth + 1, next, known);
      const last = branches.at(-1);
      if (last !== undefined && last.out === out && last.hi + 1 === lo) last.hi = hi;
      else branches.push({ lo, hi, out });
    }
    const key = branches.map(({ lo, hi, out }) => `${lo}-${hi}:${out}`).join(',');
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const instruction = this.#add(operations.bytes, 0, this.#rangeLo.length);
    this.#count[instruction] = branches.length;
    for (const { lo, hi, out } of branches) {
      this.#rangeLo.push(lo);
      this.#rangeHi.push(hi);
      this.#rangeOut.push(out);
    }
    known.set(key, instruction);
    return instruction;
  }
}

/** One range per byte of the encoding. */
type Utf8Sequence = readonly (readonly [number, number])[];

function* branchesOf(
  sequences: readonly Utf8Sequence[],
  depth: number,
): Iterable<[lo: number, hi: number, group: readonly Utf8Sequence[]]> {
  // Cut the byte axis at every bound: read backwards, ranges of different sequences may overlap in part.
  const bounds = new Set<number>();
  for (const sequence of sequences) bounds.add(sequence[depth]![0]).add(sequence[depth]![1] + 1);
  const cuts = [...bounds].sort((a, b) => a - b);
  for (let i = 0; i + 1 < cuts.length; i++) {
    const lo = cuts[i]!;
    const group = sequences.filter((sequence) => sequence[depth]![0] <= lo && lo <= sequence[depth]![1]);
    if (group.length > 0) yield [lo, cuts[i + 1]! - 1, group];
  }
}

function reversed(sequences: readonly Utf8Sequence[]): Utf8Sequence[] {
  return sequences.map((sequence) => sequence.toReversed());
}

const sequencesOfSets = new WeakMap<CharSet, Utf8Sequence[]>();

/** The encodings of a set's characters as sequences of byte ranges. Surrogates have none. */
function utf8Sequences(set: CharSet): Utf8Sequence[] {
  let sequences = sequencesOfSets.get(set);
  if (sequences === undefined) {
    sequences = [];
    const lengths: [number, number][] = [
      [0, 0x7f],
      [0x80, 0x7ff],
      [0x800, 0xd7ff],
      [0xe000, 0xffff],
      [0x10000, maxCodePoint],
    ];
    for (const range of lengths) {
      const part = intersectSets(set, range);
      for (let i = 0; i < part.length; i += 2) splitRange(encode(part[i]!), encode(part[i + 1]!), sequences);
    }
    sequencesOfSets.set(set, sequences);
  }
  return sequences;
}

function encode(codePoint: number): number[] {
  return [...Buffer.from(String.fromCodePoint(codePoint))];
}

/** lo..hi (encodings of equal length) as sequences in which every byte varies independently of the others. */
function splitRange(lo: readonly number[], hi: readonly number[], out: Utf8Sequence[]): void {
  const common = lo.findIndex((byte, i) => byte !== hi[i]);
  if (common < 0 || common === lo.length - 1) {
    out.push(lo.map((byte, i) => [byte, hi[i]!]));
    return;
  }
  const after = common + 1;
  const lowest = lo.every((byte, i) => i < after || byte === 0x80);
  const highest = hi.every((byte, i) => i < after || byte === 0xbf);
  if (lowest && highest) {
    out.push(lo.map((byte, i) => [byte, hi[i]!]));
    return;
  }
  // First the rest of lo's block, then the whole blocks between, then the beginning of hi's block.
  let first = lo[common]!;
  let last = hi[common]!;
  const head = lo.slice(0, common);
  const tail = (byte: number) => Array.from({ length: lo.length - after }, () => byte);
  if (!lowest) {
    splitRange(lo, [...head, first, ...tail(0xbf)], out);
    first++;
  }
  if (!highest) last--;
  if (first <= last) splitRange([...head, first, ...tail(0x80)], [...head, last, ...tail(0xbf)], out);
  if (!highest) splitRange([...head, last + 1, ...tail(0x80)], hi, out);
}
