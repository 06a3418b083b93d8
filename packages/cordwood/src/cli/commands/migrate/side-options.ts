import { createLokiSide, type LokiSide, type LokiSideOptions } from '../../../migrate/copy/loki-side.ts';
import type { Clock } from '../../../world/clock.ts';
import { type OptionSpecs, type OptionValues, UsageError } from '../../command.ts';
import { credentialsOfUsers, environmentOf, gatewayRoles } from '../../gateway-credentials.ts';
import { loadPlatform } from '../../platform-file.ts';
import type { Terminal } from '../../terminal.ts';
import { parseDurationNs } from '../../time-options.ts';

/** Options of the commands that ask two Lokis. Secrets are better in the environment: command lines are seen by others. */
export const sideOptions = {
  from: { type: 'string', value: 'URL', env: 'CORDWOOD_FROM', describe: 'the old Loki: Cordwood or any Loki' },
  to: { type: 'string', value: 'URL', env: 'CORDWOOD_TO', describe: 'the new Loki' },
  'from-username': { type: 'string', value: 'NAME', env: 'CORDWOOD_FROM_USERNAME', describe: 'basic authentication' },
  'from-password': { type: 'string', value: 'TEXT', env: 'CORDWOOD_FROM_PASSWORD', describe: 'basic authentication' },
  'from-bearer-token': { type: 'string', value: 'TOKEN', env: 'CORDWOOD_FROM_TOKEN', describe: 'bearer token' },
  'to-username': { type: 'string', value: 'NAME', env: 'CORDWOOD_TO_USERNAME', describe: 'basic authentication' },
  'to-password': { type: 'string', value: 'TEXT', env: 'CORDWOOD_TO_PASSWORD', describe: 'basic authentication' },
  'to-bearer-token': { type: 'string', value: 'TOKEN', env: 'CORDWOOD_TO_TOKEN', describe: 'bearer token' },
  user: {
    type: 'string',
    value: 'NAME=PASSWORD',
    multiple: true,
    env: 'CORDWOOD_USER',
    describe:
      "a user of the new Loki's gateway, by its name in the definition: each tenant is read and written by who may",
  },
  platform: {
    type: 'string',
    value: 'FILE',
    describe: 'the definition, with --user; default platform.ts here or below',
  },
  env: { type: 'string', value: 'NAME', describe: 'its environment' },
  tenant: {
    type: 'string',
    value: 'ID',
    short: 't',
    multiple: true,
    describe: "tenant of the old Loki; without authentication it is 'fake' (the default)",
  },
  rule: {
    type: 'string',
    value: 'SELECTOR=TENANT',
    multiple: true,
    describe: 'tenant of the new Loki for streams that match, the first decides; without rules the tenant stays',
  },
  start: { type: 'string', value: 'TIME', describe: 'start of the range: RFC 3339 or Unix seconds' },
  end: { type: 'string', value: 'TIME', describe: 'end of the range, exclusive; default now' },
  since: {
    type: 'string',
    value: 'DURATION',
    default: '30d',
    describe: 'instead of --start: how far back from the end',
  },
  page: {
    type: 'string',
    value: 'N',
    default: '5000',
    describe: 'entries per request; at most max_entries_limit_per_query of both sides',
  },
  parallel: { type: 'string', value: 'N', default: '4', describe: 'streams at a time' },
  'retry-for': {
    type: 'string',
    value: 'DURATION',
    default: '10m',
    describe: 'how long a request is repeated while a side is away or asks to wait',
  },
} as const satisfies OptionSpecs;

export type SideOptions = OptionValues<typeof sideOptions>;

export async function sidesFromOptions(
  options: SideOptions,
  terminal: Terminal,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ from: LokiSide; to: LokiSide }> {
  const credentialsFor = await gatewayCredentials(options);
  const retryForMs = Number(parseDurationNs(options['retry-for'], '--retry-for') / 1_000_000n);
  const side = (name: 'from' | 'to') => {
    const url = options[name];
    if (url === undefined)
      throw new UsageError(`--${name} URL is missing: the ${name === 'from' ? 'old' : 'new'} Loki`);
    if (!/^https?:\/\/[^/]/.test(url)) throw new UsageError(`--${name}: '${url}' is not a URL like http://loki:3100`);
    let lastReason = '';
    return createLokiSide({
      url,
      username: options[`${name}-username`],
      password: options[`${name}-password`],
      bearerToken: options[`${name}-bearer-token`],
      clock,
      signal,
      retryForMs,
      ...(name === 'to' && credentialsFor !== undefined ? { credentialsFor } : {}),
      onRetry(reason) {
        // One sentence for one outage, not one for each worker and attempt.
        if (reason === lastReason) return;
        lastReason = reason;
        terminal.note(terminal.style('yellow', `waiting for ${url}: ${reason.split('\n')[0]}`));
      },
    });
  };
  return { from: side('from'), to: side('to') };
}

/** By the definition's roles; undefined when no user was given. */
async function gatewayCredentials(options: SideOptions): Promise<LokiSideOptions['credentialsFor']> {
  if (options.user.length === 0) return undefined;
  const { platform } = await loadPlatform(options.platform);
  const users = credentialsOfUsers(options.user, platform);
  const { readers, writers } = gatewayRoles(platform, environmentOf(platform, options.env), users);
  return (tenant, deed) => (deed === 'push' ? writers : readers).get(tenant);
}
