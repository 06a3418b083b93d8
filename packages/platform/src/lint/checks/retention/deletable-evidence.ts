import type { Check } from '../../check.ts';

export const deletableEvidence: Check = {
  id: 'retention/deletable-evidence',
  severity: 'error',
  title: 'Nobody deletes evidence through the API',
  reason: "Loki's default lets every caller with the tenant's header delete its logs by /loki/api/v1/delete.",
  fix: "deletionMode: 'disabled' for the tenant.",
  traps: ['T12'],
  find: ({ platform }) =>
    platform.tenants
      .filter(({ audit, immutable, deletionMode }) => (audit || immutable) && deletionMode !== 'disabled')
      .map(({ id, deletionMode }) => ({ message: `${id}: ${deletionMode}`, at: `tenants.${id}.deletionMode` })),
};
