import { type BinaryExpression, walk } from '@cordwood/logql';
import type { RuleCheck } from './rule-check.ts';
import { comparisonOutcome, valueRange } from './value-range.ts';

export const neverFires: RuleCheck = {
  name: 'never-fires',
  severity: 'error',
  describe:
    'A comparison that no value satisfies, as `count_over_time(…) < 1`: over no lines there is no count, not 0.',
  check({ expression }) {
    return [...walk(expression)].flatMap((node) => {
      if (node.kind !== 'binaryExpression' || node.returnBool || comparisonOutcome(node) !== 'never') return [];
      return [
        { message: `\`${node.operator}\` never holds here: ${reason(node)}`, hint: hintFor(node), span: node.span },
      ];
    });
  },
};

function reason({ left, right }: BinaryExpression): string {
  const describe = (side: BinaryExpression['left'], name: string) => {
    const { min, max, minOpen } = valueRange(side);
    if (min === max) return `the ${name} side is always ${min}`;
    if (max === Number.POSITIVE_INFINITY) return `the ${name} side is ${minOpen ? 'greater than' : 'at least'} ${min}`;
    return `the ${name} side is between ${min} and ${max}`;
  };
  return `${describe(left, 'left')}, ${describe(right, 'right')}`;
}

function hintFor({ left }: BinaryExpression): string {
  return [...walk(left)].some((node) => node.kind === 'rangeAggregation' && node.operation !== 'absent_over_time')
    ? 'where there are no lines there is no sample: use absent_over_time, or (… or vector(0)) < 1'
    : 'change the threshold or the operator';
}
