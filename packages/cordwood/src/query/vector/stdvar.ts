import { foldVariance } from './variance.ts';
import type { FoldFunction } from './vector-function.ts';

/** Population variance of the group. */
export const stdvar: FoldFunction = {
  kind: 'fold',
  operation: 'stdvar',
  fold: (group, stepCount) => foldVariance(group, stepCount, (variance) => variance),
};
