import { durationHours } from '../../../units.ts';
import type { Check } from '../../check.ts';

export const queryLength: Check = {
  id: 'retention/query-length',
  severity: 'error',
  title: 'A query may reach as far back as logs are kept',
  reason:
    'The default of max_query_length is 721h. A question over a year of audit logs is refused, though they are there.',
  fix: 'Leave maxQueryLength out: it follows the longest retention. Or make it at least as long.',
  traps: ['T9'],
  find: ({ platform }) =>
    platform.tenants
      .filter(({ maxQueryLength, longestRetention }) => durationHours(maxQueryLength) < durationHours(longestRetention))
      .map(({ id, maxQueryLength, longestRetention }) => ({
        message: `${id}: kept for ${longestRetention}, asked for at most ${maxQueryLength}`,
        at: `tenants.${id}.maxQueryLength`,
      })),
};
