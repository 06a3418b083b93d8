import { pickRanked } from './pick-ranked.ts';
import type { PickFunction } from './vector-function.ts';

/** The k largest of each group at each step. */
export const topk: PickFunction = {
  kind: 'pick',
  operation: 'topk',
  pick: (group, stepCount, k) => pickRanked(group, stepCount, k, (a, b) => a > b),
};
