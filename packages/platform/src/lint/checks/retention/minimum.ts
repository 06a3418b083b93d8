import { durationHours } from '../../../units.ts';
import type { Check } from '../../check.ts';

export const retentionMinimum: Check = {
  id: 'retention/minimum',
  severity: 'error',
  title: 'Nothing is kept for less than a day',
  reason:
    'The compactor works on whole days of the index: Loki refuses an override below 24h when it starts, and goes on with the old file when it reloads. A check of the configuration does not read the overrides.',
  fix: 'Keep it for at least 24h.',
  traps: ['T59'],
  find: ({ platform }) => [
    ...platform.tenants
      .filter(({ retention }) => durationHours(retention) < 24)
      .map(({ id, retention }) => ({ message: `${id}: ${retention}`, at: `tenants.${id}.retention` })),
    ...platform.retentionClasses
      .filter(({ period }) => durationHours(period) < 24)
      .map(({ name, period }) => ({ message: `${name}: ${period}`, at: `retentionClasses.${name}.period` })),
    ...platform.environments
      .filter(({ limits }) => durationHours(limits.retention) < 24)
      .map(({ name, limits }) => ({ message: `${name}: ${limits.retention}`, at: `environments.${name}.retention` })),
  ],
};
