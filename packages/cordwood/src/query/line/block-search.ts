import type { Buffer } from 'node:buffer';
import { countRows, type LineBlock } from './line-block.ts';

/** A place of something in a block: where it begins and ends; undefined when there is none at or after `from`. */
export type FindNext = (from: number) => { readonly start: number; readonly end: number } | undefined;

/** Below one candidate in so many rows, looking at the candidates alone is cheaper than searching the whole block. */
const fewCandidates = 16;

/** Is it worth searching all bytes of the block, rather than its candidates one by one? */
export function isWorthSearching(block: LineBlock, candidates: Uint8Array): boolean {
  if (countRows(candidates) * fewCandidates < block.rowCount) return false;
  // Other things between the lines would be searched too.
  return block.end - block.start <= 2 * block.lineBytes;
}

/** Marks the rows within whose line something is found. The search jumps over the rest of a row that has it. */
export function markRowsWith(block: LineBlock, found: Uint8Array, findNext: FindNext): void {
  const { starts, ends, rowCount, end, byPlace } = block;
  let place = 0;
  let from = block.start;
  for (;;) {
    const hit = findNext(from);
    if (hit === undefined || hit.end > end) return;
    while (place < rowCount && ends[byPlace[place]!]! < hit.end) place++;
    if (place === rowCount) return;
    const row = byPlace[place]!;
    if (starts[row]! <= hit.start) {
      found[row] = 1;
      place++;
      if (place === rowCount) return;
      from = Math.max(hit.start + 1, starts[byPlace[place]!]!);
    } else {
      // The hit lies between lines or reaches from one into the next.
      from = Math.max(hit.start + 1, starts[row]!);
    }
  }
}

export function findLiteral(buffer: Buffer, needle: Uint8Array): FindNext {
  return (from) => {
    const start = buffer.indexOf(needle, from);
    return start < 0 ? undefined : { start, end: start + needle.length };
  };
}
