import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/** Bytes of the lines of the window, without metadata. */
export const bytesOverTime: RangeFunction = {
  operation: 'bytes_over_time',
  source: 'bytes',
  additive: true,
  ordered: false,
  create: (windows) => createSumAccumulator(windows, (sum) => sum),
};
