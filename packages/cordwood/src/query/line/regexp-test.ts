import type { Re2 } from '../../extract/re2.ts';
import { type LineTest, searchRows } from './line-test.ts';
import { literalTest } from './literal-test.ts';

/** The line contains a match. Where every match contains some literal, only lines that have it are looked at. */
export function regexpTest(re2: Re2): LineTest {
  if (re2.matchesEverything) return everything;
  if (re2.containedText !== undefined) return literalTest(re2.containedText);
  const clause = mostSelective(re2.requiredLiterals)?.map(literalTest);
  return {
    test: (row) => {
      const bytes = row.bytes();
      return re2.testBytes(bytes, 0, bytes.length);
    },
    search(block, candidates, found) {
      let worthLooking = candidates;
      if (clause !== undefined) {
        worthLooking = new Uint8Array(block.rowCount);
        for (const literal of clause) literal.search(block, candidates, worthLooking);
      }
      searchRows(block, candidates, found, (row) => {
        return worthLooking[row] === 1 && re2.testBytes(block.buffer, block.starts[row]!, block.ends[row]!);
      });
    },
  };
}

const everything: LineTest = {
  test: () => true,
  search: (_block, candidates, found) => found.set(candidates),
};

/** A short text is in nearly every line, and a long list costs a pass of the block for each text. */
const shortestUseful = 3;
const mostTexts = 4;

/** Of several clauses the one whose shortest text is longest. */
export function mostSelective(clauses: readonly (readonly string[])[]): readonly string[] | undefined {
  let best: readonly string[] | undefined;
  let bestLength = shortestUseful - 1;
  for (const clause of clauses) {
    const shortest = Math.min(...clause.map((text) => text.length));
    if (clause.length <= mostTexts && shortest > bestLength) {
      best = clause;
      bestLength = shortest;
    }
  }
  return best;
}
