import type { BinaryOperator } from './tree.ts';

const precedences: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};

/** Higher binds tighter. All operators are left-associative but `^`. */
export function operatorPrecedence(operator: BinaryOperator): number {
  return precedences[operator];
}

export function isBinaryOperator(word: string): word is BinaryOperator {
  return Object.hasOwn(precedences, word);
}
