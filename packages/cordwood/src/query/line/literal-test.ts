import { Buffer } from 'node:buffer';
import { findLiteral, isWorthSearching, markRowsWith } from './block-search.ts';
import { addRows, type LineTest, searchRows } from './line-test.ts';

/** The line contains the text. Searching a whole block costs one pass of memory and nothing per row. */
export function literalTest(text: string): LineTest {
  const needle = Buffer.from(text);
  return {
    test: (row) => row.bytes().includes(needle),
    search(lines, candidates, found) {
      if (needle.length === 0) {
        found.set(candidates);
        return;
      }
      const rows = lines.find(needle, false, candidates);
      if (rows !== undefined) {
        addRows(found, rows);
        return;
      }
      const block = lines.block(candidates);
      if (isWorthSearching(block, candidates)) markRowsWith(block, found, findLiteral(block.buffer, needle));
      else {
        searchRows(lines, candidates, found, (bytes, start, end) => bytes.subarray(start, end).includes(needle));
      }
    },
  };
}
