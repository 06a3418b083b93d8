import { foldSteps } from './fold-steps.ts';
import type { FoldFunction } from './vector-function.ts';

/** Smallest of the group; NaN only when there is nothing else. */
export const min: FoldFunction = {
  kind: 'fold',
  operation: 'min',
  fold: (group, stepCount) =>
    foldSteps(group, stepCount, (least, value, seen) =>
      seen === 0 || value < least || Number.isNaN(least) ? value : least,
    ),
};
