import type { BinaryOperator } from '@cordwood/logql';

export type SetOperator = 'and' | 'or' | 'unless';
export type ComparisonOperator = '==' | '!=' | '>' | '>=' | '<' | '<=';
export type ArithmeticOperator = Exclude<BinaryOperator, SetOperator | ComparisonOperator>;

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return compareNumbers[operator as ComparisonOperator] !== undefined;
}

export const compareNumbers: { readonly [Operator in ComparisonOperator]: (a: number, b: number) => boolean } = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** Division and remainder by zero give NaN, not infinity, as in Loki. */
export const computeNumbers: { readonly [Operator in ArithmeticOperator]: (a: number, b: number) => number } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? Number.NaN : a / b),
  '%': (a, b) => (b === 0 ? Number.NaN : a % b),
  '^': goPower,
};

/** Go's math.Pow: unlike JavaScript, 1^y is 1 for every y and (-1)^±Inf is 1. */
function goPower(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}

/** Both sides literals: a comparison gives 1 or 0, with or without `bool`. */
export function applyToNumbers(operator: BinaryOperator, left: number, right: number): number {
  if (isComparison(operator)) return compareNumbers[operator](left, right) ? 1 : 0;
  if (isSetOperator(operator)) return Number.NaN;
  return computeNumbers[operator as ArithmeticOperator](left, right);
}
