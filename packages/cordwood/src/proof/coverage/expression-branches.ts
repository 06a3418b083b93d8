import {
  type BinaryExpression,
  type Expression,
  logExpressions,
  type MetricExpression,
  print,
  printSelector,
  printStage,
  type Span,
  walk,
} from '@cordwood/logql';
import { comparisonOutcome } from '../../rules/checks/value-range.ts';
import { shorten } from '../describe-stage.ts';

/**
 * The ways that an expression can go, each with two queries by which one sees whether it was gone: `all` gives what comes to the
 * fork, `taken` what goes on. A comparison holds for some series and not for others; a filter lets lines pass and keeps others;
 * of `or` both sides are used.
 */
export interface Branch {
  readonly span: Span;
  readonly text: string;
  /** Metric queries. */
  readonly all: string;
  readonly taken: string;
  /** What is said when nothing ever went on, and when everything always did; undefined: that is no wonder. */
  readonly missing: { readonly taken: string; readonly left: string | undefined };
}

export function expressionBranches(expression: Expression): Branch[] {
  const branches: Branch[] = [];
  for (const node of walk(expression)) {
    if (node.kind === 'binaryExpression') branches.push(...ofOperator(node));
    if (node.kind === 'logRange') branches.push(...ofFilters(node.log, Number(node.rangeNs)));
  }
  if (expression.kind === 'log') branches.push(...ofFilters(expression, 0));
  return branches;
}

function ofOperator(node: BinaryExpression): Branch[] {
  const { operator, left, right, returnBool, span } = node;
  const text = right.kind === 'literal' ? `${operator} ${print(right)}` : shorten(print(node));
  const count = (operand: MetricExpression) => `count(${print(operand)})`;
  if (operator === 'or')
    return [
      {
        span,
        text,
        all: count(node),
        taken: count(left),
        missing: { taken: 'the left side is never used', left: 'the right side is never used' },
      },
    ];
  if (operator === 'and' || operator === 'unless')
    return [
      {
        span,
        text,
        all: count(left),
        taken: count(node),
        missing: { taken: 'never keeps anything', left: 'never leaves anything out' },
      },
    ];
  if (returnBool || !/^[<>=!]/.test(operator)) return [];
  const scalars = left.kind === 'literal' && right.kind === 'literal';
  if (scalars) return [];
  // Where there is a count it is greater than 0.
  const isCertain = comparisonOutcome(node) === 'always';
  const vector = left.kind === 'literal' ? right : left;
  return [
    {
      span,
      text,
      all: count(vector),
      taken: count(node),
      missing: { taken: 'never holds', left: isCertain ? undefined : 'always holds' },
    },
  ];
}

/** Counts of lines before and behind each filter. */
function ofFilters({ selector, stages }: ReturnType<typeof logsOf>, rangeNs: number): Branch[] {
  const range = `${Math.max(1, Math.round(rangeNs / 1e6))}ms`;
  const count = (until: number) =>
    `sum(count_over_time(${[printSelector(selector), ...stages.slice(0, until).map(printStage)].join(' ')} [${range}]))`;
  return stages.flatMap((stage, index): Branch[] =>
    stage.kind === 'lineFilter' || stage.kind === 'labelFilter'
      ? [
          {
            span: stage.span,
            text: shorten(printStage(stage)),
            all: count(index),
            taken: count(index + 1),
            missing: { taken: 'lets no line pass', left: 'keeps no line out' },
          },
        ]
      : [],
  );
}

function logsOf(expression: Expression) {
  return [...logExpressions(expression)][0]!;
}
