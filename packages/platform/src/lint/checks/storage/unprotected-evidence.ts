import type { Check } from '../../check.ts';

export const unprotectedEvidence: Check = {
  id: 'storage/unprotected-evidence',
  severity: 'warning',
  title: 'Tenants that are evidence survive a mistake',
  reason:
    'Without versions and locks nothing undoes a deletion: a wrong retention or a stolen key empties the audit trail within hours.',
  fix: "Set storage.versioning: true and storage.objectLock: 'replica', or accept the risk with a reason.",
  traps: ['T11'],
  find: ({ platform }) =>
    platform.storage.objectLock === 'replica'
      ? []
      : platform.tenants
          .filter(({ immutable }) => immutable)
          .map(({ id }) => ({
            message: `${id} is marked immutable, and no locked copy of its chunks is kept`,
            at: `tenants.${id}.immutable`,
          })),
};
