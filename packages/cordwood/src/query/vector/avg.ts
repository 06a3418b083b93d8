import { foldSteps } from './fold-steps.ts';
import type { FoldFunction } from './vector-function.ts';

/** Mean of the group, running, so that two infinite values give NaN as in Loki 3.7. */
export const avg: FoldFunction = {
  kind: 'fold',
  operation: 'avg',
  fold: (group, stepCount) =>
    foldSteps(group, stepCount, (mean, value, seen) => (seen === 0 ? value : mean + (value - mean) / (seen + 1))),
};
