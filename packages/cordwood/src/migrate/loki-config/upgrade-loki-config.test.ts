import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runServer } from '../../cli/run-server.ts';
import { parseLokiConfig } from '../../config/loki-config.ts';
import { compareVersions, type Version } from '../settings-file/rule-pack.ts';
import { rulePacks } from './packs/registry.ts';
import { type UpgradedConfig, type UpgradeOptions, upgradeLokiConfig } from './upgrade-loki-config.ts';
import { parseVersion } from './version.ts';

const nowMs = Date.UTC(2026, 10, 30, 18);
const period = (store: string, schema: string) =>
  `schema_config:\n  configs:\n    - {from: 2023-01-01, store: ${store}, object_store: filesystem, schema: ${schema}, index: {prefix: index_, period: 24h}}\n`;
const current = period('tsdb', 'v13');

function upgrade(text: string, more: Partial<UpgradeOptions> = {}): UpgradedConfig {
  const options = { from: [2, 9] as Version, to: [3, 7] as Version, nowMs, keepDefaults: false, ...more };
  const result = upgradeLokiConfig({ name: 'loki.yaml', text }, options);
  assert.ok('upgraded' in result, JSON.stringify(result));
  return result.upgraded;
}

/** What becomes of the lines before the schema. */
function becomes(name: string, before: string, after: string, ...places: string[]): void {
  test(name, () => {
    const { changes, text } = upgrade(`${before}${current}`);
    assert.equal(text.replace(current, '').replace(/# true once[\s\S]*$/, ''), after);
    if (places.length > 0)
      assert.deepEqual(
        changes.map(({ key, line }) => `${line} ${key}`),
        places,
      );
  });
}

becomes(
  'a removed key',
  'ingester:\n  max_transfer_retries: 0\n  concurrent_flushes: 8\n',
  'ingester:\n  concurrent_flushes: 8\n',
  '2 ingester.max_transfer_retries',
);
becomes(
  'a block that is empty then',
  'query_range: {forward_headers_list: [a]}\n',
  '',
  '1 query_range.forward_headers_list',
);
becomes(
  'the old cache',
  'query_range: {results_cache: {cache: {enable_fifocache: true, fifocache: {max_size_bytes: 1GB, validity: 1h}}}}\n',
  'query_range:\n  results_cache:\n    cache:\n      embedded_cache:\n        enabled: true\n        max_size_mb: 1024\n        ttl: 1h\n',
);
becomes(
  'an old cache that is off',
  'query_range: {cache_results: true, results_cache: {cache: {enable_fifocache: false}}}\n',
  'query_range: {cache_results: true}\n',
);
becomes(
  'writing back in the background',
  'chunk_store_config: {chunk_cache_config: {async_cache_write_back_concurrency: 16}}\n',
  'chunk_store_config:\n  chunk_cache_config:\n    background:\n      writeback_goroutines: 16\n',
);
becomes(
  'encryption by keys of S3',
  'storage_config: {aws: {bucketnames: b, sse_encryption: true}}\n',
  'storage_config: {aws: {bucketnames: b, sse: {type: SSE-S3}}}\n',
);
becomes(
  'retention needs a store for delete requests',
  'compactor: {retention_enabled: true, shared_store: s3}\n',
  'compactor: {retention_enabled: true, delete_request_store: s3}\n',
);
becomes(
  'without shared_store it is that of the last period',
  'compactor: {retention_enabled: true}\n',
  'compactor: {retention_enabled: true, delete_request_store: filesystem}\n',
);
becomes(
  'without retention none is needed',
  'compactor: {shared_store: s3, working_directory: /w}\n',
  'compactor: {working_directory: /w}\n',
);

test('a moved key does not overwrite one that is there', () => {
  const { changes, text } = upgrade(`querier: {query_timeout: 5m}\nlimits_config: {query_timeout: 1m}\n${current}`);
  assert.match(text, /^limits_config: \{query_timeout: 1m\}/);
  assert.equal(changes[0]!.severity, 'warning');
});

test('a moved key arrives', () => {
  const { text } = upgrade(`querier: {query_timeout: 5m}\n${current}`);
  assert.match(text, /limits_config:\n {2}query_timeout: 5m/);
});

test('the prefix of a shipper goes to its periods', () => {
  const { text } = upgrade(`storage_config: {tsdb_shipper: {shared_store_key_prefix: idx/}}\n${current}`);
  assert.match(text, /path_prefix: idx\//);
});

test('an old schema gets a period that begins two days ahead, and holds structured metadata until then', () => {
  const { text } = upgrade(period('boltdb-shipper', 'v11'));
  assert.match(text, /- from: 2026-12-02\n {6}store: tsdb\n {6}object_store: filesystem\n {6}schema: v13/);
  assert.match(text, /# true once the v13 period has begun[^\n]*\n {2}allow_structured_metadata: false/);
});

test('a schema that is right stays', () => {
  const { text } = upgrade(current);
  assert.equal(text, current);
});

test('a v13 period that has not begun holds structured metadata, too', () => {
  const future =
    '    - {from: 2027-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: i_, period: 24h}}\n';
  const { text } = upgrade(`${period('tsdb', 'v12')}${future}`);
  assert.match(text, /allow_structured_metadata: false/);
  assert.equal(text.match(/schema: v13/g)!.length, 1);
});

test('changed defaults are listed, and written when they are to be kept', () => {
  const { effective } = upgrade(`limits_config: {max_line_size: 1MB}\n${current}`);
  const keys = effective.map(({ key }) => key);
  assert.ok(keys.includes('querier.max_concurrent'));
  assert.ok(!keys.includes('limits_config.max_line_size'), 'the file says it');
  assert.ok(!keys.includes('memberlist.stream_timeout'), 'the file has no memberlist');
  const kept = upgrade(current, { keepDefaults: true });
  assert.match(kept.text, /# default until 3\.0\n {2}max_concurrent: 10/);
  assert.deepEqual(
    kept.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
});

test('the defaults that packs tell are those of the runtime', () => {
  const { config } = parseLokiConfig(current, { file: 'loki.yaml', expandEnv: false, env: {} });
  assert.equal(config!.querier.maxConcurrent, 4);
  const told = rulePacks.flatMap(({ defaults }) => defaults).find(({ key }) => key === 'querier.max_concurrent');
  assert.equal(told!.after, 4);
});

test('4.0: what is gone or ignored is named, old periods say until when', () => {
  const old = `${period('boltdb-shipper', 'v12')}    - {from: 2025-01-01, store: tsdb, object_store: aws, schema: v13, row_shards: 16, index: {prefix: i_, period: 24h}}\n`;
  const text = `compactor: {retention_enabled: true, delete_request_store: aws}\nlimits_config: {retention_period: 30d, per_tenant_override_config: /o.yaml}\nstorage_config: {aws: {bucketnames: b}}\ntarget: read\n${old}`;
  const { changes, text: upgraded } = upgrade(text, { to: [4, 0] });
  assert.match(upgraded, /use_thanos_objstore: false/);
  assert.match(upgraded, /runtime_config:\n {2}file: \/o\.yaml/);
  assert.doesNotMatch(upgraded, /row_shards|object_store: aws|delete_request_store: aws/);
  assert.deepEqual(
    changes.filter(({ severity }) => severity === 'error').map(({ key, why }) => `${key}: ${why.slice(0, 60)}`),
    [
      'target: Loki 4.0 does not start with read: cordwood migrate helm-val',
      'schema_config.configs[0].store: Loki 4.0 cannot read it: stay on 3.7 until 2025-02-01 (reten',
    ],
  );
});

test('references to the environment stay, and are checked with their values', () => {
  const text = `server:\n  http_listen_port: \${PORT:-3100}\n${current}`;
  const broken = ({ diagnostics }: UpgradedConfig) => diagnostics.filter(({ severity }) => severity === 'error').length;
  assert.equal(broken(upgrade(text)), 1);
  const checked = upgrade(text, { env: {} });
  assert.equal(broken(checked), 0);
  assert.equal(checked.text, text);
});

test('overrides of tenants are upgraded as limits', () => {
  const text = `overrides:
  default: {ingestion_rate_mb: 5}
  acme:
    enforce_metric_name: false # old
    unordered_writes: true
    retention_period: 30d
`;
  const three = upgrade(text);
  assert.equal(three.text, text.replace('    enforce_metric_name: false # old\n', ''));
  assert.deepEqual(
    three.changes.map(({ key, line, severity }) => `${severity} ${line} ${key}`),
    ['change 4 overrides.acme.enforce_metric_name', 'warning 2 overrides.default'],
  );
  assert.doesNotMatch(upgrade(text, { to: [4, 0] }).text, /unordered_writes/);
  assert.ok(
    upgrade('overrides: {acme: {ingestion_rate: 5}}\n').diagnostics.some(({ severity }) => severity === 'error'),
  );
});

test('only the packs between the releases are applied', () => {
  const text = `bloom_compactor: {enabled: true}\ningester: {max_transfer_retries: 0}\n${current}`;
  assert.deepEqual(
    upgrade(text, { from: [3, 0], to: [3, 2] }).changes.map(({ key }) => key),
    ['bloom_compactor'],
  );
});

test('packs are in order', () => {
  const versions = rulePacks.map(({ version }) => version);
  assert.deepEqual(versions, [...versions].sort(compareVersions));
});

test('versions', () => {
  assert.deepEqual(['2.9', '2.9.2', '3.x', 'v3.4.1', '4.0', '5', 'x'].map(parseVersion), [
    [2, 9],
    [2, 9],
    [3, 7],
    [3, 4],
    [4, 0],
    undefined,
    undefined,
  ]);
});

test('text that is no YAML is refused with its place', () => {
  const result = upgradeLokiConfig(
    { name: 'loki.yaml', text: 'a: [' },
    { from: [2, 9], to: [3, 7], nowMs, keepDefaults: false },
  );
  assert.ok('diagnostics' in result && result.diagnostics[0]!.line >= 1);
});

const fixtures = join(import.meta.dirname, 'fixtures');
for (const name of readdirSync(fixtures)) {
  const text = readFileSync(join(fixtures, name), 'utf8');

  test(`${name}: 2.9 does not start on 3.7 or means something else`, () => {
    const { changes, effective } = upgrade(text);
    const broken = parseLokiConfig(text, { file: name, expandEnv: false, env: {} }).config === undefined;
    assert.ok(!broken || changes.length > 0, 'what broke it is among the changes');
    assert.ok(effective.length > 0);
  });

  test(`${name}: the upgraded file runs`, async () => {
    const upgraded = upgrade(text);
    assert.deepEqual(
      upgraded.diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    const directory = mkdtempSync(join(tmpdir(), 'upgrade-'));
    try {
      const overrides = join(directory, 'overrides.yaml');
      writeFileSync(overrides, 'overrides: {}\n');
      const configFile = join(directory, 'loki.yaml');
      writeFileSync(configFile, upgraded.text.replace(/\/etc\/loki\/runtime-config\/\S+\.yaml/, overrides));
      const server = await runServer({
        configFile,
        expandEnv: false,
        env: {},
        port: 0,
        dataDirectory: join(directory, 'data'),
        queryWorkers: 0,
        // The buckets of these files are not there.
        localStorage: true,
        log: () => {},
      });
      try {
        const answer = await fetch(`${server.url}/ready`);
        assert.equal(answer.status, 200);
      } finally {
        await server.stop();
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test(`${name}: upgraded again it stays as it is`, () => {
    const once = upgrade(text).text;
    assert.equal(upgrade(once).text, once);
  });
}
