import { printRuleDuration } from '../../../rules/prometheus-duration.ts';
import type { RuleMutation } from './rule-mutation.ts';

/** Where there is no `for`, one of this length. */
const addedMs = 300_000;

/** `for`: left out, twice as long; added where there is none. */
export const hold: RuleMutation = {
  name: 'for',
  *mutate(rule) {
    if (rule.kind !== 'alerting') return;
    for (const forMs of rule.forMs === 0 ? [addedMs] : [0, rule.forMs * 2]) {
      const what = `for: ${printRuleDuration(rule.forMs)} becomes ${printRuleDuration(forMs)}`;
      yield { what, rule: { ...rule, forMs } };
    }
  },
};
