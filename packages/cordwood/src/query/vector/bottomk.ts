import { pickRanked } from './pick-ranked.ts';
import type { PickFunction } from './vector-function.ts';

/** The k smallest of each group at each step. */
export const bottomk: PickFunction = {
  kind: 'pick',
  operation: 'bottomk',
  pick: (group, stepCount, k) => pickRanked(group, stepCount, k, (a, b) => a < b),
};
