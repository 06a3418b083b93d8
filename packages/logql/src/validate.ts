import type { NodeProblems } from './expression-parser.ts';
import { matchesEmpty, parseRegexp } from './regexp-syntax.ts';
import type { Expression, LogExpression, Matcher, MetricExpression, Span } from './tree.ts';

export interface Problem {
  readonly message: string;
  readonly span: Span;
}

const needsMatcher =
  'queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will';

/**
 * The first problem of a whole expression, in the order in which Loki looks: an operator before its operands, left before
 * right, an aggregation before what it aggregates, and the selector last.
 */
export function validate(expression: Expression, problems: NodeProblems): Problem | undefined {
  switch (expression.kind) {
    case 'log':
      return validateSelector(expression);
    case 'variants': {
      const problem = validateSelector(expression.of.log);
      if (problem) return problem;
      for (const variant of expression.variants) {
        const problem = validate(variant, problems);
        if (problem) return problem;
      }
      return undefined;
    }
    case 'parenthesized':
      return validate(expression.operand, problems);
    default:
      return ownProblem(expression, problems) ?? validateParts(expression, problems);
  }
}

function ownProblem(expression: MetricExpression, problems: NodeProblems): Problem | undefined {
  const message = problems.get(expression);
  return message === undefined ? undefined : { message, span: expression.span };
}

function validateParts(
  expression: Exclude<MetricExpression, { kind: 'parenthesized' }>,
  problems: NodeProblems,
): Problem | undefined {
  switch (expression.kind) {
    case 'binaryExpression':
      return validate(expression.left, problems) ?? validate(expression.right, problems);
    case 'literal':
    case 'vector':
      return undefined;
    case 'vectorAggregation': {
      const { operation, grouping } = expression;
      if ((operation === 'sort' || operation === 'sort_desc') && grouping && grouping.labels.length > 0)
        return { message: "sort and sort_desc doesn't allow grouping by ", span: grouping.span };
      return validate(expression.operand, problems);
    }
    case 'rangeAggregation':
      return validateSelector(expression.range.log);
    case 'labelReplace':
      return validateReplaced(expression.operand, problems);
  }
}

/** Inside label_replace Loki follows the left sides down to a selector, and wants one. */
function validateReplaced(expression: MetricExpression, problems: NodeProblems): Problem | undefined {
  const own = ownProblem(expression, problems);
  if (own) return own;
  switch (expression.kind) {
    case 'binaryExpression':
      return validateReplaced(expression.left, problems) ?? problemBelow(expression.right, problems);
    case 'vectorAggregation':
    case 'labelReplace':
    case 'parenthesized':
      return validateReplaced(expression.operand, problems);
    case 'rangeAggregation':
      return validateSelector(expression.range.log);
    case 'literal':
      return { message: needsMatcher, span: expression.span };
    case 'vector':
      return undefined;
  }
}

/** Loki overlooks the right side here, and fails when it runs the query. */
function problemBelow(expression: MetricExpression, problems: NodeProblems): Problem | undefined {
  for (const node of problems.keys())
    if (node.span.start >= expression.span.start && node.span.end <= expression.span.end)
      return { message: problems.get(node)!, span: node.span };
  return undefined;
}

function validateSelector(log: LogExpression): Problem | undefined {
  if (log.selector.matchers.some((matcher) => !acceptsEmpty(matcher))) return undefined;
  return { message: needsMatcher, span: log.selector.span };
}

/** Whether a stream without the label matches. */
export function acceptsEmpty({ operator, value }: Matcher): boolean {
  switch (operator) {
    case '=':
      return value === '';
    case '!=':
      return value !== '';
    case '=~':
    case '!~': {
      const { regexp } = parseRegexp(value, { dotAll: true });
      return (regexp !== undefined && matchesEmpty(regexp)) === (operator === '=~');
    }
  }
}
