/**
 * Edits of a query go through its tree and are printed again, never by gluing text. Whatever is done to "the query" is done
 * to each log query inside it, so that a click on a label of a chart edits the selectors below the aggregation.
 */
import {
  type Expression,
  type LogExpression,
  type LogRange,
  logExpressions,
  type MetricExpression,
} from '@cordwood/logql';

/** For nodes that never stood in a text. */
export const nowhere = Object.freeze({ start: 0, end: 0 });

export function mapLogs(expression: Expression, edit: (log: LogExpression) => LogExpression): Expression {
  if (expression.kind === 'log') return edit(expression);
  if (expression.kind === 'variants') {
    return {
      ...expression,
      variants: expression.variants.map((variant) => mapMetric(variant, edit)),
      of: mapRange(expression.of, edit),
    };
  }
  return mapMetric(expression, edit);
}

function mapRange(range: LogRange, edit: (log: LogExpression) => LogExpression): LogRange {
  return { ...range, log: edit(range.log) };
}

function mapMetric(expression: MetricExpression, edit: (log: LogExpression) => LogExpression): MetricExpression {
  switch (expression.kind) {
    case 'rangeAggregation':
      return { ...expression, range: mapRange(expression.range, edit) };
    case 'vectorAggregation':
    case 'labelReplace':
    case 'parenthesized':
      return { ...expression, operand: mapMetric(expression.operand, edit) };
    case 'binaryExpression':
      return { ...expression, left: mapMetric(expression.left, edit), right: mapMetric(expression.right, edit) };
    case 'literal':
    case 'vector':
      return expression;
  }
}

/** The first log query inside, in the order of the text; undefined when there is none (`1 + 1`). */
export function firstLog(expression: Expression): LogExpression | undefined {
  return logExpressions(expression).next().value ?? undefined;
}
