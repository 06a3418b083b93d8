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

/** Changes the order of the first `count` values. */
export function quantile(phi: number, values: Float64Array, count: number): number {
  if (Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  const notNumbers = moveNotNumbersAhead(values, count);
  const rank = phi * (count - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(lower + 1, count - 1);
  const weight = rank - lower;
  const lowerValue = selectInOrder(values, notNumbers, count, lower);
  // Behind a selected place everything is at least as large.
  let upperValue = lowerValue;
  if (upper > lower) {
    upperValue = upper < notNumbers ? Number.NaN : values[Math.max(upper, notNumbers)]!;
    for (let i = Math.max(upper, notNumbers); i < count; i++) if (values[i]! < upperValue) upperValue = values[i]!;
  }
  return lowerValue * (1 - weight) + upperValue * weight;
}

/** NaN is the least of all values in Prometheus. Returns how many there are. */
function moveNotNumbersAhead(values: Float64Array, count: number): number {
  let notNumbers = 0;
  for (let i = 0; i < count; i++) {
    if (!Number.isNaN(values[i])) continue;
    values[i] = values[notNumbers]!;
    values[notNumbers++] = Number.NaN;
  }
  return notNumbers;
}

/** Below this a part is simply sorted. */
const sortBelow = 12;

/** The value that stands at `place` when values from `first` up to `end` are sorted: quickselect, which puts it there. */
function selectInOrder(values: Float64Array, first: number, end: number, place: number): number {
  if (place < first) return values[place]!;
  let low = first;
  let high = end - 1;
  // Each turn should halve what is left; an order made to defeat that is sorted instead.
  let turnsLeft = 2 * Math.ceil(Math.log2(end - first + 1));
  while (high - low >= sortBelow) {
    if (turnsLeft-- === 0) break;
    const pivot = medianOfThree(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const value = values[left]!;
      values[left++] = values[right]!;
      values[right--] = value;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else return values[place]!;
  }
  values.subarray(low, high + 1).sort();
  return values[place]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
}
