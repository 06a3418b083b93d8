import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultLimits, type Limits } from '../model/limits.ts';
import { parseLokiConfig } from './loki-config.ts';
import { parseOverrides } from './overrides.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

const globals = parseLokiConfig(
  `schema_config: {configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {period: 24h}}]}
limits_config:
  max_line_size: 1KB
  discover_service_name: [app, job]
  policy_enforced_labels: {a: [x]}
  shard_streams: {enabled: false}
`,
  { file: 'loki.yaml' },
).config!;

function overrides(text: string) {
  return parseOverrides(text, { file: 'overrides.yaml', defaults: globals.limitsValue });
}

test('the overrides of the recorded Loki are read', () => {
  const { overrides: tenants, diagnostics } = overrides(fixture('conformance-overrides.yaml'));
  assert.deepEqual(
    diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
    [],
  );
  assert.equal(tenants!.size, 22);
  const limits = (tenant: string): Limits => tenants!.get(tenant)!;
  assert.equal(limits('lim-push').maxLineSizeBytes, 200);
  assert.equal(limits('lim-rate').ingestionRateMb, 0.0001);
  assert.equal(limits('lim-blocked-200').blockIngestionStatusCode, 200);
  assert.deepEqual(limits('lim-generic').discoverGenericFields, { order: ['order_id', 'orderId'] });
  assert.deepEqual(limits('lim-otlp').otlpConfig.logAttributes, [
    { action: 'drop', attributes: ['debug.dump'], regex: '' },
    { action: 'index_label', attributes: ['http.method'], regex: '' },
  ]);
  assert.deepEqual(limits('lim-blockedquery').blockedQueries, [
    { pattern: '{job="secret"}', regex: false, types: [], hash: 0, tags: {} },
    { pattern: '.*forbidden.*', regex: true, types: ['metric'], hash: 0, tags: {} },
  ]);
});

const inherited: [name: string, text: string, pick: (limits: Limits) => unknown, expected: unknown][] = [
  [
    'what is not said comes from the global limits',
    '{max_query_series: 3}',
    (l) => [l.maxQuerySeries, l.maxLineSizeBytes],
    [3, 1024],
  ],
  ['the rest comes from Loki', '{max_query_series: 3}', (l) => l.maxQueryLengthMs, defaultLimits.maxQueryLengthMs],
  ['lists are replaced', '{discover_service_name: [team]}', (l) => l.discoverServiceName, ['team']],
  ['lists stay when not said', '{}', (l) => l.discoverServiceName, ['app', 'job']],
  [
    'maps are merged key by key',
    '{policy_enforced_labels: {b: [y]}}',
    (l) => l.policyEnforcedLabels,
    { a: ['x'], b: ['y'] },
  ],
  [
    'blocks are read over the global ones',
    '{shard_streams: {desired_rate: 1KB}}',
    (l) => [l.shardStreams.enabled, l.shardStreams.desiredRateBytes],
    [false, 1024],
  ],
];
for (const [name, text, pick, expected] of inherited) {
  test(`a tenant: ${name}`, () => {
    assert.deepEqual(pick(overrides(`overrides:\n  team-a: ${text}\n`).overrides!.get('team-a')!), expected);
  });
}

const broken: [name: string, text: string, error: string][] = [
  [
    'an unknown key',
    'override: {}',
    "1:1 field override not found in type loki.runtimeConfigValues | did you mean 'overrides'?",
  ],
  [
    'an unknown limit',
    'overrides:\n  a:\n    max_lines: 1\n',
    '3:5 field max_lines not found in type validation.plain',
  ],
  [
    'a value of the wrong kind',
    'overrides: {a: {max_query_series: many}}',
    '1:35 cannot unmarshal !!str `many` into int',
  ],
  [
    'a bad rule',
    'overrides: {a: {retention_stream: [{selector: "{}", period: 1h}]}}',
    '1:36 invalid override for tenant a: retention period must be >= 24h was 1h',
  ],
];
for (const [name, text, expected] of broken) {
  test(`refuses ${name}`, () => {
    const { overrides: tenants, diagnostics } = overrides(text);
    assert.equal(tenants, undefined);
    const { line, column, message, hint } = diagnostics.find((diagnostic) => diagnostic.severity === 'error')!;
    assert.equal(`${line}:${column} ${message}${hint ? ` | ${hint}` : ''}`, expected);
  });
}

test('a tenant called __proto__ is a tenant', () => {
  const { overrides: tenants } = overrides('overrides: {__proto__: {max_query_series: 3}}');
  assert.equal(tenants!.get('__proto__')?.maxQuerySeries, 3);
});

test('an empty file overrides nothing', () => assert.equal(overrides('').overrides!.size, 0));
