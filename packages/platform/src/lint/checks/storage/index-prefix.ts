import type { Check } from '../../check.ts';

/** What Loki keeps beside the folders of tenants. */
const reserved = new Set(['index', 'delete_requests', 'loki_cluster_seed.json', 'rules']);

export const indexPrefix: Check = {
  id: 'storage/index-prefix',
  severity: 'error',
  title: 'No tenant has the name of a folder that Loki keeps for itself',
  reason:
    "Lifecycle rules go by the tenant's folder. A tenant called index would let S3 move and expire the index of all tenants.",
  fix: 'Give the tenant another name.',
  traps: ['T4'],
  find: ({ platform }) =>
    platform.tenants
      .filter(({ id }) => reserved.has(id))
      .map(({ id }) => ({ message: `tenant ${id}: ${id}/ is Loki's own`, at: `tenants.${id}` })),
};
