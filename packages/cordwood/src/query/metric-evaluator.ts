import type {
  Grouping,
  MetricExpression,
  RangeAggregation,
  VariantsExpression,
  VectorAggregation,
} from '@cordwood/logql';
import { assert, RequestError } from '../model/failure.ts';
import { noLabels } from '../model/labels.ts';
import { setLabel } from './label-sets.ts';
import type { QueryTrace } from './query-trace.ts';
import { type InstantParts, instantParts } from './split-instant.ts';
import { createStepSeries, type StepSeries, type Steps } from './step-series.ts';
import { aggregate } from './vector/aggregate.ts';
import { combineVectors, combineWithScalar } from './vector/binary.ts';
import { labelReplace } from './vector/label-replace.ts';
import { applyToNumbers } from './vector/operators.ts';
import { vectorFunctions } from './vector/registry.ts';
import { withoutParentheses } from './without-parentheses.ts';

/** How the series of a range aggregation come to be: reads the store. `outerSum`: see planRange. */
export type EvaluateRange = (
  aggregation: RangeAggregation,
  outerSum: Pick<Grouping, 'without' | 'labels'> | undefined,
) => Promise<StepSeries[]>;

export interface MetricContext {
  readonly steps: Steps;
  readonly kind: 'range' | 'instant';
  readonly evaluateRange: EvaluateRange;
  /** `limits_config.shard_aggregations` names `approx_topk`. */
  readonly approxTopkEnabled: boolean;
  /** Above this a range of an instant query is cut (split-instant.ts); 0: never. */
  readonly splitInstantNs: bigint;
  /** Told what each part of the expression gave, when the query is to be explained. */
  readonly trace: QueryTrace | undefined;
}

/** A metric expression at all its steps: a number when it is made of literals alone. */
export async function evaluateMetric(
  expression: MetricExpression,
  context: MetricContext,
): Promise<StepSeries[] | number> {
  const result = await evaluateNode(expression, context);
  if (typeof result !== 'number') context.trace?.gave(expression, result.length);
  return result;
}

async function evaluateNode(expression: MetricExpression, context: MetricContext): Promise<StepSeries[] | number> {
  const { stepCount } = context.steps;
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'parenthesized':
      return evaluateMetric(expression.operand, context);
    case 'vector':
      return [constantSeries(expression.value, stepCount)];
    case 'rangeAggregation':
      return context.evaluateRange(expression, undefined);
    case 'labelReplace':
      return labelReplace(expression, await evaluateVector(expression.operand, context));
    case 'vectorAggregation': {
      const { operation, parameter, grouping } = expression;
      if (operation === 'approx_topk') checkApproxTopk(context);
      const inParts = instantParts(expression, context.splitInstantNs);
      if (inParts !== undefined) return evaluateInParts(expression, inParts, context);
      const inner = withoutParentheses(expression.operand);
      const operand =
        operation === 'sum' && inner.kind === 'rangeAggregation'
          ? await evaluateSummed(inner, grouping, context)
          : await evaluateVector(inner, context);
      return aggregate(operand, stepCount, vectorFunctions[operation], parameter ?? 0, grouping);
    }
    case 'binaryExpression': {
      const { operator, matching, returnBool } = expression;
      const left = await evaluateMetric(expression.left, context);
      const right = await evaluateMetric(expression.right, context);
      if (typeof left === 'number') {
        if (typeof right === 'number') return applyToNumbers(operator, left, right);
        return combineWithScalar(operator, right, left, true, returnBool);
      }
      if (typeof right === 'number') return combineWithScalar(operator, left, right, false, returnBool);
      return combineVectors(operator, left, right, matching, returnBool);
    }
  }
}

/** Each part aggregated, the parts joined, and the aggregation once more over what comes out. */
async function evaluateInParts(
  { operation, grouping }: VectorAggregation,
  { parts, join, divisor }: InstantParts,
  context: MetricContext,
): Promise<StepSeries[]> {
  const { stepCount } = context.steps;
  const vectorFunction = vectorFunctions[operation];
  const aggregated: StepSeries[] = [];
  for (const part of parts) {
    aggregated.push(...aggregate(await context.evaluateRange(part, undefined), stepCount, vectorFunction, 0, grouping));
  }
  const joinGrouping = parts[0]?.grouping ?? { without: true, labels: [] };
  const joined = aggregate(aggregated, stepCount, vectorFunctions[join], 0, joinGrouping);
  for (const { values } of joined) for (let step = 0; step < stepCount; step++) values[step]! /= divisor;
  return aggregate(joined, stepCount, vectorFunction, 0, grouping);
}

/** The operand of a `sum`, reduced to the groups of the sum at once. */
async function evaluateSummed(
  aggregation: RangeAggregation,
  grouping: Grouping | undefined,
  context: MetricContext,
): Promise<StepSeries[]> {
  const series = await context.evaluateRange(aggregation, grouping ?? { without: false, labels: [] });
  context.trace?.gave(aggregation, series.length);
  return series;
}

/** `variants(a, b) of (...)`: the series of each, told apart by a label. */
export async function evaluateVariants(expression: VariantsExpression, context: MetricContext): Promise<StepSeries[]> {
  const out: StepSeries[] = [];
  for (const [index, variant] of expression.variants.entries()) {
    const series = await evaluateVector(variant, context);
    for (const one of series) out.push({ ...one, labels: setLabel(one.labels, '__variant__', String(index)) });
  }
  return out;
}

async function evaluateVector(expression: MetricExpression, context: MetricContext): Promise<StepSeries[]> {
  const result = await evaluateMetric(expression, context);
  assert(typeof result !== 'number', 'the parser lets no literal stand where a vector must');
  return result;
}

/** The same value at every step. */
export function constantSeries(value: number, stepCount: number): StepSeries {
  const series = createStepSeries(noLabels, stepCount);
  series.values.fill(value);
  series.present.fill(1);
  return series;
}

function checkApproxTopk(context: MetricContext): void {
  if (!context.approxTopkEnabled) {
    throw new RequestError(500, 'approx_topk is not enabled. See -limits.shard_aggregations');
  }
  if (context.kind === 'range') {
    throw new RequestError(500, 'count min sketches are only supported on instant queries');
  }
}

/** Does a `sort` or `sort_desc` anywhere in the expression decide the order of an instant answer? */
export function isSorted(expression: MetricExpression): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'vector':
    case 'rangeAggregation':
      return false;
    case 'vectorAggregation':
      return ['sort', 'sort_desc'].includes(expression.operation) || isSorted(expression.operand);
    case 'labelReplace':
    case 'parenthesized':
      return isSorted(expression.operand);
    case 'binaryExpression':
      return isSorted(expression.left) || isSorted(expression.right);
  }
}
