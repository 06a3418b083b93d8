import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { encodeOtlpLogs } from '../codec/otlp-logs.ts';
import { encodePushRequest } from '../codec/push-request.ts';
import { compressSnappy } from '../codec/snappy.ts';
import { createEntryColumns } from '../model/entry.ts';
import { createLabels } from '../model/labels.ts';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import { routes } from './registry.ts';
import { nowNs, openTestApi, type TestApi } from './test/test-api.ts';

/**
 * Bad input: requests that were once good, changed at random. Whatever comes, the server answers, the answer is not a mistake
 * of ours, it does not take long, and it still works afterwards. SEED=n replays a run; `npm run fuzz` asks for more requests.
 */
const seed = Number(process.env['SEED'] ?? 20_260_204);
const requestCount = Number(process.env['FUZZ_REQUESTS'] ?? 10_500);
/** The longest that one request may keep the process busy, in milliseconds of CPU time. */
const requestMsMax = 1000;

let api: TestApi;
before(async () => {
  api = await openTestApi({
    config:
      'compactor: {retention_enabled: true, delete_request_store: filesystem}\npattern_ingester: {enabled: true}\nquerier: {multi_tenant_queries_enabled: true}\n',
  });
  await api.pushLines({ app: 'x', env: 'prod' }, [
    'level=error msg="no"',
    '{"a":{"b":[1,2]},"level":"warn"}',
    'plain',
    '',
  ]);
});
after(() => api[Symbol.asyncDispose]());

const queries = [
  '{app="x"}',
  '{app=~"x|y", env!="dev"} |= "error" | json | level="error" | line_format "{{.level}} {{ToUpper .msg}}"',
  'sum by (level) (count_over_time({app="x"} | logfmt | level!="" [5m]))',
  'topk(2, quantile_over_time(0.9, {app="x"} | json | unwrap a_b [1m]) by (app)) / 2 > bool 1',
  '{app="x"} |~ "(a+)+$" | regexp "(?P<w>\\\\w+)" | pattern "<a> <b>" | drop a, b="c" | label_format x="{{.w}}"',
  'absent_over_time({app="x"}[1h] offset 5m) or vector(1)',
];
const values = [
  ...['', '0', '-1', '1', '10', '5001', '1e9', '9223372036854775808', 'NaN', 'Inf', '-0', '0x10', '1_000'],
  ...[
    String(nowNs),
    '1795136400',
    '1795136400.5',
    '2026-11-20T01:00:00Z',
    '2026-13-45T99:99:99Z',
    'now',
    '1h',
    '5m',
    '30000ms',
    '1d',
    '-1h',
    '1y1y',
  ],
  ...[
    'forward',
    'BACKWARD',
    'series',
    'labels',
    '{}',
    '{',
    '}',
    '"',
    "'",
    '\\',
    '%00',
    '\u0000',
    '\ufffd',
    '🌍',
    '../../etc/passwd',
    '<script>',
    'a'.repeat(5000),
  ],
];
const parameterNames = [
  'query',
  'start',
  'end',
  'since',
  'step',
  'limit',
  'direction',
  'interval',
  'time',
  'match[]',
  'match',
  'targetLabels',
  'aggregateBy',
  'line_limit',
  'request_id',
  'type',
  'labels',
  'mode',
  'delay_for',
  'max_interval',
  'targetBytesPerShard',
];
const headerNames = [
  'x-scope-orgid',
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'x-query-tags',
  'x-loki-response-encoding-flags',
  'x-loki-ingestion-policy',
  'accept',
  'cache-control',
  'origin',
  'sec-fetch-site',
  'if-none-match',
  'upgrade',
  'connection',
  'sec-websocket-key',
  'host',
  'expect',
];
const headerValues = [
  '',
  'a',
  'a|b',
  'a|',
  '|',
  'a/b',
  '.',
  'ä',
  'a'.repeat(151),
  'application/json',
  'application/json; charset',
  'a/b/c; ;',
  ';',
  'gzip',
  'br',
  'zstd',
  'lz4',
  'snappy, gzip',
  'identity',
  '-1',
  '0',
  '99999999999',
  'chunked',
  'websocket',
  'keep-alive, upgrade',
  'categorize-labels,,x',
  'cross-site',
  '100-continue',
];

