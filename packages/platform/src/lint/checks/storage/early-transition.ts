import type { Check } from '../../check.ts';

export const earlyTransition: Check = {
  id: 'storage/early-transition',
  severity: 'error',
  title: 'Transitions begin when S3 allows them',
  reason:
    'S3 refuses a lifecycle that moves objects to STANDARD_IA before day 30, or to the next class less than 30 days after that; `terraform apply` fails half way.',
  fix: 'Set afterDays of STANDARD_IA to 30 or more and keep 30 days between tiers.',
  traps: ['T2'],
  find({ platform }) {
    const tiers = platform.storage.tiers
      .map((tier, index) => ({ ...tier, index }))
      .sort((a, b) => a.afterDays - b.afterDays);
    return tiers.flatMap(({ storageClass, afterDays, index }, position) => {
      const before = tiers[position - 1];
      const at = `storage.tiers[${index}].afterDays`;
      if (storageClass === 'STANDARD_IA' && afterDays < 30)
        return [{ message: `STANDARD_IA after ${afterDays} days: S3 moves no object younger than 30`, at }];
      if (before !== undefined && afterDays - before.afterDays < 30)
        return [
          {
            message: `${storageClass} comes ${afterDays - before.afterDays} days after ${before.storageClass}: S3 wants 30`,
            at,
          },
        ];
      return [];
    });
  },
};
