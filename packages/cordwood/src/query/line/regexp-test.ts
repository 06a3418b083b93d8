import type { Re2 } from '../../extract/re2.ts';
import { type LineTest, searchRows } from './line-test.ts';
import { literalTest } from './literal-test.ts';
import { compilePrefilter } from './regexp-prefilter.ts';

/** The line contains a match. Where every match contains some run of characters, only lines that have it are looked at. */
export function regexpTest(re2: Re2): LineTest {
  if (re2.matchesEverything) return everything;
  if (re2.containedText !== undefined) return literalTest(re2.containedText);
  const prefilter = compilePrefilter(re2.source);
  return {
    test: (row) => {
      const bytes = row.bytes();
      return re2.testBytes(bytes, 0, bytes.length);
    },
    search(lines, candidates, found) {
      const possible = prefilter === undefined ? candidates : prefilter.narrow(lines, candidates);
      if (!possible.includes(1)) return;
      searchRows(lines, possible, found, (bytes, start, end) => re2.testBytes(bytes, start, end));
    },
  };
}

const everything: LineTest = {
  test: () => true,
  search: (_lines, candidates, found) => found.set(candidates),
};
