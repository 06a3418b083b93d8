import type { RangeFunction } from './range-function.ts';
import { createVarianceAccumulator } from './variance-accumulator.ts';

/** Population standard deviation of the unwrapped values of the window. */
export const stddevOverTime: RangeFunction = {
  operation: 'stddev_over_time',
  source: 'value',
  additive: false,
  ordered: false,
  create: (windows) => createVarianceAccumulator(windows, (variance) => Math.sqrt(variance)),
};
