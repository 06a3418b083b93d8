import { lifecycleRules, minimumDays } from '../../../lifecycle-rules.ts';
import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const uselessTier: Check = {
  id: 'storage/useless-tier',
  severity: 'warning',
  title: 'Each storage tier is worth it for some tenant',
  reason:
    'A class bills a minimum of days (STANDARD_IA 30, GLACIER_IR 90) and a fee for each move. For logs that are deleted before, moving costs more than it saves; such tiers are left out.',
  fix: 'Remove the tier, or let it begin earlier than retention minus the minimum of its class.',
  traps: ['T2', 'T3'],
  find({ platform }) {
    const applied = new Set(
      clusters(platform)
        .filter(({ objectStore }) => objectStore.kind === 's3')
        .flatMap((environment) => lifecycleRules(platform, environment))
        .flatMap(({ transitions }) => transitions.map(({ storageClass }) => storageClass)),
    );
    return platform.storage.tiers.flatMap(({ storageClass, afterDays }, index) =>
      applied.has(storageClass)
        ? []
        : [
            {
              message: `no tenant's logs live ${minimumDays[storageClass]} days longer than ${afterDays}, so nothing moves to ${storageClass}`,
              at: `storage.tiers[${index}]`,
            },
          ],
    );
  },
};
