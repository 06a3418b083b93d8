import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRemoteWriteClient } from './remote-write-client.ts';

test('a block as Loki documents it', () => {
  const { client, problems } = parseRemoteWriteClient('mimir', {
    url: 'http://mimir/api/v1/push',
    remote_timeout: '10s',
    headers: { 'X-Team': 'climate' },
    basic_auth: { username: 'u', password_file: '/run/secret' },
    write_relabel_configs: [{ target_label: 'tenant', replacement: 'acme' }],
    queue_config: { capacity: 10_000, max_shards: 4, max_samples_per_send: 500, min_backoff: '1s', max_backoff: '1m' },
  });
  assert.deepEqual(problems, undefined);
  assert.deepEqual(
    { ...client, relabelRules: client!.relabelRules.length },
    {
      id: 'mimir',
      url: 'http://mimir/api/v1/push',
      timeoutMs: 10_000,
      headers: { 'X-Team': 'climate' },
      authorization: {
        basic: { username: 'u', password: '', passwordFile: '/run/secret' },
        type: 'Bearer',
        credentials: '',
        credentialsFile: '',
      },
      relabelRules: 1,
      samplesPerSendMax: 500,
      backoffMinMs: 1000,
      backoffMaxMs: 60_000,
      retryOnRateLimit: false,
    },
  );
});

const path = 'remote_write.clients.x';
for (const [block, problem] of [
  [{}, `${path}.url must be an http or https address`],
  [{ url: 'mimir:9090' }, `${path}.url must be an http or https address`],
  [{ url: 'http://m', remote_timeout: 'soon' }, `${path}.remote_timeout must be a duration such as 30s`],
  [{ url: 'http://m', queue_config: { maxShards: 1 } }, `${path}.queue_config.maxShards: there is no such setting`],
  [{ url: 'http://m', basic_auth: { user: 'u' } }, `${path}.basic_auth.user: there is no such setting`],
  [
    { url: 'http://m', sigv4: {} },
    `${path}.sigv4 is not supported: use basic_auth or authorization, or a proxy that signs`,
  ],
  [
    { url: 'http://m', tls_config: { ca_file: 'x' } },
    `${path}.tls_config is not supported: give the authority to the process with NODE_EXTRA_CA_CERTS`,
  ],
] as const)
  test(`refused: ${JSON.stringify(block)}`, () =>
    assert.deepEqual(parseRemoteWriteClient('x', block).problems, [problem]));
