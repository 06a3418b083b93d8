import { type ByteProgram, operations } from './byte-program.ts';

/**
 * Says whether there is a match, for patterns whose states are too many for the lazy automaton (`a.{20}b` over letters at
 * random has a million): all paths at once, as bits.
 *
 * A position is one kind of byte at one place of the pattern. The set of positions that may be read next is a row of
 * bits; a byte leaves those that can read it, and what follows them is the next row. Nearly always that is the position
 * before (programs are built from their end), so the row is shifted; the other ways, which loops and branches have, are
 * few and shared by many positions. Time per byte is bounded by the size of the pattern alone. Assertions are not supported.
 */
export class BitParallel {
  readonly #words: number;
  readonly #classOfByte = new Uint8Array(256);
  /** Positions that can read a byte of a class, by class. */
  readonly #readable: Uint32Array;
  /** Positions behind which the pattern has matched. */
  readonly #last: Uint32Array;
  readonly #initial: Uint32Array;
  readonly #matchesEmpty: boolean;
  /** Positions that the position before them follows. */
  readonly #shifted: Uint32Array;
  readonly #jumps: readonly Jump[];

  /** Undefined when the pattern is too long or has assertions. */
  static for(program: ByteProgram): BitParallel | undefined {
    if (program.hasAssertions) return undefined;
    const positions = positionsOf(program);
    return positions.length > maxPositions ? undefined : new BitParallel(program, positions);
  }

