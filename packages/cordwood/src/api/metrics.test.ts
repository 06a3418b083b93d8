import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowNs, openTestApi, type TestApi } from './test/test-api.ts';

/** What dashboards and alerts of Loki's mixin and of the operations teams ask for, as far as one process has it. */
const families: readonly [name: string, type: string][] = [
  ['loki_request_duration_seconds', 'histogram'],
  ['loki_request_message_bytes', 'histogram'],
  ['loki_response_message_bytes', 'histogram'],
  ['loki_inflight_requests', 'gauge'],
  ['loki_tcp_connections', 'gauge'],
  ['loki_tcp_connections_limit', 'gauge'],
  ['loki_panic_total', 'counter'],
  ['loki_build_info', 'gauge'],
  ['loki_runtime_config_last_reload_successful', 'gauge'],
  ['loki_distributor_bytes_received_total', 'counter'],
  ['loki_distributor_structured_metadata_bytes_received_total', 'counter'],
  ['loki_distributor_lines_received_total', 'counter'],
  ['loki_distributor_replication_factor', 'gauge'],
  ['loki_discarded_samples_total', 'counter'],
  ['loki_discarded_bytes_total', 'counter'],
  ['loki_ingester_memory_streams', 'gauge'],
  ['loki_ingester_wal_corruptions_total', 'counter'],
  ['loki_ingester_wal_disk_full_failures_total', 'counter'],
  ['logql_query_duration_seconds', 'histogram'],
  ['loki_logql_querystats_latency_seconds', 'histogram'],
  ['loki_query_frontend_queue_duration_seconds', 'histogram'],
  ['loki_query_scheduler_queue_length', 'gauge'],
  ['loki_querier_tail_active', 'gauge'],
  ['loki_compactor_delete_requests_received_total', 'counter'],
  ['loki_compactor_pending_delete_requests_count', 'gauge'],
  ['loki_prometheus_rule_group_rules', 'gauge'],
  ['loki_prometheus_rule_evaluation_failures_total', 'counter'],
  ['loki_prometheus_rule_group_iterations_missed_total', 'counter'],
  ['go_memstats_heap_inuse_bytes', 'gauge'],
  ['process_resident_memory_bytes', 'gauge'],
];

const config = 'compactor: {retention_enabled: true, delete_request_store: filesystem}';

test('every family stands once, with help and type, and holds well-formed samples', async () => {
  await using api = await openTestApi({ config });
  await useEverything(api);
  const { types, samples } = await scrape(api);
  for (const [name, type] of families) assert.equal(types.get(name), type, name);
  for (const { name } of samples) {
    const family = name.replace(/_(?:bucket|sum|count)$/, '');
    assert.ok(types.has(name) || types.get(family) === 'histogram', `${name} belongs to no family`);
  }
  const lines = samples.map(({ name, labels }) => `${name}{${labels}}`);
  assert.equal(new Set(lines).size, lines.length, 'a series stands twice');
});

test('the values are what happened', async () => {
  await using api = await openTestApi({ config });
  await useEverything(api);
  const { samples } = await scrape(api);
  const value = (name: string, ...labels: string[]) => {
    const found = samples.filter((one) => one.name === name && labels.every((label) => one.labels.includes(label)));
    assert.equal(found.length, 1, `${name} ${labels}: ${found.length} series`);
    return found[0]!.value;
  };
  // 'one' and 'two' in JSON, 'old' refused and yet received.
  assert.equal(value('loki_distributor_lines_received_total', 'tenant="a"', 'format="json"'), 3);
  assert.equal(value('loki_distributor_bytes_received_total', 'tenant="a"'), 9);
  assert.equal(value('loki_discarded_samples_total', 'reason="greater_than_max_sample_age"', 'tenant="a"'), 1);
  assert.equal(value('loki_ingester_memory_streams', 'tenant="a"'), 1);
  assert.equal(
    value('loki_request_duration_seconds_count', 'method="POST"', 'route="loki_api_v1_push"', 'status_code="204"'),
    1,
  );
  assert.equal(value('loki_request_duration_seconds_count', 'route="loki_api_v1_push"', 'status_code="400"'), 1);
  assert.equal(value('loki_request_duration_seconds_count', 'route="loki_api_v1_label_name_values"'), 1);
  assert.equal(value('loki_request_duration_seconds_count', 'route="notfound"', 'status_code="404"'), 1);
  assert.equal(value('logql_query_duration_seconds_count', 'query_type="metric"'), 1);
  assert.equal(value('loki_compactor_delete_requests_received_total', 'user="a"'), 1);
  assert.equal(value('loki_compactor_pending_delete_requests_count'), 1);
  assert.equal(value('loki_compactor_oldest_pending_delete_request_age_seconds'), 60);
  assert.equal(value('loki_prometheus_rule_group_rules', 'user="a"'), 1);
});

