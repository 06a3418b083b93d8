import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { defaultLimits } from '../model/limits.ts';
import { randomInt, seededRandom } from '../world/random.ts';
import { limitsDocument } from './limits-config.ts';
import { type LokiConfig, parseLokiConfig } from './loki-config.ts';
import { printConfig } from './print-config.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

const schema = `schema_config: {configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: i_, period: 24h}}]}\n`;

function read(text: string): LokiConfig {
  const { config, diagnostics } = parseLokiConfig(schema + text, { file: 'loki.yaml' });
  assert.deepEqual(
    diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
    [],
  );
  return config!;
}

/** `line:column message` of every error, hint behind ` | `; the text starts on line 2. */
function errors(text: string, prefix = schema): string[] {
  const { config, diagnostics } = parseLokiConfig(prefix + text, { file: 'loki.yaml' });
  const found = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  assert.equal(config === undefined, found.length > 0);
  return found.map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` | ${hint}` : ''}`);
}

test('a file with nothing but a schema gives the defaults of Loki', () => {
  assert.deepEqual(read('').limits, defaultLimits);
});

test('the configuration of the recorded Loki is read', () => {
  const { config, diagnostics } = parseLokiConfig(fixture('conformance-loki.yaml'), { file: 'loki.yaml' });
  assert.deepEqual(
    diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
    [],
  );
  assert.equal(config!.ingester.walDirectory, './data/wal');
  assert.equal(config!.storage.chunksDirectory, './data/objects');
  assert.equal(config!.querier.multiTenantQueriesEnabled, true);
  assert.deepEqual(config!.limits.shardAggregations, ['approx_topk']);
  assert.deepEqual(config!.runtimeConfig, { files: ['./overrides.yaml'], periodMs: 10_000 });
  assert.deepEqual(
    [config!.ruler.storage, config!.ruler.directory, config!.ruler.evaluationIntervalMs],
    ['filesystem', './data/rules', 1000],
  );
  const named = diagnostics.map((diagnostic) => /^[\w.]+/.exec(diagnostic.message)![0]);
  assert.ok(
    named.includes('common.ring') && named.includes('frontend.encoding') && named.includes('query_range.cache_results'),
  );
  assert.ok(!named.some((path) => path.startsWith('common.ring.')), 'a block is named once, not key by key');
});

test('a production file on S3 is read', () => {
  const { config, diagnostics } = parseLokiConfig(fixture('simple-scalable-loki.yaml'), { file: 'loki.yaml' });
  assert.deepEqual(
    diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
    [],
  );
  assert.equal(config!.ingester.chunkTargetSizeBytes, 1_572_864);
  assert.equal(config!.limits.retentionPeriodMs, 30 * 86_400_000);
  assert.deepEqual(config!.limits.retentionStream, [
    { selector: '{namespace="dev"}', priority: 1, periodMs: 3 * 86_400_000 },
  ]);
  assert.deepEqual(
    config!.limits.otlpConfig.resourceAttributes.map((rule) => rule.attributes.length),
    [18, 1],
  );
  assert.deepEqual(config!.ruler.alertmanagerUrls, ['http://a:9093', 'http://b:9093']);
  assert.deepEqual(config!.runtimeConfig.files, ['/etc/loki/overrides.yaml', '/etc/loki/more.yaml']);
  assert.deepEqual(config!.limits.rulerAlertmanagerConfig, { alertmanager_url: 'http://alertmanager:9093' });
  const ring = diagnostics.find((diagnostic) => diagnostic.message.startsWith('memberlist'))!;
  assert.deepEqual([ring.severity, ring.line, ring.column], ['warning', 20, 1]);
});

const values: [name: string, text: string, pick: (config: LokiConfig) => unknown, expected: unknown][] = [
  ['path_prefix gives the WAL a folder', 'common: {path_prefix: /data/}', (c) => c.ingester.walDirectory, '/data/wal'],
  [
    'an own WAL folder stays',
    'common: {path_prefix: /data}\ningester: {wal: {dir: /w}}',
    (c) => c.ingester.walDirectory,
    '/w',
  ],
  [
    'path_prefix gives the compactor a folder',
    'common: {path_prefix: /data}',
    (c) => c.compactor.workingDirectory,
    '/data/compactor',
  ],
  [
    'common filesystem: chunks',
    'common: {storage: {filesystem: {chunks_directory: /c}}}',
    (c) => c.storage.chunksDirectory,
    '/c',
  ],
  [
    'common filesystem: rules',
    'common: {storage: {filesystem: {rules_directory: /r}}}',
    (c) => [c.ruler.storage, c.ruler.directory],
    ['local', '/r'],
  ],
  [
    'storage_config wins over common',
    'common: {storage: {filesystem: {chunks_directory: /c}}}\nstorage_config: {filesystem: {directory: /d}}',
    (c) => c.storage.chunksDirectory,
    '/d',
  ],
  ['no rules, no ruler', '', (c) => c.ruler.storage, 'none'],
  [
    'ruler_storage local',
    'ruler_storage: {backend: local, local: {directory: /r}}',
    (c) => [c.ruler.storage, c.ruler.directory],
    ['local', '/r'],
  ],
  [
    'old name of the runtime file',
    'limits_config: {per_tenant_override_config: /o.yaml, per_tenant_override_period: 1m}',
    (c) => c.runtimeConfig,
    { files: ['/o.yaml'], periodMs: 60_000 },
  ],
  ['days in limits', 'limits_config: {max_query_length: 2d12h}', (c) => c.limits.maxQueryLengthMs, 60 * 3_600_000],
  ['sizes without regard to case', 'limits_config: {max_line_size: 64kb}', (c) => c.limits.maxLineSizeBytes, 65_536],
  ['plain numbers as sizes', 'limits_config: {max_line_size: 1000}', (c) => c.limits.maxLineSizeBytes, 1000],
  ['comma lists', 'limits_config: {discover_service_name: "a, b"}', (c) => c.limits.discoverServiceName, ['a', 'b']],
  ['lists replace', 'limits_config: {discover_service_name: []}', (c) => c.limits.discoverServiceName, []],
  ['booleans of YAML 1.1', 'auth_enabled: no', (c) => c.authEnabled, false],
  [
    'durations below a millisecond',
    'compactor: {compaction_interval: 1500us}',
    (c) => c.compactor.compactionIntervalMs,
    1.5,
  ],
  ['a key without a value keeps the default', 'server:\n  http_listen_port:\n', (c) => c.server.httpListenPort, 3100],
  ['blocks may be empty', 'server:\nlimits_config: {}', (c) => c.server.httpListenPort, 3100],
  [
    'anchors and merge keys',
    'limits_config: &l {max_query_series: 7}\noperational_config: {}\nruler: {external_labels: {<<: {a: x, b: y}, b: z}}',
    (c) => [c.limits.maxQuerySeries, c.ruler.externalLabels],
    [7, { a: 'x', b: 'z' }],
  ],
  [
    'block_ingestion_until',
    'limits_config: {block_ingestion_until: "2100-01-01T00:00:00Z"}',
    (c) => c.limits.blockIngestionUntilMs,
    Date.UTC(2100, 0, 1),
  ],
  [
    'unquoted time',
    'limits_config: {block_ingestion_until: 2100-01-01T00:00:00Z}',
    (c) => c.limits.blockIngestionUntilMs,
    Date.UTC(2100, 0, 1),
  ],
  [
    'otlp: ignore_defaults',
    'limits_config: {otlp_config: {resource_attributes: {ignore_defaults: true}}}',
    (c) => c.limits.otlpConfig.resourceAttributes,
    [],
  ],
  [
    'otlp: default labels',
    'distributor: {otlp_config: {default_resource_attributes_as_index_labels: [service.name]}}',
    (c) => c.limits.otlpConfig.resourceAttributes[0]?.attributes,
    ['service.name'],
  ],
  [
    'policies',
    'limits_config: {policy_override_limits: {p: {max_streams_per_user: 5}}}',
    (c) => c.limits.policyOverrideLimits,
    { p: { maxStreamsPerUser: 5, maxGlobalStreamsPerUser: 0 } },
  ],
];
for (const [name, text, pick, expected] of values)
  test(`reads ${name}`, () => assert.deepEqual(pick(read(text)), expected));

const broken: [name: string, text: string, errors: string[]][] = [
  [
    'an unknown key at the top',
    'servre: {}',
    ["2:1 field servre not found in type loki.ConfigWrapper | did you mean 'server'?"],
  ],
  [
    'an unknown key below',
    'server:\n  http_lisen_port: 1',
    ["3:3 field http_lisen_port not found in type server.Config | did you mean 'http_listen_port'?"],
  ],
  ['an unknown limit', 'limits_config: {nope: 1}', ['2:17 field nope not found in type validation.plain']],
  [
    'an unknown key of a block that is not run',
    'memberlist: {jion_members: []}',
    ["2:14 field jion_members not found in type memberlist.KVConfig | did you mean 'join_members'?"],
  ],
  [
    'a key that 3.0 removed',
    'compactor: {shared_store: s3}',
    [
      '2:13 field shared_store not found in type compactor.Config | removed in 3.0: set compactor.delete_request_store (object_store of the period names the store)',
    ],
  ],
  ['a text for a number', 'server: {http_listen_port: abc}', ['2:28 cannot unmarshal !!str `abc` into int']],
  [
    'a fraction for a whole number',
    'server: {http_listen_port: 1.5}',
    ['2:28 cannot unmarshal !!float `1.5` into int'],
  ],
  ['a list for a block', 'server: [1]', ['2:9 cannot unmarshal !!seq into server.Config']],
  ['a map for a text', 'server: {log_level: {a: b}}', ['2:21 cannot unmarshal !!map into string']],
  [
    'days for a component',
    'ingester: {max_chunk_age: 1d}',
    ['2:27 time: invalid duration "1d" | units: ns, us, ms, s, m, h (no days here)'],
  ],
  [
    'a bad limit duration',
    'limits_config: {query_timeout: 1.5m}',
    ['2:32 not a valid duration string: "1.5m" | units, largest first: y, w, d, h, m, s, ms; whole numbers'],
  ],
  [
    'a bad size',
    'limits_config: {max_line_size: 5 apples}',
    ['2:32 cannot read the size "5 apples" | units: B, KB, MB, GB, TB, PB; counted by 1024'],
  ],
  [
    'an unknown level',
    'server: {log_level: loud}',
    ["2:21 unrecognized value 'loud' | allowed: info, debug, warn, error"],
  ],
  ['the same key twice', 'server: {}\nserver: {}', ['3:1 yaml: Map keys must be unique']],
  [
    'two storage backends',
    'common: {storage: {s3: {endpoint: e}, filesystem: {chunks_directory: c}}}',
    [
      '2:39 too many storage configs provided in the common config, please only define one storage backend | this file has s3 and filesystem',
    ],
  ],
  [
    'retention without a store',
    'compactor: {retention_enabled: true}',
    [
      '2:13 CONFIG ERROR: compactor.delete-request-store should be configured when retention is enabled | add compactor.delete_request_store: filesystem (or s3, gcs, azure …)',
    ],
  ],
  [
    'a retention below a day',
    'limits_config: {retention_stream: [{selector: "{a=\\"b\\"}", period: 2h}]}',
    ['2:36 retention period must be >= 24h was 2h'],
  ],
  [
    'otlp attributes and regex',
    'limits_config: {otlp_config: {log_attributes: [{action: drop, attributes: [a], regex: b}]}}',
    ['2:48 only one of attributes or regex must be set'],
  ],
  [
    'otlp index_label of a scope',
    'limits_config: {otlp_config: {scope_attributes: [{action: index_label, attributes: [a]}]}}',
    ['2:50 index_label action is not supported for scope attributes'],
  ],
  ['a missing colon', 'server\n', ['2:1 yaml: Implicit map keys need to be followed by map values']],
];
for (const [name, text, expected] of broken) test(`refuses ${name}`, () => assert.deepEqual(errors(text), expected));

const brokenSchemas: [name: string, text: string, errors: RegExp[]][] = [
  ['no schema', 'auth_enabled: false', [/^1:1 must specify at least one schema configuration/]],
  [
    'an index period of 12h',
    schema.replace('24h', '12h'),
    [/tsdb must always have periodic config for index set to 24h/],
  ],
  [
    'an old schema',
    schema.replace('v13', 'v12'),
    [/CONFIG ERROR: schema v13 is required to store Structured Metadata .* your schema version is v12/],
  ],
  ['an unknown schema', schema.replace('v13', 'v99'), [/invalid schema version: v99/, /schema v13 is required/]],
  ['an unknown object store', schema.replace('filesystem', 'floppy'), [/unrecognized object_store type 'floppy'/]],
  ['a bad day', schema.replace('2024-01-01', 'yesterday'), [/parsing time "yesterday"/]],
];
for (const [name, text, expected] of brokenSchemas) {
  test(`refuses ${name}`, () => {
    const found = errors(text, '');
    assert.equal(found.length, expected.length, found.join('\n'));
    for (const [i, pattern] of expected.entries()) assert.match(found[i]!, pattern);
  });
}

test('environment variables are expanded only when asked', () => {
  const text = `${schema}server: {http_listen_port: \${PORT:-3200}}\n`;
  assert.equal(parseLokiConfig(text, { file: 'f', expandEnv: true, env: {} }).config?.server.httpListenPort, 3200);
  assert.equal(
    parseLokiConfig(text, { file: 'f', expandEnv: true, env: { PORT: '3300' } }).config?.server.httpListenPort,
    3300,
  );
  assert.match(parseLokiConfig(text, { file: 'f' }).diagnostics[0]!.hint!, /-config\.expand-env=true/);
});

test('what is printed reads to the same configuration', () => {
  const config = parseLokiConfig(fixture('simple-scalable-loki.yaml'), { file: 'loki.yaml' }).config!;
  for (const mode of ['all', 'diff'] as const) {
    const again = parseLokiConfig(printConfig(config.value, mode), { file: 'loki.yaml' });
    assert.deepEqual(
      again.diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
      [],
    );
    assert.deepEqual(again.config, config);
  }
  assert.equal(parse(printConfig(config.value, 'defaults')).server.http_listen_port, 3100);
});

test('limits are shown as Loki shows them', () => {
  const shown = limitsDocument(read('limits_config: {max_query_length: 721h, max_line_size: 300B}').limits);
  const { max_query_length, max_line_size, max_query_bytes_read, query_timeout, retention_stream, volume_enabled } =
    shown;
  assert.deepEqual(
    { max_query_length, max_line_size, max_query_bytes_read, query_timeout, retention_stream, volume_enabled },
    {
      max_query_length: '30d1h',
      max_line_size: '300B',
      max_query_bytes_read: '0B',
      query_timeout: '1m',
      retention_stream: undefined,
      volume_enabled: true,
    },
  );
});

test('a broken file is never an exception (seeded)', () => {
  const seed = 11;
  const random = seededRandom(seed);
  const text = fixture('simple-scalable-loki.yaml');
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '&a ',
    '*a',
    '\n',
    '"',
    "'",
    '!!int ',
    '? ',
    '|\n',
    '\u0000',
    'null',
    '<<: *limits',
    '~',
  ];
  for (let round = 0; round < 300; round++) {
    let mutated = text;
    for (let i = 1 + randomInt(random, 4); i > 0; i--) {
      const at = randomInt(random, mutated.length);
      mutated =
        mutated.slice(0, at) + pieces[randomInt(random, pieces.length)] + mutated.slice(at + randomInt(random, 6));
    }
    const { config, diagnostics } = parseLokiConfig(mutated, { file: 'loki.yaml' });
    assert.ok(config !== undefined || diagnostics.length > 0, `seed ${seed}, round ${round}`);
    for (const { line, column } of diagnostics) assert.ok(line >= 1 && column >= 1, `seed ${seed}, round ${round}`);
  }
});

test('aliases that multiply are stopped', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
  const { diagnostics } = parseLokiConfig(`query_engine:\n  ${lines.join('\n  ')}\n${schema}`, { file: 'loki.yaml' });
  assert.match(diagnostics.map((diagnostic) => diagnostic.message).join('\n'), /more than 1000000 values/);
});

test('what is not built yet is named, unless it is set to what Cordwood does anyway', () => {
  const limits = (text: string) =>
    parseLokiConfig(`${schema}limits_config:\n  ${text}\n`, { file: 'loki.yaml' }).diagnostics.map(
      ({ severity, message }) => `${severity} ${message}`,
    );
  assert.deepEqual(limits('pattern_rate_threshold: 7'), [
    'warning limits_config.pattern_rate_threshold has no effect in Cordwood: this is not built yet',
  ]);
  assert.deepEqual(limits('retention_period: 744h'), []);
  assert.deepEqual(limits('unordered_writes: true'), []);
  assert.equal(limits('unordered_writes: false').length, 1);
});