const entry = { timestampNs: nowNs, line: 'a line', structuredMetadata: createLabels({ k: 'v' }) };
const pushStreams = [
  { labels: createLabels({ app: 'x' }), entries: createEntryColumns([entry, { ...entry, line: '' }]) },
];
const record = {
  timeNs: nowNs,
  observedTimeNs: 0n,
  severityNumber: 9,
  severityText: 'INFO',
  body: { kind: 'string', value: 'hello' },
  attributes: [{ key: 'http.status', value: { kind: 'int', value: 200n } }],
  droppedAttributesCount: 0,
  flags: 0,
  traceId: 'ab'.repeat(16),
  spanId: '',
  eventName: '',
} as const;
const otlp = encodeOtlpLogs({
  resourceLogs: [
    {
      attributes: [],
      droppedAttributesCount: 0,
      scopeLogs: [{ name: 's', version: '1', attributes: [], droppedAttributesCount: 0, records: [record] }],
    },
  ],
});
const pushJson = `{"streams":[{"stream":{"app":"x","n":5},"values":[["${nowNs}","a \\"line\\" \\u00e9",{"k":"v"}],["${nowNs}"]]}]}`;
const bodies: readonly (readonly [type: string, body: Buffer])[] = [
  ['application/json', Buffer.from(pushJson)],
  ['application/x-protobuf', compressSnappy(encodePushRequest(pushStreams))],
  ['application/x-protobuf', Buffer.from(otlp)],
  [
    'application/json',
    Buffer.from(
      '{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{}]}}}]}}}]}]}]}',
    ),
  ],
  [
    'application/json',
    Buffer.from('{"streams":[{"labels":"{a=\\"b\\"}","entries":[{"ts":"2026-11-20T01:00:00Z","line":"x"}]}]}'),
  ],
  [
    'application/yaml',
    Buffer.from(
      'name: g\ninterval: 1m\nrules:\n- alert: A\n  expr: vector(1)\n  for: 5m\n  labels: {a: b}\n  annotations: {s: "{{ $value }}"}\n',
    ),
  ],
  ['application/x-www-form-urlencoded', Buffer.from('query=%7Bapp%3D%22x%22%7D&limit=5')],
];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomInt(random, list.length)]!;
}

/** Cuts, repeats, flips and replaces bytes. */
function mutateBytes(random: Random, bytes: Buffer): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (let i = randomInt(random, 5); i > 0 && out.length > 0; i--) {
    const at = randomInt(random, out.length);
    switch (randomInt(random, 5)) {
      case 0:
        out = out.subarray(0, at);
        break;
      case 1:
        out[at] = randomInt(random, 256);
        break;
      case 2:
        out = Buffer.concat([out.subarray(0, at), Buffer.from(pick(random, values)), out.subarray(at)]);
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), out]);
        break;
      default:
        out = Buffer.concat([out.subarray(at), out.subarray(0, at)]);
    }
  }
  switch (randomInt(random, 12)) {
    case 0:
      return gzipSync(out);
    case 1:
      return deflateRawSync(out);
    case 2:
      return compressSnappy(out);
    default:
      return out;
  }
}

function mutateText(random: Random, text: string): string {
  return mutateBytes(random, Buffer.from(text)).subarray(0, 20_000).toString('latin1');
}

/**
 * The text of all metrics takes long to write and no input: it is asked for once, at the end. After a shutdown there would be nothing
 * left to try.
 */
const left = ['/metrics', '/ingester/shutdown'];
const mutatedRoutes = routes.filter(({ paths }) => !left.includes(paths[0]));

