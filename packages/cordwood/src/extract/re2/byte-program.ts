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
    const trie = trieOf(set);
    if (trie === undefined) return 0;
    return this.#reverse ? this.#compileBackwards(trie, next) : this.#compileTrie(trie, next, new Map());
  }

  #compileTrie(trie: Trie, next: number, compiled: Map<Trie, number>): number {
    let instruction = compiled.get(trie);
    if (instruction !== undefined) return instruction;
    const ranges = trie.map(({ lo, hi, to }) => ({
      lo,
      hi,
      out: to === undefined ? next : this.#compileTrie(to, next, compiled),
    }));
    instruction = this.#addBytes(ranges);
    compiled.set(trie, instruction);
    return instruction;
  }

  #addBytes(ranges: readonly { lo: number; hi: number; out: number }[]): number {
    const instruction = this.#add(operations.bytes, 0, this.#rangeLo.length);
    this.#count[instruction] = ranges.length;
    for (const { lo, hi, out } of ranges) {
      this.#rangeLo.push(lo);
      this.#rangeHi.push(hi);
      this.#rangeOut.push(out);
    }
    return instruction;
  }

  /** The trie read from its ends to its beginning: the same byte may come from several places. */
  #compileBackwards(trie: Trie, next: number): number {
    const sources = new Map<Trie | undefined, Map<Trie, { lo: number; hi: number }[]>>();
    const collect = (from: Trie) => {
      for (const { lo, hi, to } of from) {
        const isNew = !sources.has(to);
        if (isNew) sources.set(to, new Map());
        const ranges = sources.get(to)!;
        if (!ranges.has(from)) ranges.set(from, []);
        ranges.get(from)!.push({ lo, hi });
        if (isNew && to !== undefined) collect(to);
      }
    };
    collect(trie);
    const compiled = new Map<Trie | undefined, number>([[trie, next]]);
    const compile = (target: Trie | undefined): number => {
      let instruction = compiled.get(target);
      if (instruction !== undefined) return instruction;
      for (const [source, ranges] of sources.get(target)!) {
        const out = compile(source);
        const bytes = this.#addBytes(ranges.map(({ lo, hi }) => ({ lo, hi, out })));
        instruction = instruction === undefined ? bytes : this.#add(operations.split, bytes, 0, instruction);
      }
      compiled.set(target, instruction!);
      return instruction!;
    };
    return compile(undefined);
  }
}

/** The encodings of a set's characters: which byte leads where. Equal parts are the same object. */
type Trie = readonly { readonly lo: number; readonly hi: number; readonly to: Trie | undefined }[];

const tries = new WeakMap<CharSet, Trie>();

/** Undefined for a set without encodings. */
function trieOf(set: CharSet): Trie | undefined {
  let trie = tries.get(set);
  if (trie === undefined) {
    const sequences = utf8Sequences(set);
    if (sequences.length === 0) return undefined;
    trie = new TrieBuilder().build(sequences, 0);
    tries.set(set, trie);
  }
  return trie;
}

/** Builds tries in which equal parts are the same object. */
class TrieBuilder {
  readonly #byContent = new Map<string, Trie>();
  readonly #numbers = new Map<Trie | undefined, number>([[undefined, 0]]);

  /** @param sequences agree up to `depth` */
  build(sequences: readonly Utf8Sequence[], depth: number): Trie {
    const branches: { lo: number; hi: number; to: Trie | undefined }[] = [];
    for (const [lo, hi, group] of branchesOf(sequences, depth)) {
      const to = group[0]!.length === depth + 1 ? undefined : this.build(group, depth + 1);
      const last = branches.at(-1);
      if (last !== undefined && last.to === to && last.hi + 1 === lo) last.hi = hi;
      else branches.push({ lo, hi, to });
    }
    const content = branches.map(({ lo, hi, to }) => `${lo}-${hi}:${this.#numbers.get(to)}`).join();
    let trie = this.#byContent.get(content);
    if (trie === undefined) {
      trie = branches;
      this.#byContent.set(content, trie);
      this.#numbers.set(trie, this.#numbers.size);
    }
    return trie;
  }
}

/** One range per byte of the encoding. */
type Utf8Sequence = readonly (readonly [number, number])[];

function* branchesOf(
  sequences: readonly Utf8Sequence[],
  depth: number,
): Iterable<[lo: number, hi: number, group: readonly Utf8Sequence[]]> {
  // The ranges of sequences with a common beginning are equal or apart, and in order.
  let branch: [number, number, Utf8Sequence[]] | undefined;
  for (const sequence of sequences) {
    const [lo, hi] = sequence[depth]!;
    if (branch !== undefined && branch[0] === lo) {
      branch[2].push(sequence);
      continue;
    }
    if (branch !== undefined) yield branch;
    branch = [lo, hi, [sequence]];
  }
  if (branch !== undefined) yield branch;
}

/** The encodings of a set's characters as sequences of byte ranges. Surrogates have none. */
function utf8Sequences(set: CharSet): Utf8Sequence[] {
  const sequences: Utf8Sequence[] = [];
  for (const range of encodingLengths) {
    const part = intersectSets(set, range);
    for (let i = 0; i < part.length; i += 2) splitRange(encode(part[i]!), encode(part[i + 1]!), sequences);
  }
  return sequences;
}

/** Within one of these all characters have encodings of the same length. */
const encodingLengths: readonly CharSet[] = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, maxCodePoint],
];

function encode(codePoint: number): number[] {
  const last = 0x80 | (codePoint & 0x3f);
  if (codePoint < 0x80) return [codePoint];
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), last];
  const third = 0x80 | ((codePoint >> 6) & 0x3f);
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), third, last];
  return [0xf0 | (codePoint >> 18), 0x80 | ((codePoint >> 12) & 0x3f), third, last];
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
