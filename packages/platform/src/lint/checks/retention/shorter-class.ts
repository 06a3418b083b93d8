import { durationHours } from '../../../units.ts';
import type { Check } from '../../check.ts';

export const shorterClass: Check = {
  id: 'retention/shorter-class',
  severity: 'error',
  title: 'A retention class of a tenant is not shorter than the tenant keeps anyway',
  reason:
    'Then the special logs are the first to be deleted. Shortening a retention deletes with the next compaction and cannot be taken back.',
  fix: 'Make the period of the class longer, or drop it from the tenant.',
  traps: ['T8'],
  find: ({ platform }) =>
    platform.tenants.flatMap(({ id, retention, retentionClasses }) =>
      platform.retentionClasses
        .filter(
          ({ name, period }) => retentionClasses.includes(name) && durationHours(period) < durationHours(retention),
        )
        .map(({ name, period }) => ({
          message: `${id} keeps ${retention}, but ${name} only ${period}`,
          at: `retentionClasses.${name}.period`,
        })),
    ),
};
