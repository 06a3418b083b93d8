import type { IpMatcher } from './ip-matcher.ts';
import { type LineTest, searchRows } from './line-test.ts';

/** `|= ip("...")`: an address of the line matches. */
export function ipTest(matcher: IpMatcher): LineTest {
  return {
    test: (row) => matcher.findIn(row.bytes()),
    search: (block, candidates, found) =>
      searchRows(block, candidates, found, (row) =>
        matcher.findIn(block.buffer.subarray(block.starts[row]!, block.ends[row]!)),
      ),
  };
}
