import type { Environment, Platform } from '@cordwood/platform';
import type { Credentials } from '../client/loki-client.ts';
import { UsageError } from './command.ts';

/**
 * Users of the platform's gateway: their names, roles and tenants stand in the definition, their passwords come from the command line
 * or the environment.
 */

export function environmentOf(platform: Platform, name: string | undefined): Environment {
  const names = platform.environments.map((environment) => environment.name);
  if (name !== undefined) {
    const found = platform.environments.find((environment) => environment.name === name);
    if (found === undefined)
      throw new UsageError(`--env: there is no environment '${name}'; there are ${names.join(', ')}`);
    return found;
  }
  const found =
    platform.environments.find(({ runsOn }) => runsOn === 'laptop') ??
    (platform.environments.length === 1 ? platform.environments[0] : undefined);
  if (found === undefined) throw new UsageError(`--env NAME is missing: one of ${names.join(', ')}`);
  return found;
}

export function credentialsOfUsers(pairs: readonly string[], platform: Platform): Map<string, Credentials> {
  const users = new Map<string, Credentials>();
  for (const pair of pairs.flatMap((text) => text.split('\n').filter((line) => line !== ''))) {
    const equals = pair.indexOf('=');
    const username = pair.slice(0, equals);
    if (equals < 1) throw new UsageError(`--user takes NAME=PASSWORD, not '${pair}'`);
    if (!platform.users.some(({ name }) => name === username))
      throw new UsageError(
        `--user: the definition has no user '${username}'; it has ${platform.users.map(({ name }) => name).join(', ')}`,
      );
    users.set(username, { username, password: pair.slice(equals + 1) });
  }
  return users;
}

/** Who reads each tenant and who writes to it, of the users whose passwords were given. */
export function gatewayRoles(platform: Platform, environment: Environment, users: ReadonlyMap<string, Credentials>) {
  const byTenant = (roles: readonly string[]) => {
    const found = new Map<string, Credentials>();
    for (const role of roles) {
      for (const user of platform.users) {
        const credentials = users.get(user.name);
        if (user.role !== role || credentials === undefined) continue;
        for (const tenant of user.tenants) if (!found.has(tenant)) found.set(tenant, credentials);
      }
    }
    return found;
  };
  // Who also sees rules first: criteria 6 and 7 ask for them.
  const readers = byTenant(['reader-and-rules', 'reader', 'canary']);
  // A tenant that nobody may read is asked as somebody all the same: the gateway has to refuse.
  const [any] = users.values();
  if (any !== undefined && environment.auth) readers.set('*', readers.get(environment.defaultTenant.id) ?? any);
  return { readers, writers: byTenant(['writer', 'canary']) };
}
