import { Buffer } from 'node:buffer';
import { type LineTest, searchRows } from './line-test.ts';

const capture = '<_>';

/**
 * `|> "literal <_> literal"`: literals are found from left to right, each at its first place behind the one before, without
 * going back; every capture takes at least one byte; a last literal ends the line, a last capture takes what is left. A first
 * literal need not start the line (loki.md 2.2).
 */
export function patternTest(pattern: string): LineTest {
  const literals = pattern.split(capture);
  const needles = literals.map((literal) => Buffer.from(literal));
  const first = needles[0]!;
  const last = needles.at(-1)!;

  function matches(line: Buffer): boolean {
    if (line.length === 0 || pattern === '') return line.length === 0 && pattern === '';
    let from = 0;
    for (const [index, needle] of needles.entries()) {
      if (needle.length === 0) continue;
      const at = line.indexOf(needle, from);
      if (at < 0) return false;
      // Something must stand before every literal but one that opens the pattern: the capture.
      if (at === from && !(index === 0 && needle === first)) return false;
      from = at + needle.length;
    }
    return last.length === 0 ? from < line.length : from === line.length;
  }

  return {
    test: (row) => matches(row.bytes()),
    search: (lines, candidates, found) =>
      searchRows(lines, candidates, found, (bytes, start, end) => matches(bytes.subarray(start, end))),
  };
}
