import { lifecycleRules } from '../../../lifecycle-rules.ts';
import { clusters } from '../../../platform.ts';
import { storageRootPath } from '../../../render/terraform/storage-roots.ts';
import { durationDays } from '../../../units.ts';
import type { Check } from '../../check.ts';

/** A compactor that was down for a week, its deletion delay, and a day for the clock. */
const graceDays = 9;

export const earlyExpiry: Check = {
  id: 'storage/early-expiry',
  severity: 'error',
  title: 'S3 expires no chunk before the compactor had its chance',
  reason:
    'Retention is the compactor’s: it also removes the chunk from the index. A chunk that S3 took away first is a query that fails.',
  fix: 'Set storage.orphanExpiryDays to 14 or more.',
  traps: ['T4'],
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ objectStore }) => objectStore.kind === 's3')
      .flatMap((environment) =>
        lifecycleRules(platform, environment).flatMap(({ tenant, expireAfterDays }) => {
          const longest =
            environment.tenants.find(({ id }) => id === tenant)?.longestRetention ?? environment.limits.retention;
          const days = durationDays(longest);
          if (expireAfterDays >= days + graceDays) return [];
          return [
            {
              message: `${environment.name}: chunks of ${tenant} expire after ${expireAfterDays} days, ${expireAfterDays - Math.ceil(days)} days after their retention of ${days}`,
              at: 'storage.orphanExpiryDays',
              in: { path: storageRootPath(environment), text: 'orphan_days' },
            },
          ];
        }),
      ),
};
