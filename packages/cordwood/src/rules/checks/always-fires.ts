import type { MetricExpression } from '@cordwood/logql';
import type { RuleCheck } from './rule-check.ts';
import { valueRange } from './value-range.ts';

export const alwaysFires: RuleCheck = {
  name: 'always-fires',
  severity: 'error',
  describe: 'The expression of an alert gives a sample whatever the logs are, as `x or vector(0) < 1` does.',
  check({ raw, expression }) {
    if (raw.alert === '' || expression.kind === 'log' || expression.kind === 'variants') return [];
    if (valueRange(expression).presence !== 'always') return [];
    const message = 'the alert always fires: the expression gives a sample whatever the logs are';
    const hint = hasLooseOr(expression)
      ? '`or` binds weaker than a comparison: write (… or vector(0)) < 1'
      : 'compare the whole with a threshold';
    return [{ message, hint, span: expression.span }];
  },
};

/** `a or b < c` without parentheses: read as `a or (b < c)`, rarely meant. */
function hasLooseOr(expression: MetricExpression): boolean {
  return (
    expression.kind === 'binaryExpression' &&
    expression.operator === 'or' &&
    expression.right.kind === 'binaryExpression' &&
    /^[<>=!]/.test(expression.right.operator)
  );
}
