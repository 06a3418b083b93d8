import { createExtremeAccumulator } from './extreme-accumulator.ts';
import type { RangeFunction } from './range-function.ts';

/** Smallest unwrapped value of the window. */
export const minOverTime: RangeFunction = {
  operation: 'min_over_time',
  source: 'value',
  additive: false,
  ordered: false,
  create: (windows) => createExtremeAccumulator(windows, (candidate, current) => candidate < current),
};
