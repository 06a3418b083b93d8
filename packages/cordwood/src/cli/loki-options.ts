import { createLokiClient, type LokiClient } from '../client/loki-client.ts';
import type { OptionSpecs, OptionValues } from './command.ts';

/** Options of every command that talks to a Loki; names and environment variables are logcli's. */
export const lokiOptions = {
  addr: {
    type: 'string',
    value: 'URL',
    default: 'http://127.0.0.1:3100',
    env: 'LOKI_ADDR',
    describe: 'address of Cordwood or any Loki',
  },
  tenant: { type: 'string', value: 'ID', short: 't', env: 'LOKI_ORG_ID', describe: 'tenant, sent as X-Scope-OrgID' },
  username: { type: 'string', value: 'NAME', env: 'LOKI_USERNAME', describe: 'basic authentication' },
  password: { type: 'string', value: 'TEXT', env: 'LOKI_PASSWORD', describe: 'basic authentication' },
  'bearer-token': { type: 'string', value: 'TOKEN', env: 'LOKI_BEARER_TOKEN', describe: 'bearer authentication' },
} as const satisfies OptionSpecs;

export function clientFromOptions(options: OptionValues<typeof lokiOptions>): LokiClient {
  return createLokiClient({
    url: options.addr,
    tenant: options.tenant,
    username: options.username,
    password: options.password,
    bearerToken: options['bearer-token'],
  });
}
