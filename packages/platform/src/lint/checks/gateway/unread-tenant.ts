import { clusters, usersOf } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const unreadTenant: Check = {
  id: 'gateway/unread-tenant',
  severity: 'error',
  title: 'Somebody may read each tenant',
  reason: 'Logs that nobody may read are paid for and useless, and one notices on the day they are needed.',
  fix: 'Add the tenant to a user with the role reader or reader-and-rules in access.users.',
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ auth }) => auth)
      .flatMap((environment) => {
        const readers = usersOf(platform, environment).filter(({ role }) => role.startsWith('reader'));
        return environment.tenants
          .filter(({ id }) => !readers.some(({ tenants }) => tenants.includes(id)))
          .map(({ id }) => ({ message: `${environment.name}: no user may read ${id}`, at: `tenants.${id}` }));
      }),
};
