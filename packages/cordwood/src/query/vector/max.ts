import { foldSteps } from './fold-steps.ts';
import type { FoldFunction } from './vector-function.ts';

/** Largest of the group; NaN only when there is nothing else. */
export const max: FoldFunction = {
  kind: 'fold',
  operation: 'max',
  fold: (group, stepCount) =>
    foldSteps(group, stepCount, (most, value, seen) =>
      seen === 0 || value > most || Number.isNaN(most) ? value : most,
    ),
};
