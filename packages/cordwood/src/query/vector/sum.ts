import { foldSteps } from './fold-steps.ts';
import type { FoldFunction } from './vector-function.ts';

/** Sum of the group. */
export const sum: FoldFunction = {
  kind: 'fold',
  operation: 'sum',
  fold: (group, stepCount) => foldSteps(group, stepCount, (sum, value) => sum + value),
};
