import type { Expression, LogExpression, LogRange } from './tree.ts';

/** Every expression of a tree, parents before children, left before right; ranges and their log queries included. */
export function* walk(expression: Expression | LogRange): Generator<Expression | LogRange> {
  const pending: (Expression | LogRange)[] = [expression];
  for (let node = pending.pop(); node; node = pending.pop()) {
    yield node;
    pending.push(...children(node).toReversed());
  }
}

function children(node: Expression | LogRange): readonly (Expression | LogRange)[] {
  switch (node.kind) {
    case 'log':
    case 'literal':
    case 'vector':
      return [];
    case 'logRange':
      return [node.log];
    case 'rangeAggregation':
      return [node.range];
    case 'vectorAggregation':
    case 'labelReplace':
    case 'parenthesized':
      return [node.operand];
    case 'binaryExpression':
      return [node.left, node.right];
    case 'variants':
      return [...node.variants, node.of];
  }
}

/** The log queries of an expression: itself, or those whose ranges it aggregates. */
export function* logExpressions(expression: Expression): Generator<LogExpression> {
  for (const node of walk(expression)) if (node.kind === 'log') yield node;
}
