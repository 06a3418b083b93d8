import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/** Entries of the window. */
export const countOverTime: RangeFunction = {
  operation: 'count_over_time',
  source: 'one',
  additive: true,
  ordered: false,
  create: (windows) => createSumAccumulator(windows, (sum) => sum),
};