  private constructor(program: ByteProgram, positions: readonly Position[]) {
    this.#words = (positions.length + 31) >>> 5;
    const words = this.#words;
    const positionsAt = new Map<number, number[]>();
    for (const [i, position] of positions.entries()) {
      const at = positionsAt.get(position.instruction);
      if (at) at.push(i);
      else positionsAt.set(position.instruction, [i]);
    }
    const rowFrom = (instruction: number, row: Uint32Array): boolean => {
      const { bytes, matches } = closure(program, instruction);
      for (const reached of bytes) for (const i of positionsAt.get(reached)!) setBit(row, i);
      return matches;
    };
    this.#initial = new Uint32Array(words);
    this.#matchesEmpty = rowFrom(program.searchStart, this.#initial);
    this.#last = new Uint32Array(words);
    this.#shifted = new Uint32Array(words);
    const jumps = new Map<string, { from: Uint32Array; to: Uint32Array }>();
    for (const [i, { out }] of positions.entries()) {
      const to = new Uint32Array(words);
      if (rowFrom(out, to)) setBit(this.#last, i);
      if (i > 0 && hasBit(to, i - 1)) {
        setBit(this.#shifted, i);
        to[(i - 1) >>> 5]! &= ~(1 << ((i - 1) & 31));
      }
      if (to.every((word) => word === 0)) continue;
      const key = to.join();
      const jump = jumps.get(key) ?? { from: new Uint32Array(words), to };
      setBit(jump.from, i);
      jumps.set(key, jump);
    }
    this.#jumps = [...jumps.values()].map(({ from, to }) => ({ from, to, ...boundsOf(from, to) }));
    this.#readable = this.#readableByClass(positions);
  }

  #readableByClass(positions: readonly Position[]): Uint32Array {
    const rows: Uint32Array[] = [];
    const classByRow = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const row = new Uint32Array(this.#words);
      for (const [i, { ranges }] of positions.entries()) {
        if (ranges.some(([lo, hi]) => lo <= byte && byte <= hi)) setBit(row, i);
      }
      const key = row.join();
      let cls = classByRow.get(key);
      if (cls === undefined) {
        cls = rows.length;
        rows.push(row);
        classByRow.set(key, cls);
      }
      this.#classOfByte[byte] = cls;
    }
    const readable = new Uint32Array(rows.length * this.#words);
    for (const [cls, row] of rows.entries()) readable.set(row, cls * this.#words);
    return readable;
  }

  /** Is there a match in the text bytes[start, end)? */
  test(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#matchesEmpty) return true;
    const words = this.#words;
    const readable = this.#readable;
    const shifted = this.#shifted;
    const last = this.#last;
    const jumps = this.#jumps;
    const row = Uint32Array.from(this.#initial);
    const next = new Uint32Array(words);
    for (let i = start; i < end; i++) {
      const cls = this.#classOfByte[bytes[i]!]! * words;
      let lower = 0;
      for (let word = 0; word < words; word++) {
        const read = row[word]! & readable[cls + word]!;
        if ((read & last[word]!) !== 0) return true;
        row[word] = read;
        const shift = read & shifted[word]!;
        next[word] = shift >>> 1;
        // The lowest bit moves to the top of the word below.
        if (word > 0) next[word - 1] = lower | (shift << 31);
        lower = shift >>> 1;
      }
      for (let j = 0; j < jumps.length; j++) {
        const jump = jumps[j]!;
        const { from } = jump;
        let any = 0;
        for (let word = jump.fromFirst; word < jump.fromEnd; word++) any |= row[word]! & from[word]!;
        if (any === 0) continue;
        for (let word = jump.toFirst; word < jump.toEnd; word++) next[word]! |= jump.to[word]!;
      }
      row.set(next);
    }
    return false;
  }
}

/** From each of these positions to all of those. */
interface Jump {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** The words that are not zero: first and one past the last. */
  readonly fromFirst: number;
  readonly fromEnd: number;
  readonly toFirst: number;
  readonly toEnd: number;
}

function boundsOf(from: Uint32Array, to: Uint32Array) {
  const isSet = (word: number) => word !== 0;
  return {
    fromFirst: from.findIndex(isSet),
    fromEnd: from.findLastIndex(isSet) + 1,
    toFirst: to.findIndex(isSet),
    toEnd: to.findLastIndex(isSet) + 1,
  };
}

function setBit(row: Uint32Array, bit: number): void {
  row[bit >>> 5]! |= 1 << (bit & 31);
}

function hasBit(row: Uint32Array, bit: number): boolean {
  return ((row[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
}

/** Longer patterns take the simulation, whose time is bounded by the paths that are alive and not by all positions. */
const maxPositions = 4096;

interface Position {
  readonly instruction: number;
  readonly ranges: [lo: number, hi: number][];
  readonly out: number;
}

/** One per instruction that reads, and per place that it leads to. */
function positionsOf(program: ByteProgram): Position[] {
  const { operation, first, count, rangeLo, rangeHi, rangeOut } = program;
  const positions: Position[] = [];
  for (let instruction = 0; instruction < operation.length; instruction++) {
    if (operation[instruction] !== operations.bytes) continue;
    const byOut = new Map<number, Position>();
    for (let range = first[instruction]!; range < first[instruction]! + count[instruction]!; range++) {
      const out = rangeOut[range]!;
      let position = byOut.get(out);
      if (position === undefined) {
        position = { instruction, ranges: [], out };
        byOut.set(out, position);
        positions.push(position);
        if (positions.length > maxPositions) return positions;
      }
      position.ranges.push([rangeLo[range]!, rangeHi[range]!]);
    }
  }
  return positions;
}

/** Instructions that read and can be reached without reading. */
function closure(program: ByteProgram, from: number): { bytes: number[]; matches: boolean } {
  const { operation, out, out2 } = program;
  const seen = new Set<number>();
  const stack = [from];
  const bytes: number[] = [];
  let matches = false;
  while (stack.length > 0) {
    const instruction = stack.pop()!;
    if (seen.has(instruction)) continue;
    seen.add(instruction);
    const op = operation[instruction];
    if (op === operations.bytes) bytes.push(instruction);
    else if (op === operations.match) matches = true;
    else if (op === operations.split) stack.push(out[instruction]!, out2[instruction]!);
    else if (op === operations.save) stack.push(out[instruction]!);
  }
  return { bytes, matches };
}
