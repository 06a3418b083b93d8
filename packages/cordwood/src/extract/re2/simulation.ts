import { assertionsAt } from './backtracker.ts';
import { type ByteProgram, operations } from './byte-program.ts';

/**
 * All alternatives at once, in order of preference (Pike's machine): the last resort for patterns whose states the lazy
 * automaton cannot keep and whose text is too long for the backtracker. Time is bounded by program length times text
 * length, memory by program length times groups.
 *
 * @param wantSlots false: only slots[0..1] are of interest, and slots[0] is not filled in
 * @returns slots as the backtracker gives them, or undefined
 */
export function simulate(
  program: ByteProgram,
  bytes: Uint8Array,
  textStart: number,
  from: number,
  textEnd: number,
  options: { anchored: boolean; first: boolean; wantSlots: boolean },
): Int32Array | undefined {
  const { operation, out, out2, first, count, rangeLo, rangeHi, rangeOut } = program;
  const size = operation.length;
  const slotCount = options.wantSlots ? program.slotCount : 0;
  let current = new Threads(size, slotCount);
  let next = new Threads(size, slotCount);
  const scratch = new Int32Array(slotCount).fill(-1);
  let best: Int32Array | undefined;
  // Recursion would be as deep as the program is long.
  const stack: number[] = [];
  const restored: number[] = [];

  const follow = (threads: Threads, start: number, position: number) => {
    stack.push(start);
    while (stack.length > 0) {
      const instruction = stack.pop()!;
      if (instruction < 0) {
        scratch[-1 - instruction] = restored.pop()!;
        continue;
      }
      if (!threads.visit(instruction)) continue;
      switch (operation[instruction]) {
        case operations.bytes:
        case operations.match:
          threads.push(instruction, scratch);
          break;
        case operations.split:
          stack.push(out2[instruction]!, out[instruction]!);
          break;
        case operations.save:
          if (slotCount > 0) {
            restored.push(scratch[first[instruction]!]!);
            stack.push(-1 - first[instruction]!);
            scratch[first[instruction]!] = position;
          }
          stack.push(out[instruction]!);
          break;
        case operations.assert:
          if (assertionsAt(bytes, textStart, position, textEnd) & first[instruction]!) stack.push(out[instruction]!);
          break;
      }
    }
  };

  follow(current, options.anchored ? program.start : program.searchStart, from);
  for (let position = from; current.length > 0; position++) {
    next.clear();
    const byte = position < textEnd ? bytes[position]! : -1;
    for (let i = 0; i < current.length; i++) {
      const instruction = current.instructions[i]!;
      if (operation[instruction] === operations.match) {
        best = new Int32Array(Math.max(2, slotCount)).fill(-1);
        if (slotCount > 0) best.set(current.slots.subarray(i * slotCount, (i + 1) * slotCount));
        best[1] = position;
        if (options.first) return best;
        break;
      }
      const last = first[instruction]! + count[instruction]!;
      for (let range = first[instruction]!; range < last; range++) {
        if (byte < rangeLo[range]!) break;
        if (byte > rangeHi[range]!) continue;
        if (slotCount > 0) scratch.set(current.slots.subarray(i * slotCount, (i + 1) * slotCount));
        follow(next, rangeOut[range]!, position + 1);
        break;
      }
    }
    if (byte < 0) break;
    [current, next] = [next, current];
  }
  return best;
}

/** An ordered set of instructions, each with what its path captured. */
class Threads {
  length = 0;
  readonly instructions: Int32Array;
  slots: Int32Array;
  readonly #visited: Uint32Array;
  readonly #slotCount: number;
  #generation = 1;

  constructor(size: number, slotCount: number) {
    this.instructions = new Int32Array(size);
    this.slots = new Int32Array(16 * slotCount);
    this.#visited = new Uint32Array(size);
    this.#slotCount = slotCount;
  }

  clear(): void {
    this.length = 0;
    this.#generation++;
  }

  visit(instruction: number): boolean {
    if (this.#visited[instruction] === this.#generation) return false;
    this.#visited[instruction] = this.#generation;
    return true;
  }

  push(instruction: number, slots: Int32Array): void {
    const at = this.length * this.#slotCount;
    if (at + this.#slotCount > this.slots.length) {
      const larger = new Int32Array(2 * this.slots.length + this.#slotCount);
      larger.set(this.slots);
      this.slots = larger;
    }
    this.slots.set(slots, at);
    this.instructions[this.length++] = instruction;
  }
}
