import type { MetricExpression } from '@cordwood/logql';

/** What stands in the innermost parentheses. */
export function withoutParentheses(expression: MetricExpression): MetricExpression {
  return expression.kind === 'parenthesized' ? withoutParentheses(expression.operand) : expression;
}