function randomRequest(random: Random): InjectOptions {
  const route = pick(random, mutatedRoutes);
  const path = pick(random, route.paths).replace(/\{\w+\}/g, () =>
    encodeURIComponent(pick(random, [...values, 'app', 'g', 'ns'])),
  );
  const query = new URLSearchParams();
  for (let i = randomInt(random, 6); i > 0; i--) {
    const name = randomInt(random, 20) === 0 ? mutateText(random, 'query') : pick(random, parameterNames);
    const isQuery = name === 'query' || name.startsWith('match');
    const value = isQuery ? pick(random, queries) : pick(random, values);
    query.append(name, randomInt(random, 3) === 0 ? mutateText(random, value) : value);
  }
  if (randomInt(random, 2) === 0 && !query.has('query')) query.set('query', pick(random, queries));
  let url = query.size > 0 ? `${path}?${query}` : path;
  if (randomInt(random, 40) === 0) url = `/${mutateText(random, url.slice(1)).replace(/[^\x21-\x7e]/g, '%')}`;
  // What no client can put into a request line cannot be injected either.
  if (!URL.canParse(url, 'http://localhost')) url = path;
  const headers: Record<string, string> = randomInt(random, 20) === 0 ? {} : { 'x-scope-orgid': 'a' };
  for (let i = randomInt(random, 3); i > 0; i--) headers[pick(random, headerNames)] = pick(random, headerValues);
  const method =
    randomInt(random, 10) === 0
      ? pick(random, ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const)
      : pick(random, route.methods);
  if (method === 'GET' || method === 'DELETE') return { method, url, headers };
  const [type, body] = pick(random, bodies);
  if (randomInt(random, 5) > 0) headers['content-type'] ??= type;
  return { method, url, headers, payload: randomInt(random, 4) === 0 ? body : mutateBytes(random, body) };
}

/** Loki answers these with 500; they are no mistakes. */
const known500 = [
  /normalization for label name/,
  /label name is empty/,
  /approx_topk is not enabled/,
  /count min sketches are only supported/,
  /no org id/,
];

test(`${requestCount} mutated requests`, { timeout: 120_000 + requestCount * 20 }, async (t) => {
  const random = seededRandom(seed);
  const statuses = new Map<number, number>();
  let slowestMs = 0;
  for (let i = 0; i < requestCount; i++) {
    const request = randomRequest(random);
    const place = () =>
      `seed ${seed}, request ${i}: ${JSON.stringify({ ...request, payload: String(request.payload ?? '').slice(0, 500) }).slice(0, 3000)}`;
    const start = process.threadCpuUsage();
    const answering = api.send(request);
    let slow: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      slow = setTimeout(() => reject(new Error(`no answer. ${place()}`)), 20_000);
    });
    const answer = await Promise.race([answering, late]).finally(() => clearTimeout(slow));
    const { user, system } = process.threadCpuUsage(start);
    const tookMs = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, tookMs);
    assert.ok(tookMs < requestMsMax, `${tookMs} ms. ${place()}`);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status === 500)
      assert.ok(
        known500.some((text) => text.test(answer.text)),
        `${answer.text}\n${place()}\n${api.complaints.at(-1)}`,
      );
    assert.ok(answer.status >= 200 && answer.status < 600, place());
  }
  t.diagnostic(`the slowest took ${Math.round(slowestMs)} ms of CPU time`);
  t.diagnostic(
    [...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
  assert.deepEqual(
    api.complaints.filter((line) => line.includes('mistake in Cordwood')),
    [],
  );
  assert.equal((await api.get('/metrics')).status, 200);
  // It still works, and the mutations were not all refused at the door.
  assert.equal((await api.pushLines({ app: 'after' }, ['still here'])).status, 204);
  const end = nowNs + 3_600_000_000_000n;
  const { text } = await api.get(`/loki/api/v1/query_range?query=%7Bapp%3D%22after%22%7D&start=${nowNs}&end=${end}`);
  assert.match(text, /still here/);
  assert.ok((statuses.get(200) ?? 0) > requestCount / 20 && (statuses.get(204) ?? 0) > 50);
});
