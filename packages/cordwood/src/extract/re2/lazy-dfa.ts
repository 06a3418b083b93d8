import { assertionBits, type ByteProgram, operations } from './byte-program.ts';

/**
 * A deterministic automaton over bytes, built from a ByteProgram as input asks for it. It reads one byte in about a
 * nanosecond whatever the pattern, and it can neither backtrack nor grow: when the table of states is full it starts
 * again with an empty one, and when states are wanted faster than they are used it gives up for good (`gaveUp`): then the
 * caller takes a slower engine.
 *
 * A state is a list of instructions in order of preference plus what stands to the left of the position: that decides
 * `^` and `\b`. What stands to the right is not known yet. So with assertions in the program the list holds instructions
 * from which nothing was followed, and all is followed when the next byte is there; and a state tells by its sign that
 * its predecessor matched *before* the byte that led here: matches come out one byte late, the last one at the end of the
 * text, which counts as one more symbol.
 */

export const noMatch = -1;
export const gaveUp = -2;

/** Entries of one table (4 bytes each): 4 MB. There are two tables for a search (forward, backward), built on demand. */
const maxTableEntries = 1 << 20;
/** Patterns that earn a table get by with some hundred states; more take long to build. */
const maxStates = 4_000;
/** Instructions that all states of a table may list together: 8 MB. */
const maxListedInstructions = 1 << 21;
/** A full table that served fewer bytes than this for each of its states was not worth building. */
const bytesPerStateWorthBuilding = 10;
/** After so many of those in a row there is no hope. The first may be needed until the states repeat. */
const maxPoorTables = 2;

const none = -1;
const unknown = -1;
const dead = -2;
/** Entries at or below it: the position before the byte is the end of a match; the state is `-entry + matched`. */
const matched = -3;

/** What stands to the left. */
const context = { none: 0, newline: 1, word: 2, other: 3 } as const;

export class LazyDfa {
  readonly #program: ByteProgram;
  /** Keep every match (to find the longest) instead of the preferred one. */
  readonly #longest: boolean;
  readonly #classOfByte: Uint8Array;
  readonly #classCount: number;
  #table: Int32Array;
  #stateCount = 0;
  #listedInstructions = 0;
  /** Bytes read since the table was begun, but for the search that is under way. */
  #bytesServed = 0;
  #poorTables = 0;
  #lists: Int32Array[] = [];
  #contexts: number[] = [];
  readonly #stateByKey = new Map<string, number>();
  readonly #keepsHomeByState = new Map<number, Uint8Array>();
  readonly #startStates = new Int32Array(8).fill(unknown);
  readonly #queue: InstructionQueue;
  readonly #resolved: InstructionQueue;
  #stack: Int32Array;

  constructor(program: ByteProgram, options: { longest: boolean }) {
    this.#program = program;
    this.#longest = options.longest;
    const { classOfByte, classCount } = classesOf(program);
    this.#classOfByte = classOfByte;
    this.#classCount = classCount + 1;
    this.#table = new Int32Array(16 * this.#classCount);
    this.#queue = new InstructionQueue(program.operation.length);
    this.#resolved = new InstructionQueue(program.operation.length);
    this.#stack = new Int32Array(64);
  }

  /** States built so far, for tests and benchmarks. */
  get stateCount(): number {
    return this.#stateCount;
  }

