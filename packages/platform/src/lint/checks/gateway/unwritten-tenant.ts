import { clusters, usersOf } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const unwrittenTenant: Check = {
  id: 'gateway/unwritten-tenant',
  severity: 'error',
  title: 'The collector may write each tenant that it sends to',
  reason: 'The gateway answers 403, which Alloy does not try again: the lines of that tenant are lost.',
  fix: 'Add the tenant to the user with the role writer in access.users.',
  traps: ['T16'],
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ auth }) => auth)
      .flatMap((environment) => {
        const writers = usersOf(platform, environment).filter(({ role }) => role === 'writer');
        return environment.tenants
          .filter(({ namespaces, audit, catchAll }) => namespaces.length > 0 || audit || catchAll)
          .filter(({ id }) => !writers.some(({ tenants }) => tenants.includes(id)))
          .map(({ id }) => ({ message: `${environment.name}: no writer may send to ${id}`, at: `tenants.${id}` }));
      }),
};
