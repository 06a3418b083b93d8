import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/** Sum of the unwrapped values of the window. */
export const sumOverTime: RangeFunction = {
  operation: 'sum_over_time',
  source: 'value',
  additive: true,
  ordered: false,
  create: (windows) => createSumAccumulator(windows, (sum) => sum),
};
