import { foldSteps } from './fold-steps.ts';
import type { FoldFunction } from './vector-function.ts';

/** Number of series in the group. */
export const count: FoldFunction = {
  kind: 'fold',
  operation: 'count',
  fold: (group, stepCount) => foldSteps(group, stepCount, (count) => count + 1),
};
