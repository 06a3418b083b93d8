import { pickRanked } from './pick-ranked.ts';
import type { PickFunction } from './vector-function.ts';

/** The k largest. Loki sketches counts to stay cheap over many shards; here the exact answer costs nothing more. */
export const approxTopk: PickFunction = {
  kind: 'pick',
  operation: 'approx_topk',
  pick: (group, stepCount, k) => pickRanked(group, stepCount, k, (a, b) => a > b),
};
