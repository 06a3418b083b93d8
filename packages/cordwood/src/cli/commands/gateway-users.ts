import { createHash, randomBytes } from 'node:crypto';
import { defineCommand, exitCode, UsageError } from '../command.ts';

/** 24 bytes: nobody types them, and a fast hash of them cannot be guessed. */
const passwordBytes = 24;

export const gatewayUsers = defineCommand({
  name: 'gateway-users',
  summary: 'Make passwords for the users of the gateway, as Kubernetes Secrets.',
  operands: '[FILE|DIR]',
  operandCount: [0, 1],
  describe: `Prints Secrets to apply and writes nothing: hashes for nginx, and each password in the namespace of the user who logs in with it.
Every run makes new passwords: restart the gateway, Alloy and Grafana after it was applied.`,
  options: { env: { type: 'string', value: 'NAME', short: 'e', describe: 'the environment' } },
  examples: [['cordwood gateway-users --env prod | kubectl apply -f -', 'new passwords for all users of production']],
  async run({ options, positionals, terminal }) {
    const { loadPlatform } = await import('../platform-file.ts');
    const { environmentNamed, usersOf } = await import('@cordwood/platform');
    const { stringify } = await import('yaml');
    const { platform } = await loadPlatform(positionals[0]);
    const environment = options.env === undefined ? undefined : environmentNamed(platform, options.env);
    if (environment === undefined)
      throw new UsageError(`--env is one of ${platform.environments.map(({ name }) => name).join(', ')}`);
    const users = usersOf(platform, environment);
    if (users.length === 0) throw new UsageError(`${environment.name} has no users: its authentication is off`);
    const passwords = new Map(users.map(({ name }) => [name, randomBytes(passwordBytes).toString('base64url')]));
    const secrets = [
      secret(platform.names.gatewaySecret, platform.names.lokiNamespace, {
        '.htpasswd': [...passwords].map(([name, password]) => `${name}:${ssha(password)}\n`).join(''),
      }),
      ...[...new Set(users.map(({ from }) => from.namespace))].map((namespace) =>
        secret(
          platform.names.credentialsSecret,
          namespace,
          Object.fromEntries(
            users.filter(({ from }) => from.namespace === namespace).map(({ name }) => [name, passwords.get(name)!]),
          ),
        ),
      ),
    ];
    await terminal.out(secrets.map((each) => stringify(each)).join('---\n'));
    terminal.note(`${users.length} users of ${environment.name} have new passwords, shown once.`);
    return exitCode.ok;
  },
});

const secret = (name: string, namespace: string, stringData: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  type: 'Opaque',
  stringData,
});

/** nginx reads it on every platform, and at no cost for each request; bcrypt would take as long as the request itself (trap T15). */
function ssha(password: string): string {
  const salt = randomBytes(16);
  const digest = createHash('sha1').update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}
