import { createExtremeAccumulator } from './extreme-accumulator.ts';
import type { RangeFunction } from './range-function.ts';

/** Largest unwrapped value of the window. */
export const maxOverTime: RangeFunction = {
  operation: 'max_over_time',
  source: 'value',
  additive: false,
  ordered: false,
  create: (windows) => createExtremeAccumulator(windows, (candidate, current) => candidate > current),
};
