import { clusters, usersOf } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const collectorUser: Check = {
  id: 'gateway/collector-user',
  severity: 'error',
  title: 'Alloy logs in as a user that the gateway knows as a writer',
  reason: 'Otherwise every push is answered 401 or 403, and Alloy drops what is refused so.',
  fix: 'Name the writer in access.users as config.alloy does.',
  find: (input) =>
    clusters(input.platform)
      .filter(({ auth }) => auth)
      .flatMap((environment) => {
        const users = usersOf(input.platform, environment);
        return input.artifacts
          .filter(({ path }) => new RegExp(`^helm/alloy/files/.*${environment.name}.*[.]alloy$`).test(path))
          .flatMap(({ path, text }) =>
            [...text.matchAll(/basic_auth \{[^}]*?username += "([^"]+)"/g)]
              .map(([, name]) => name!)
              .filter((name) => users.find((user) => user.name === name)?.role !== 'writer')
              .map((name) => ({
                message: `${environment.name}: Alloy logs in as ${name}, who is no writer at the gateway`,
                at: 'access.users',
                in: { path, text: `"${name}"` },
              })),
          );
      }),
};
