import type { BinaryExpression, MetricExpression, RangeAggregation, VectorAggregation } from '@cordwood/logql';
import { outputLabels } from './output-labels.ts';

/**
 * What an expression can give, whatever the logs are: between which values its samples lie, and whether there are any at all.
 *
 * Two facts make LogQL differ from what authors of alerts expect. A range aggregation over no lines gives no sample, not 0, so
 * that `count_over_time(...)` is at least 1 and `< 1` never holds. And `or vector(0)` always gives a sample, so that what it is
 * compared with decides alone.
 */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
  /** The bound itself is never reached. */
  readonly minOpen: boolean;
  readonly presence: Presence;
}
/** Of samples in the result. */
export type Presence = 'always' | 'sometimes' | 'never';

const range = (min: number, max: number, presence: Presence = 'sometimes', minOpen = false): ValueRange => ({
  min,
  max,
  minOpen,
  presence,
});
const anyValue = range(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
const notNegative = range(0, Number.POSITIVE_INFINITY);

export function valueRange(expression: MetricExpression): ValueRange {
  switch (expression.kind) {
    case 'literal':
    case 'vector':
      return range(expression.value, expression.value, 'always');
    case 'parenthesized':
    case 'labelReplace':
      return valueRange(expression.operand);
    case 'rangeAggregation':
      return rangeAggregationRange(expression);
    case 'vectorAggregation':
      return vectorAggregationRange(expression);
    case 'binaryExpression':
      return binaryRange(expression);
  }
}

function rangeAggregationRange({ operation, range: { unwrap } }: RangeAggregation): ValueRange {
  switch (operation) {
    case 'count_over_time':
      return range(1, Number.POSITIVE_INFINITY);
    case 'rate':
      return unwrap === undefined ? range(0, Number.POSITIVE_INFINITY, 'sometimes', true) : anyValue;
    case 'absent_over_time':
      return range(1, 1);
    case 'bytes_over_time':
    case 'bytes_rate':
    case 'rate_counter':
    case 'stddev_over_time':
    case 'stdvar_over_time':
      return notNegative;
    default:
      return anyValue;
  }
}

function vectorAggregationRange({ operation, operand }: VectorAggregation): ValueRange {
  const of = valueRange(operand);
  switch (operation) {
    case 'count':
      return range(1, Number.POSITIVE_INFINITY, of.presence);
    case 'stddev':
    case 'stdvar':
      return { ...notNegative, presence: of.presence };
    case 'sum':
      return {
        min: of.min >= 0 ? of.min : Number.NEGATIVE_INFINITY,
        max: of.max <= 0 ? of.max : Number.POSITIVE_INFINITY,
        minOpen: of.minOpen,
        presence: of.presence,
      };
    default:
      return of;
  }
}

function binaryRange(expression: BinaryExpression): ValueRange {
  const { operator, left, right } = expression;
  const [a, b] = [valueRange(left), valueRange(right)];
  switch (operator) {
    case 'or':
      return {
        min: Math.min(a.min, b.min),
        max: Math.max(a.max, b.max),
        minOpen: a.min === b.min ? a.minOpen && b.minOpen : a.min < b.min ? a.minOpen : b.minOpen,
        presence:
          a.presence === 'always' || b.presence === 'always'
            ? 'always'
            : a.presence === 'never' && b.presence === 'never'
              ? 'never'
              : 'sometimes',
      };
    case 'and':
      return { ...a, presence: pairPresence(expression, a, b) };
    case 'unless':
      return { ...a, presence: a.presence === 'never' || b.presence === 'never' ? a.presence : 'sometimes' };
    case '+':
      return {
        ...range(a.min + b.min, a.max + b.max, pairPresence(expression, a, b)),
        minOpen: a.minOpen || b.minOpen,
      };
    case '-':
      return range(a.min - b.max, a.max - b.min, pairPresence(expression, a, b));
    case '*':
    case '/': {
      const known = a.min >= 0 && b.min >= 0 ? notNegative : anyValue;
      return { ...known, presence: pairPresence(expression, a, b) };
    }
    case '%':
    case '^':
      return { ...anyValue, presence: pairPresence(expression, a, b) };
    default:
      return comparisonRange(expression, a, b);
  }
}

/** Two sides give a sample where their labels meet. That both always have one is not enough, unless neither has labels. */
function pairPresence({ left, right }: BinaryExpression, a: ValueRange, b: ValueRange): Presence {
  if (a.presence === 'never' || b.presence === 'never') return 'never';
  if (a.presence === 'sometimes' || b.presence === 'sometimes') return 'sometimes';
  const bare = (operand: MetricExpression) => {
    const { names, open } = outputLabels(operand);
    return names.size === 0 && !open;
  };
  return left.kind === 'literal' || right.kind === 'literal' || (bare(left) && bare(right)) ? 'always' : 'sometimes';
}

function comparisonRange(expression: BinaryExpression, a: ValueRange, b: ValueRange): ValueRange {
  const pair = pairPresence(expression, a, b);
  const scalars = expression.left.kind === 'literal' && expression.right.kind === 'literal';
  if (expression.returnBool || scalars) return range(0, 1, pair);
  const outcome = comparisonOutcome(expression);
  const kept = expression.left.kind === 'literal' ? b : a;
  if (outcome === 'never') return { ...kept, presence: 'never' };
  return { ...kept, presence: outcome === 'always' ? pair : pair === 'never' ? 'never' : 'sometimes' };
}

/** Whether a comparison holds for the values that its sides can have. */
export function comparisonOutcome({ operator, left, right }: BinaryExpression): Presence {
  const [a, b] = [valueRange(left), valueRange(right)];
  switch (operator) {
    case '>':
      return less(b, a);
    case '<':
      return less(a, b);
    case '>=':
      return opposite(less(a, b));
    case '<=':
      return opposite(less(b, a));
    case '==':
      return equal(a, b);
    case '!=':
      return opposite(equal(a, b));
    default:
      return 'sometimes';
  }
}

function less(a: ValueRange, b: ValueRange): Presence {
  if (a.max < b.min || (a.max === b.min && b.minOpen)) return 'always';
  if (a.min >= b.max) return 'never';
  return 'sometimes';
}

function equal(a: ValueRange, b: ValueRange): Presence {
  if (a.min === a.max && b.min === b.max && a.min === b.min) return 'always';
  const apart = (low: ValueRange, high: ValueRange) => low.max < high.min || (low.max === high.min && high.minOpen);
  return apart(a, b) || apart(b, a) ? 'never' : 'sometimes';
}

function opposite(presence: Presence): Presence {
  return presence === 'always' ? 'never' : presence === 'never' ? 'always' : 'sometimes';
}
