import { createEdgeAccumulator } from './edge-accumulator.ts';
import type { RangeFunction } from './range-function.ts';

/** The latest unwrapped value of the window. */
export const lastOverTime: RangeFunction = {
  operation: 'last_over_time',
  source: 'value',
  additive: false,
  ordered: true,
  create: (windows) => createEdgeAccumulator(windows, 'last'),
};
