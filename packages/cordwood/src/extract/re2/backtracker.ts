import { assertionBits, type ByteProgram, operations } from './byte-program.ts';
import { isWordByte } from './lazy-dfa.ts';

/**
 * Finds what the groups captured, by trying alternatives in order of preference and never trying one instruction at one
 * position twice: time and memory are bounded by program length times text length.
 */

/** Bits of the table of what was tried: 32 MB. */
export const maxVisitedBits = 1 << 28;

let visited = new Uint32Array(1 << 10);
let stack = new Int32Array(1 << 10);

/** Is the table of what was tried small enough for so much text? */
export function canBacktrack(program: ByteProgram, length: number): boolean {
  return program.operation.length * (length + 1) <= maxVisitedBits;
}

/**
 * Matches at exactly `from` in the text bytes[textStart, textEnd), looking no further than `end`.
 * @returns slots: byte offsets, start and end for each group, -1 for a group that took no part; undefined without a match
 */
export function backtrack(
  program: ByteProgram,
  bytes: Uint8Array,
  textStart: number,
  from: number,
  end: number,
  textEnd: number,
): Int32Array | undefined {
  const { operation, out, out2, first, count, rangeLo, rangeHi, rangeOut } = program;
  const length = end - from + 1;
  const words = (operation.length * length + 31) >>> 5;
  if (words > visited.length) visited = new Uint32Array(Math.max(words, 2 * visited.length));
  else visited.fill(0, 0, words);
  const slots = new Int32Array(program.slotCount).fill(-1);

  // Pairs on the stack: (instruction, position) to try, or (-1 - slot, old value) to put back.
  let depth = 0;
  const push = (a: number, b: number) => {
    if (depth + 2 > stack.length) {
      const larger = new Int32Array(2 * stack.length);
      larger.set(stack);
      stack = larger;
    }
    stack[depth++] = a;
    stack[depth++] = b;
  };
  push(program.start, from);
  while (depth > 0) {
    let position = stack[--depth]!;
    let instruction = stack[--depth]!;
    if (instruction < 0) {
      slots[-1 - instruction] = position;
      continue;
    }
    // Follows the preferred branch without touching the stack.
    for (;;) {
      const bit = instruction * length + (position - from);
      const mask = 1 << (bit & 31);
      if (visited[bit >>> 5]! & mask) break;
      visited[bit >>> 5]! |= mask;
      const op = operation[instruction];
      if (op === operations.bytes) {
        if (position === end) break;
        const byte = bytes[position]!;
        let range = first[instruction]!;
        const last = range + count[instruction]!;
        while (range < last && byte > rangeHi[range]!) range++;
        if (range === last || byte < rangeLo[range]!) break;
        instruction = rangeOut[range]!;
        position++;
      } else if (op === operations.split) {
        push(out2[instruction]!, position);
        instruction = out[instruction]!;
      } else if (op === operations.save) {
        push(-1 - first[instruction]!, slots[first[instruction]!]!);
        slots[first[instruction]!] = position;
        instruction = out[instruction]!;
      } else if (op === operations.assert) {
        if ((assertionsAt(bytes, textStart, position, textEnd) & first[instruction]!) === 0) break;
        instruction = out[instruction]!;
      } else if (op === operations.match) {
        slots[1] = position;
        return slots;
      } else break;
    }
  }
  return undefined;
}

/** The assertions that hold at a position of the text bytes[textStart, textEnd). */
export function assertionsAt(bytes: Uint8Array, textStart: number, position: number, textEnd: number): number {
  let holding = 0;
  const before = position > textStart ? bytes[position - 1]! : -1;
  const after = position < textEnd ? bytes[position]! : -1;
  if (before < 0) holding |= assertionBits.beginText | assertionBits.beginLine;
  if (after < 0) holding |= assertionBits.endText | assertionBits.endLine;
  if (before === 0x0a) holding |= assertionBits.beginLine;
  if (after === 0x0a) holding |= assertionBits.endLine;
  const isBoundary = (before >= 0 && isWordByte(before)) !== (after >= 0 && isWordByte(after));
  return holding | (isBoundary ? assertionBits.wordBoundary : assertionBits.notWordBoundary);
}
