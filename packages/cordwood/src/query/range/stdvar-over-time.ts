import type { RangeFunction } from './range-function.ts';
import { createVarianceAccumulator } from './variance-accumulator.ts';

/** Population variance of the unwrapped values of the window. */
export const stdvarOverTime: RangeFunction = {
  operation: 'stdvar_over_time',
  source: 'value',
  additive: false,
  ordered: false,
  create: (windows) => createVarianceAccumulator(windows, (variance) => variance),
};
