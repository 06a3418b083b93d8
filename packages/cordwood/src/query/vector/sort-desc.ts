import { pickRanked } from './pick-ranked.ts';
import type { PickFunction } from './vector-function.ts';

/** All series, largest first. Has no effect over a range: a matrix is sorted by labels. */
export const sortDesc: PickFunction = {
  kind: 'pick',
  operation: 'sort_desc',
  pick: (group, stepCount) => pickRanked(group, stepCount, group.length, (a, b) => a > b),
};
