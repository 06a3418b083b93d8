import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseTenant, type Tenant } from '../model/tenant.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { parseLokiConfig } from './loki-config.ts';
import { watchOverrides } from './watch-overrides.ts';

const tenant = (parseTenant('a') as { tenant: Tenant }).tenant;

function start(files: Map<string, string | Uint8Array>) {
  const config = parseLokiConfig(
    `schema_config: {configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {period: 24h}}]}
limits_config: {max_query_series: 10}
runtime_config: {file: "${[...files.keys()].join(',')}", period: 5s}`,
    { file: 'loki.yaml' },
  ).config!;
  const clock = new SimulatedClock(0n);
  const messages: string[] = [];
  const readFile = async (file: string) => {
    const content = files.get(file);
    if (content === undefined) throw new Error(`no such file: ${file}`);
    return Buffer.from(content);
  };
  const log = (level: string, message: string) => void messages.push(`${level} ${message}`);
  return { clock, messages, result: watchOverrides({ config, readFile, clock, log }) };
}

const series = (count: number) => `overrides: {a: {max_query_series: ${count}}}`;

test('a change holds within the period; a broken file keeps the values from before', async () => {
  const files = new Map<string, string | Uint8Array>([['o.yaml', series(1)]]);
  const { clock, messages, result } = start(files);
  const { limits } = await result;
  assert.equal(limits!.limitsFor(tenant).maxQuerySeries, 1);
  files.set('o.yaml', series(2));
  await clock.advance(5000);
  assert.equal(limits!.limitsFor(tenant).maxQuerySeries, 2);
  const { sha256 } = limits!.status;

  files.set('o.yaml', 'overrides: {a: {nope: 1}}');
  await clock.advance(15_000);
  assert.equal(limits!.limitsFor(tenant).maxQuerySeries, 2);
  assert.deepEqual(limits!.status, { lastReloadSuccessful: false, sha256 });
  assert.equal(messages.filter((message) => message.includes('o.yaml:1:17: error: field nope')).length, 1);

  files.set('o.yaml', series(2));
  await clock.advance(5000);
  assert.equal(limits!.status.lastReloadSuccessful, true);
  files.delete('o.yaml');
  await clock.advance(5000);
  assert.deepEqual([limits!.limitsFor(tenant).maxQuerySeries, limits!.status.lastReloadSuccessful], [2, false]);

  files.set('o.yaml', series(3));
  limits!.stop();
  await clock.advance(20_000);
  assert.equal(limits!.limitsFor(tenant).maxQuerySeries, 2);
  assert.equal(await limits!.reload(), true);
  assert.equal(limits!.limitsFor(tenant).maxQuerySeries, 3);
});

test('several files are merged from left to right, .gz too', async () => {
  const files = new Map<string, string | Uint8Array>([
    ['left.yaml', 'overrides: {a: {max_query_series: 1, volume_max_series: 1}, b: {}}'],
    ['right.yaml.gz', gzipSync('overrides: {a: {max_query_series: 2}}')],
  ]);
  const { limits } = await start(files).result;
  const { maxQuerySeries, volumeMaxSeries } = limits!.limitsFor(tenant);
  assert.deepEqual([maxQuerySeries, volumeMaxSeries, limits!.tenants()], [2, 1, ['a', 'b']]);
});

test('a broken file at the start is the caller’s to report', async () => {
  const { limits, diagnostics } = await start(new Map([['o.yaml', 'overrides: []']])).result;
  assert.equal(limits, undefined);
  assert.equal(diagnostics[0]!.message, 'cannot unmarshal !!seq into map[string]');
});

test('without runtime files the global limits hold', async () => {
  const { limits } = await start(new Map()).result;
  assert.equal(limits!.limitsFor(tenant).maxQuerySeries, 10);
});
