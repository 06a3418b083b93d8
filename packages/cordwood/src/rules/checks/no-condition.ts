import type { RuleCheck } from './rule-check.ts';
import { valueRange } from './value-range.ts';

export const noCondition: RuleCheck = {
  name: 'no-condition',
  severity: 'warning',
  describe: 'The expression of an alert has no threshold and may be 0: a sample fires whatever its value.',
  check({ raw, expression }) {
    if (raw.alert === '' || expression.kind === 'log' || expression.kind === 'variants') return [];
    let top = expression;
    while (top.kind === 'parenthesized') top = top.operand;
    const isFilter =
      top.kind === 'binaryExpression' &&
      !top.returnBool &&
      ['and', 'or', 'unless', '==', '!=', '<', '<=', '>', '>='].includes(top.operator);
    const { min, max, minOpen, presence } = valueRange(top);
    if (isFilter || presence !== 'sometimes' || min > 0 || (min === 0 && minOpen) || max < 0) return [];
    const message = 'the alert has no condition: it fires for every series, also for those with the value 0';
    const isBool = top.kind === 'binaryExpression' && top.returnBool;
    return [{ message, hint: isBool ? 'leave out bool' : 'compare with a threshold', span: top.span }];
  },
};
