import type { LineFilter, LineFilterOperand } from '@cordwood/logql';
import { compileRe2 } from '../../extract/re2.ts';
import { RequestError } from '../../model/failure.ts';
import type { BatchLines } from './batch-lines.ts';
import { compileIpMatcher } from './ip-matcher.ts';
import { ipTest } from './ip-test.ts';
import type { LineTest } from './line-test.ts';
import { literalTest } from './literal-test.ts';
import { patternTest } from './pattern-test.ts';
import { regexpTest } from './regexp-test.ts';
import type { StageKind } from './stage.ts';

/** A line filter made ready: on one row, or on all lines of a batch at once. */
export interface CompiledLineFilter {
  /** The operands are joined with "or"; a negative filter keeps the lines that none of them finds. */
  readonly tests: readonly LineTest[];
  readonly negative: boolean;
}

export function compileLineFilter(filter: LineFilter): CompiledLineFilter {
  // Inside an or-chain Loki takes ip("...") for plain text (loki.md 2.2).
  const alone = filter.operands.length === 1;
  return {
    tests: filter.operands.map((operand) => compileOperand(filter, operand, alone)),
    negative: filter.operator.startsWith('!'),
  };
}

function compileOperand(filter: LineFilter, operand: LineFilterOperand, alone: boolean): LineTest {
  if (operand.ip && alone) {
    const matcher = compileIpMatcher(operand.text);
    if (matcher === undefined) throw new RequestError(400, `parse error : ip: invalid pattern: "${operand.text}"`);
    return ipTest(matcher);
  }
  switch (filter.operator) {
    case '|=':
    case '!=':
      return literalTest(operand.text);
    case '|~':
    case '!~': {
      const compiled = compileRe2(operand.text);
      if (compiled.error !== undefined) throw new RequestError(400, `parse error : ${compiled.error}`);
      return regexpTest(compiled.re2);
    }
    case '|>':
    case '!>':
      return patternTest(operand.text);
  }
}

/** Clears the candidates whose line does not pass. */
export function filterLines(filter: CompiledLineFilter, lines: BatchLines, candidates: Uint8Array): void {
  const found = new Uint8Array(lines.rowCount);
  for (const test of filter.tests) test.search(lines, candidates, found);
  const kept = filter.negative ? 0 : 1;
  for (let row = 0; row < found.length; row++) if (found[row] !== kept) candidates[row] = 0;
}

/** `|= != |~ !~ |> !>`, wherever it stands. */
export const lineFilterStage: StageKind<LineFilter> = {
  kind: 'lineFilter',
  reads: () => [],
  compile(stage) {
    const { tests, negative } = compileLineFilter(stage);
    return (row) => tests.some((test) => test.test(row)) !== negative;
  },
};
