import { createListAccumulator } from './list-accumulator.ts';
import type { RangeFunction } from './range-function.ts';

/**
 * The φ-quantile of the unwrapped values of the window, by linear interpolation between the two nearest values.
 * φ < 0 gives -Inf, φ > 1 gives +Inf (loki.md 2.6).
 */
export const quantileOverTime: RangeFunction = {
  operation: 'quantile_over_time',
  source: 'value',
  additive: false,
  ordered: false,
  create(windows, parameter) {
    const phi = parameter ?? Number.NaN;
    return createListAccumulator(windows, { ordered: false }, ({ count, values }) => quantile(phi, values, count));
  },
};

/** Sorts the first `count` values in place. */
export function quantile(phi: number, values: Float64Array, count: number): number {
  if (Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  // NaN sorts last here and first in Prometheus: it is the least of all values there.
  const sorted = values.subarray(0, count).sort();
  let numbers = count;
  while (numbers > 0 && Number.isNaN(sorted[numbers - 1])) numbers--;
  if (numbers < count) sorted.copyWithin(count - numbers, 0, numbers).fill(Number.NaN, 0, count - numbers);
  const rank = phi * (count - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(lower + 1, count - 1);
  const weight = rank - lower;
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight;
}
