import type {
  MetricExpression,
  RangeAggregation,
  RangeOperation,
  VectorAggregation,
  VectorOperation,
} from '@cordwood/logql';
import { withoutParentheses } from './without-parentheses.ts';

/**
 * Loki cuts the ranges of an instant query that are longer than `split_instant_metric_queries_by_interval` into parts, and joins
 * them by what the range function means: sums by adding, maxima by taking the largest. To move less it also lets each part do the
 * aggregation that stands around the range. Where that commutes with the joining nobody sees it; else the answer changes:
 * `sum(max_over_time(...[6h]))` becomes the largest of six hourly sums (recorded: unwrap/stream-label-value). Dashboards show
 * these answers in production, so they are given here as well, and 0 turns them off as it does there. Rules are never cut, as
 * their queries do not come through Loki's frontend.
 */
export interface InstantParts {
  /** Each has its own part of the range; around each stands the vector aggregation. */
  readonly parts: readonly RangeAggregation[];
  readonly join: VectorOperation;
  /** `rate` is a sum divided by this; 1 for all others. */
  readonly divisor: number;
}

/** Undefined: cutting changes nothing. */
export function instantParts(expression: VectorAggregation, intervalNs: bigint): InstantParts | undefined {
  const aggregation = withoutParentheses(expression.operand);
  if (intervalNs <= 0n || aggregation.kind !== 'rangeAggregation' || !aggregatedInParts.has(expression.operation))
    return undefined;
  const { range, operation } = aggregation;
  const join = joins[operation];
  if (join === undefined || range.rangeNs <= intervalNs || join === expression.operation) return undefined;
  const parts: RangeAggregation[] = [];
  for (let startNs = 0n; startNs < range.rangeNs; startNs += intervalNs) {
    const leftNs = range.rangeNs - startNs;
    const rangeNs = leftNs < intervalNs ? leftNs : intervalNs;
    parts.push({
      ...aggregation,
      operation: summed(aggregation),
      range: { ...range, rangeNs, offsetNs: range.offsetNs + startNs },
    });
  }
  const isRate = operation === 'rate' || operation === 'bytes_rate';
  return { parts, join, divisor: isRate ? Number(range.rangeNs) / 1e9 : 1 };
}

/** Loki cuts a query only when it could cut all of it. */
export function isSplittable(expression: MetricExpression): boolean {
  switch (expression.kind) {
    case 'rangeAggregation':
      return joins[expression.operation] !== undefined;
    case 'vectorAggregation':
      return splittable.has(expression.operation) && isSplittable(expression.operand);
    case 'labelReplace':
    case 'parenthesized':
      return isSplittable(expression.operand);
    case 'binaryExpression':
      return (
        (expression.left.kind === 'literal' || isSplittable(expression.left)) &&
        (expression.right.kind === 'literal' || isSplittable(expression.right))
      );
    case 'literal':
    case 'vector':
      return false;
  }
}

const joins: Readonly<Partial<Record<RangeOperation, VectorOperation>>> = {
  count_over_time: 'sum',
  bytes_over_time: 'sum',
  sum_over_time: 'sum',
  rate: 'sum',
  bytes_rate: 'sum',
  max_over_time: 'max',
  min_over_time: 'min',
};
const splittable: ReadonlySet<VectorOperation> = new Set([
  'sum',
  'count',
  'max',
  'min',
  'avg',
  'topk',
  'sort',
  'sort_desc',
]);
/** Those that each part does itself. */
const aggregatedInParts: ReadonlySet<VectorOperation> = new Set(['sum', 'max', 'min', 'avg']);

/** What a part of a rate adds up. */
function summed({ operation, range }: RangeAggregation): RangeOperation {
  if (operation === 'bytes_rate') return 'bytes_over_time';
  if (operation !== 'rate') return operation;
  return range.unwrap === undefined ? 'count_over_time' : 'sum_over_time';
}
