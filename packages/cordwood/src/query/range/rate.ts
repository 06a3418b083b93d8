import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/** Entries a second; after `unwrap` the sum of the values divided by the seconds of the range. */
export const rate: RangeFunction = {
  operation: 'rate',
  source: 'one',
  additive: true,
  ordered: false,
  create(windows) {
    const seconds = Number(windows.rangeNs) / 1e9;
    return createSumAccumulator(windows, (sum) => sum / seconds);
  },
};
