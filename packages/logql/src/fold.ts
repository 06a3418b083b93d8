import type { BinaryOperator } from './tree.ts';

/** Loki's arithmetic of two numbers; comparisons give 1 or 0. Division and remainder by zero give NaN. */
export function foldBinary(
  operator: Exclude<BinaryOperator, 'and' | 'or' | 'unless'>,
  left: number,
  right: number,
): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? Number.NaN : left / right;
    case '%':
      return right === 0 ? Number.NaN : left % right;
    case '^':
      return goPower(left, right);
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left !== right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '>=':
      return left >= right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '<=':
      return left <= right ? 1 : 0;
  }
}

/** Go's math.Pow differs from `**` in two places: 1 to any power, and -1 to an infinite one, are 1. */
function goPower(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}
