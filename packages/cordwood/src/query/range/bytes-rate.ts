import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/** Bytes of lines a second. */
export const bytesRate: RangeFunction = {
  operation: 'bytes_rate',
  source: 'bytes',
  additive: true,
  ordered: false,
  create(windows) {
    const seconds = Number(windows.rangeNs) / 1e9;
    return createSumAccumulator(windows, (sum) => sum / seconds);
  },
};
