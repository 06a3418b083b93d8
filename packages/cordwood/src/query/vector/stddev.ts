import { foldVariance } from './variance.ts';
import type { FoldFunction } from './vector-function.ts';

/** Population standard deviation of the group. */
export const stddev: FoldFunction = {
  kind: 'fold',
  operation: 'stddev',
  fold: (group, stepCount) => foldVariance(group, stepCount, Math.sqrt),
};
