import { createEdgeAccumulator } from './edge-accumulator.ts';
import type { RangeFunction } from './range-function.ts';

/** The earliest unwrapped value of the window. */
export const firstOverTime: RangeFunction = {
  operation: 'first_over_time',
  source: 'value',
  additive: false,
  ordered: true,
  create: (windows) => createEdgeAccumulator(windows, 'first'),
};
