import { clusters, usersOf } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const canaryUser: Check = {
  id: 'helm/canary-user',
  severity: 'error',
  title: "The canary's user is called like its tenant",
  reason:
    'The chart gives the canary one name, for the login at the gateway and for the tenant. With another it gets 403, and LokiCanaryMissingEntries fires for ever.',
  fix: 'Rename the user with the role canary to the id of its tenant.',
  traps: ['T66'],
  find: ({ platform }) =>
    [...new Set(clusters(platform).flatMap((environment) => usersOf(platform, environment)))]
      .filter(({ role, name, tenants }) => role === 'canary' && (tenants.length !== 1 || tenants[0] !== name))
      .map(({ name, tenants }) => ({ message: `${name} writes as ${tenants.join(', ')}`, at: `access.users.${name}` })),
};
