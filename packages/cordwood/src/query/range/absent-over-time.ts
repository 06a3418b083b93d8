import type { RangeFunction } from './range-function.ts';
import { createSumAccumulator } from './sum-accumulator.ts';

/**
 * 1 where the window holds nothing. Counts all samples as one series; the evaluator turns "present" round and names the
 * series after the equality matchers.
 */
export const absentOverTime: RangeFunction = {
  operation: 'absent_over_time',
  source: 'one',
  additive: false,
  ordered: false,
  create: (windows) => createSumAccumulator(windows, (sum) => sum),
};
