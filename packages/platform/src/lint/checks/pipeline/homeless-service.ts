import type { Check } from '../../check.ts';
import { tenantOfNamespace } from '../../pipeline-labels.ts';

export const homelessService: Check = {
  id: 'pipeline/homeless-service',
  severity: 'error',
  title: 'The namespaces of every service belong to a tenant',
  reason:
    'Lines of a namespace without a tenant go to the one with catchAll, where nobody of the team looks and retention is another; without catchAll they are dropped.',
  fix: 'Add the namespace to a tenant.',
  traps: ['T17'],
  find: ({ platform }) =>
    platform.services.flatMap(({ name, namespaces }) =>
      namespaces
        .filter((namespace) => !platform.tenants.some((tenant) => tenant.namespaces.includes(namespace)))
        .map((namespace) => ({
          message: `${name}: ${namespace} belongs to no tenant; its lines would go to ${tenantOfNamespace(platform, namespace) ?? 'nobody'}`,
          at: `services.${name}.namespaces`,
        })),
    ),
};
