import { Buffer } from 'node:buffer';
import { countRows, type LineBlock } from './line-block.ts';
import { type LineTest, searchRows } from './line-test.ts';

/** Below one candidate in so many rows, looking at the candidates alone is cheaper than searching the whole block. */
const fewCandidates = 16;

/** The line contains the text. Searching a whole block costs one pass of memory and nothing per row. */
export function literalTest(text: string): LineTest {
  const needle = Buffer.from(text);
  return {
    test: (row) => row.bytes().includes(needle),
    search(block, candidates, found) {
      if (needle.length === 0) {
        found.set(candidates);
      } else if (block.ascending && countRows(candidates) * fewCandidates >= block.rowCount) {
        searchBlock(block, needle, found);
      } else {
        searchRows(block, candidates, found, (row) =>
          block.buffer.subarray(block.starts[row]!, block.ends[row]!).includes(needle),
        );
      }
    },
  };
}

function searchBlock(block: LineBlock, needle: Buffer, found: Uint8Array): void {
  const { buffer, starts, ends, rowCount } = block;
  const end = block.end;
  let row = 0;
  let from = block.start;
  for (;;) {
    const hit = buffer.indexOf(needle, from);
    if (hit < 0 || hit + needle.length > end) return;
    while (row < rowCount && ends[row]! < hit + needle.length) row++;
    if (row === rowCount) return;
    if (starts[row]! <= hit) {
      found[row] = 1;
      row++;
      if (row === rowCount) return;
      from = starts[row]!;
    } else {
      // The hit lies between lines or reaches from one into the next.
      from = Math.max(hit + 1, starts[row]!);
    }
  }
}
