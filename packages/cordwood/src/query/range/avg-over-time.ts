import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/** Mean of the unwrapped values of the window. */
export const avgOverTime: RangeFunction = {
  operation: 'avg_over_time',
  source: 'value',
  additive: false,
  ordered: false,
  create: (windows) => createSumAccumulator(windows, (sum, count) => sum / count),
};