  /**
   * Looks forward in text[from, end), where the text is bytes[textStart, end).
   * @param anchored the match must begin at `from`
   * @param first stop at the first end of a match seen (enough to know that there is one)
   * @returns where the preferred match ends
   */
  searchForward(
    bytes: Uint8Array,
    textStart: number,
    from: number,
    end: number,
    anchored: boolean,
    first: boolean,
  ): number {
    if (this.#poorTables >= maxPoorTables) return gaveUp;
    const left = from === textStart ? context.none : this.#contextAfter(bytes[from - 1]!);
    let state = this.#startState(left, anchored);
    let table = this.#table;
    const classOfByte = this.#classOfByte;
    let last = noMatch;
    let builtFrom = from;
    // A search is where it began for most of its bytes: which bytes keep it there is learned, and those are skipped.
    let home = state;
    const keepsHome = this.#keepsHome(home);
    for (let i = from; i < end; i++) {
      if (state === home) {
        while (i < end && keepsHome[bytes[i]!] === 1) i++;
        if (i === end) break;
      }
      let next = table[state + classOfByte[bytes[i]!]!]!;
      if (next >= 0) {
        if (next === home && state === home) keepsHome[bytes[i]!] = 1;
        else if (next === state) {
          // No byte has to wait for the one before it as long as the state is the same.
          do i++;
          while (i < end && table[state + classOfByte[bytes[i]!]!] === state);
          i--;
        }
        state = next;
        continue;
      }
      if (next === unknown) {
        if (this.#isFull()) {
          state = this.#startAgain(state, i - builtFrom);
          if (this.#poorTables >= maxPoorTables) return gaveUp;
          builtFrom = i;
          home = none;
        }
        next = this.#build(state, classOfByte[bytes[i]!]!, bytes[i]!);
        table = this.#table;
      }
      if (next === dead) return last;
      if (next <= matched) {
        last = i;
        if (first) return i;
        next = matched - next;
      }
      state = next;
    }
    this.#bytesServed += end - builtFrom;
    return this.#matchesBeforeEnd(state) ? end : last;
  }

  /**
   * Looks backward from `end` of a match in text[from, end) of the text bytes[textStart, textEnd). The program must have
   * been compiled in reverse.
   * @returns where the longest match that ends at `end` begins
   */
  searchBackward(bytes: Uint8Array, textStart: number, from: number, end: number, textEnd: number): number {
    if (this.#poorTables >= maxPoorTables) return gaveUp;
    const left = end === textEnd ? context.none : this.#contextAfter(bytes[end]!);
    let state = this.#startState(left, true);
    let last = noMatch;
    let builtFrom = end;
    for (let i = end - 1; ; i--) {
      const atEnd = i < from;
      const byte = i < textStart ? endOfText : bytes[i]!;
      const cls = byte === endOfText ? this.#classCount - 1 : this.#classOfByte[byte]!;
      let next = this.#table[state + cls]!;
      if (next === unknown) {
        if (this.#isFull()) {
          state = this.#startAgain(state, builtFrom - i);
          if (this.#poorTables >= maxPoorTables) return gaveUp;
          builtFrom = i;
        }
        next = this.#build(state, cls, byte);
      }
      if (next === dead) return last;
      if (next <= matched) {
        last = i + 1;
        next = matched - next;
      }
      if (atEnd) return last;
      state = next;
    }
  }

  #matchesBeforeEnd(state: number): boolean {
    const cls = this.#classCount - 1;
    let next = this.#table[state + cls]!;
    if (next === unknown) {
      const current = this.#isFull() ? this.#startAgain(state, 0) : state;
      next = this.#build(current, cls, endOfText);
    }
    return next <= matched;
  }

  /** By byte: 1 when it is known to lead from this state to this state. */
  #keepsHome(state: number): Uint8Array {
    let keeps = this.#keepsHomeByState.get(state);
    if (keeps === undefined) {
      keeps = new Uint8Array(256);
      this.#keepsHomeByState.set(state, keeps);
    }
    return keeps;
  }

  #contextAfter(byte: number): number {
    if (!this.#program.hasAssertions) return context.other;
    if (byte === 0x0a) return context.newline;
    return isWordByte(byte) ? context.word : context.other;
  }

  #startState(left: number, anchored: boolean): number {
    const kind = this.#program.hasAssertions ? left : context.other;
    const slot = 2 * kind + (anchored ? 1 : 0);
    let state = this.#startStates[slot]!;
    if (state === unknown) {
      this.#queue.clear();
      this.#enter(anchored ? this.#program.start : this.#program.searchStart);
      state = this.#stateFor(this.#queue, kind);
      this.#startStates[slot] = state;
    }
    return state;
  }

  // --- building states ---------------------------------------------------------------------------------------------------

  #isFull(): boolean {
    return (
      this.#stateCount >= maxStates ||
      (this.#stateCount + 2) * this.#classCount > maxTableEntries ||
      this.#listedInstructions > maxListedInstructions
    );
  }

  /** Forgets all states but the one we are in. */
  #startAgain(state: number, bytesOfSearch: number): number {
    const isPoor = this.#bytesServed + bytesOfSearch < bytesPerStateWorthBuilding * this.#stateCount;
    this.#poorTables = isPoor ? this.#poorTables + 1 : 0;
    this.#bytesServed = 0;
    const index = state / this.#classCount;
    const list = this.#lists[index]!;
    const left = this.#contexts[index]!;
    this.#stateByKey.clear();
    this.#lists = [];
    this.#contexts = [];
    this.#stateCount = 0;
    this.#listedInstructions = 0;
    this.#startStates.fill(unknown);
    this.#keepsHomeByState.clear();
    return this.#addState(list, left);
  }