test('the routes of the metrics are those of the mixin', async () => {
  await using api = await openTestApi({ config });
  await useEverything(api);
  const { samples } = await scrape(api);
  const seen = new Set(samples.map(({ labels }) => /route="([^"]*)"/.exec(labels)?.[1]).filter((one) => one));
  assert.deepEqual([...seen].sort(), [
    'loki_api_v1_delete',
    'loki_api_v1_label_name_values',
    'loki_api_v1_labels',
    'loki_api_v1_push',
    'loki_api_v1_query',
    'loki_api_v1_query_range',
    'loki_api_v1_rules_namespace',
    'metrics',
    'notfound',
    'ready',
  ]);
});

test('made-up paths and methods make no new series', async () => {
  await using api = await openTestApi();
  for (let i = 0; i < 50; i++) await api.get(`/loki/api/v1/nothing-${i}?x=${i}`);
  const { samples } = await scrape(api);
  const series = samples.filter(({ name }) => name === 'loki_request_duration_seconds_count');
  assert.deepEqual(
    series.map(({ labels, value }) => [/route="([^"]*)"/.exec(labels)![1], value]),
    [['notfound', 50]],
  );
});

async function useEverything(api: TestApi): Promise<void> {
  const headers = { 'x-scope-orgid': 'a', 'content-type': 'application/json' };
  assert.equal((await api.pushLines({ app: 'x' }, ['one', 'two'])).status, 204);
  const old = JSON.stringify({
    streams: [{ stream: { app: 'x' }, values: [[String(nowNs - 864_000n * 10n ** 9n), 'old']] }],
  });
  assert.equal((await api.send({ method: 'POST', url: '/loki/api/v1/push', headers, payload: old })).status, 400);
  const range = `start=${nowNs}&end=${nowNs + 60_000_000_000n}`;
  for (const url of [
    `/loki/api/v1/query_range?query=%7Bapp%3D%22x%22%7D&${range}`,
    `/loki/api/v1/query?query=count_over_time(%7Bapp%3D%22x%22%7D%5B1h%5D)&time=${nowNs + 60_000_000_000n}`,
    '/loki/api/v1/labels',
    `/loki/api/v1/label/app/values?${range}`,
    '/ready',
  ]) {
    assert.equal((await api.get(url)).status, 200, url);
  }
  assert.equal((await api.get('/nothing')).status, 404);
  const group = 'name: g\nrules: [{alert: A, expr: \'count_over_time({app="x"}[1m]) > 0\'}]\n';
  const made = await api.send({
    method: 'POST',
    url: '/loki/api/v1/rules/space',
    headers: { ...headers, 'content-type': 'application/yaml' },
    payload: group,
  });
  assert.equal(made.status, 202, made.text);
  await api.ruler.reload();
  const deleted = await api.send({
    method: 'POST',
    url: `/loki/api/v1/delete?query=%7Bapp%3D%22none%22%7D&start=${nowNs / 1_000_000_000n}`,
    headers: { 'x-scope-orgid': 'a' },
  });
  assert.equal(deleted.status, 204, deleted.text);
  await api.clock.advance(60_000);
}

async function scrape(api: TestApi) {
  const { status, text } = await api.get('/metrics', {});
  assert.equal(status, 200);
  assert.ok(text.endsWith('\n'));
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const samples: { name: string; labels: string; value: number }[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name, rest] = comment as unknown as [string, string, string, string];
      if (kind === 'HELP') {
        assert.ok(!helps.has(name), `help of ${name} stands twice`);
        helps.add(name);
      } else {
        assert.ok(!types.has(name), `type of ${name} stands twice`);
        assert.ok(helps.has(name), `${name} has no help`);
        types.set(name, rest);
      }
      continue;
    }
    const sample =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line);
    assert.ok(sample !== null, `no sample: ${line}`);
    const value = sample[3] === '+Inf' ? Number.POSITIVE_INFINITY : Number(sample[3]);
    assert.ok(!Number.isNaN(value) || sample[3] === 'Nan' || sample[3] === 'NaN', line);
    samples.push({ name: sample[1]!, labels: sample[2] ?? '', value });
  }
  return { types, samples };
}
