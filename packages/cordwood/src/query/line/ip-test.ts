import type { IpMatcher } from './ip-matcher.ts';
import { type LineTest, searchRows } from './line-test.ts';

/** `|= ip("...")`: an address of the line matches. */
export function ipTest(matcher: IpMatcher): LineTest {
  return {
    test: (row) => matcher.findIn(row.bytes()),
    search: (lines, candidates, found) =>
      searchRows(lines, candidates, found, (bytes, start, end) => matcher.findIn(bytes.subarray(start, end))),
  };
}