  #build(state: number, cls: number, byte: number): number {
    const { operation, first, count, rangeLo, rangeHi, rangeOut, hasAssertions } = this.#program;
    const index = state / this.#classCount;
    const left = this.#contexts[index]!;
    let list = this.#lists[index]!;
    if (hasAssertions) {
      const holding = assertionsBetween(left, byte);
      this.#resolved.clear();
      for (const instruction of list) this.#follow(instruction, this.#resolved, holding);
      list = this.#resolved.toList();
    }
    this.#queue.clear();
    let matches = false;
    for (const instruction of list) {
      if (operation[instruction] === operations.match) {
        matches = true;
        if (!this.#longest) break;
      } else if (operation[instruction] === operations.bytes && byte !== endOfText) {
        const begin = first[instruction]!;
        for (let range = begin; range < begin + count[instruction]!; range++) {
          if (byte < rangeLo[range]!) break;
          if (byte <= rangeHi[range]!) {
            this.#enter(rangeOut[range]!);
            break;
          }
        }
      }
    }
    let next: number;
    if (this.#queue.length === 0 && !matches) next = dead;
    else {
      const target = this.#stateFor(this.#queue, byte === endOfText ? context.other : this.#contextAfter(byte));
      next = matches ? matched - target : target;
    }
    this.#table[state + cls] = next;
    return next;
  }

  /** Adds an instruction to the state being built. */
  #enter(instruction: number): void {
    if (!this.#program.hasAssertions) this.#follow(instruction, this.#queue, 0);
    else if (this.#queue.visit(instruction)) this.#queue.push(instruction);
  }

  /** Adds to the queue what can be reached from an instruction without reading, while the assertions `holding` hold. */
  #follow(from: number, queue: InstructionQueue, holding: number): void {
    const { operation, out, out2, first } = this.#program;
    let stack = this.#stack;
    let depth = 0;
    stack[depth++] = from;
    while (depth > 0) {
      const instruction = stack[--depth]!;
      if (!queue.visit(instruction)) continue;
      switch (operation[instruction]) {
        case operations.bytes:
        case operations.match:
          queue.push(instruction);
          break;
        case operations.split:
          if (depth + 2 > stack.length) {
            stack = new Int32Array(2 * stack.length);
            stack.set(this.#stack);
            this.#stack = stack;
          }
          stack[depth++] = out2[instruction]!;
          stack[depth++] = out[instruction]!;
          break;
        case operations.save:
          stack[depth++] = out[instruction]!;
          break;
        case operations.assert:
          if (holding & first[instruction]!) stack[depth++] = out[instruction]!;
          break;
      }
    }
  }

  #stateFor(queue: InstructionQueue, left: number): number {
    const key = queue.key(left);
    const known = this.#stateByKey.get(key);
    if (known !== undefined) return known;
    const state = this.#addState(queue.toList(), left);
    this.#stateByKey.set(key, state);
    return state;
  }

  #addState(list: Int32Array, left: number): number {
    const state = this.#stateCount++ * this.#classCount;
    if (state + this.#classCount > this.#table.length) {
      const larger = new Int32Array(2 * this.#table.length + this.#classCount);
      larger.set(this.#table);
      this.#table = larger;
    }
    this.#table.fill(unknown, state, state + this.#classCount);
    this.#lists.push(list);
    this.#contexts.push(left);
    this.#listedInstructions += list.length;
    return state;
  }
}

const endOfText = 256;

/** The assertions that hold between what stands to the left and the next byte (or the end of the text). Never 0. */
function assertionsBetween(left: number, byte: number): number {
  let holding = 0;
  if (left === context.none) holding |= assertionBits.beginText | assertionBits.beginLine;
  if (left === context.newline) holding |= assertionBits.beginLine;
  if (byte === endOfText) holding |= assertionBits.endText | assertionBits.endLine;
  if (byte === 0x0a) holding |= assertionBits.endLine;
  const isBoundary = (left === context.word) !== isWordByte(byte);
  return holding | (isBoundary ? assertionBits.wordBoundary : assertionBits.notWordBoundary);
}

export function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f
  );
}

/** Bytes that no instruction and no assertion tells apart are one column of the table. */
function classesOf(program: ByteProgram): { classOfByte: Uint8Array; classCount: number } {
  const isCut = new Uint8Array(257);
  for (let range = 0; range < program.rangeLo.length; range++) {
    isCut[program.rangeLo[range]!] = 1;
    isCut[program.rangeHi[range]! + 1] = 1;
  }
  if (program.hasAssertions) {
    for (let byte = 1; byte < 256; byte++) if (isWordByte(byte) !== isWordByte(byte - 1)) isCut[byte] = 1;
    isCut[0x0a] = 1;
    isCut[0x0b] = 1;
  }
  const classOfByte = new Uint8Array(256);
  let last = 0;
  for (let byte = 1; byte < 256; byte++) {
    if (isCut[byte]) last++;
    classOfByte[byte] = last;
  }
  return { classOfByte, classCount: last + 1 };
}

/** An ordered set of instructions with constant-time clearing. */
class InstructionQueue {
  readonly #visited: Uint32Array;
  #generation = 1;
  readonly #items: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.#visited = new Uint32Array(capacity);
    this.#items = new Int32Array(capacity);
  }

  clear(): void {
    this.length = 0;
    this.#generation++;
    if (this.#generation === 0xffffffff) {
      this.#visited.fill(0);
      this.#generation = 1;
    }
  }

  /** True at the first visit since the last clear. */
  visit(instruction: number): boolean {
    if (this.#visited[instruction] === this.#generation) return false;
    this.#visited[instruction] = this.#generation;
    return true;
  }

  push(instruction: number): void {
    this.#items[this.length++] = instruction;
  }

  toList(): Int32Array {
    return this.#items.slice(0, this.length);
  }

  key(left: number): string {
    let key = String.fromCharCode(left);
    for (let i = 0; i < this.length; i++) {
      const instruction = this.#items[i]!;
      key += instruction < 0x8000 ? String.fromCharCode(instruction) : wideKey(instruction);
    }
    return key;
  }
}

function wideKey(instruction: number): string {
  return String.fromCharCode(0x8000 | (instruction >>> 15), instruction & 0x7fff);
}
