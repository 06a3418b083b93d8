import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { WorldError } from '../model/failure.ts';
import type { QueryResult } from '../query/request.ts';
import { nowNs, openTestApi, type TestApiOptions } from './test/test-api.ts';

// What Loki answers is held against its recorded answers in packages/cordwood/test/conformance. Here: what the suite cannot see.

const range = `start=${nowNs - 1n}&end=${nowNs + 3_600_000_000_000n}`;
const oneLine = JSON.stringify({ streams: [{ stream: { app: 'x' }, values: [[String(nowNs), 'x']] }] });
const jsonHeaders = { 'content-type': 'application/json', 'x-scope-orgid': 'a' };
const pushOne: InjectOptions = { method: 'POST', url: '/loki/api/v1/push', headers: jsonHeaders, payload: oneLine };

/** One request against a fresh server: its status and the start of its text. */
function answers(
  name: string,
  request: InjectOptions,
  status: number,
  text: RegExp | string = '',
  options: TestApiOptions = {},
): void {
  test(name, async () => {
    await using api = await openTestApi(options);
    const answer = await api.send(request);
    assert.equal(answer.status, status, answer.text);
    if (typeof text === 'string') assert.ok(answer.text.startsWith(text), answer.text);
    else assert.match(answer.text, text);
  });
}

const get = (url: string, headers: Record<string, string> = { 'x-scope-orgid': 'a' }): InjectOptions => ({
  method: 'GET',
  url,
  headers,
});

answers(
  'without authentication the header is ignored',
  { ...pushOne, headers: { ...jsonHeaders, 'x-scope-orgid': 'a/b' } },
  204,
  '',
  { config: 'auth_enabled: false' },
);
answers('drilldown-limits wants the header even then', get('/loki/api/v1/drilldown-limits', {}), 401, 'no org id\n', {
  config: 'auth_enabled: false',
});
answers(
  'several tenants need the switch',
  get('/loki/api/v1/labels', { 'x-scope-orgid': 'a|b' }),
  400,
  'multiple org IDs present',
);
answers('a prefix moves every route', get('/logs/ready', {}), 200, 'ready\n', {
  config: 'server: {http_path_prefix: /logs/}',
});
answers('nothing is left at the old place', get('/ready', {}), 404, '404 page not found\n', {
  config: 'server: {http_path_prefix: /logs/}',
});
answers(
  'a body above the limit',
  { ...pushOne, payload: 'x'.repeat(2000) },
  413,
  'request body too large: message size too large than max (2000 vs 1000)',
  { config: 'distributor: {max_recv_msg_size: 1000}' },
);
answers(
  'a small body that becomes too large',
  {
    method: 'POST',
    url: '/loki/api/v1/push',
    headers: { 'x-scope-orgid': 'a', 'content-type': 'application/x-protobuf' },
    payload: Buffer.from('80888004ff', 'hex'),
  },
  400,
  'decompressed message size too large than max (8389632 vs 1000)',
  { config: 'distributor: {max_decompressed_size: 1000}' },
);
answers(
  'a form above the limit',
  {
    method: 'POST',
    url: '/loki/api/v1/query',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-scope-orgid': 'a' },
    payload: `query=${'x'.repeat(2000)}`,
  },
  413,
  'request body too large',
  { config: 'frontend: {max_body_size: 1000}' },
);
answers(
  'too many parameters',
  get(`/loki/api/v1/series?${'match[]=%7B%7D&'.repeat(10_001)}`),
  400,
  'more than 10000 parameters',
);
answers('a malformed address', get('/loki/api/v1/label/%zz/values'), 400, 'the address is malformed');
answers('not yet ready', get('/ready', {}), 503, 'Application is starting\n', {
  api: { notReady: () => 'Application is starting' },
});
answers('services', get('/services', {}), 200, /^server => Running\n/);
answers('the configuration', get('/config?mode=diff', {}), 200, /^ruler_storage:\n/);
answers('an unknown mode of it', get('/config?mode=x', {}), 400, "unknown mode 'x'");
answers('delete does not exist without retention', get('/loki/api/v1/delete'), 404, '404 page not found\n');
answers('patterns are off by default', get('/loki/api/v1/patterns?query=%7Ba%3D%22b%22%7D'), 404);
answers('metrics can be turned off', get('/metrics', {}), 404, '', {
  config: 'server: {register_instrumentation: false}',
});
answers('the log level can be read', get('/log_level', {}), 200, '{"message":"Current log level is info"}');
answers(
  'an unknown log level',
  { method: 'POST', url: '/log_level?log_level=loud' },
  400,
  'unrecognized log level "loud"',
);
answers('the limits of a tenant as YAML', get('/config/tenant/v1/limits'), 200, /max_query_length: 30d1h\n/);
answers(
  'a page of another site may not push',
  { ...pushOne, headers: { ...jsonHeaders, 'sec-fetch-site': 'cross-site' } },
  403,
  'a page of another site may not write here\n',
);
answers('a page of this site may', { ...pushOne, headers: { ...jsonHeaders, 'sec-fetch-site': 'same-origin' } }, 204);
answers('tail without WebSocket', get('/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D'), 400, 'Bad Request\n');
answers(
  'tail of a metric query',
  get('/loki/api/v1/tail?query=rate(%7Ba%3D%22b%22%7D%5B1m%5D)'),
  400,
  'only log selector is supported',
);
answers(
  'tail with a long delay',
  get('/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D&delay_for=6'),
  400,
  "delay_for can't be greater than 5",
);
answers(
  'one shard over everything',
  get(`/loki/api/v1/index/shards?query=%7Ba%3D%22b%22%7D&targetBytesPerShard=1MB&${range}`),
  200,
  '{"shards":[{"bounds":{"min":0,"max":18446744073709551615},"stats":{"streams":0',
);
answers('older label list', get('/api/prom/label?start=0'), 400, 'the query time range exceeds the limit');

const cors = ['access-control-allow-origin', 'access-control-allow-headers', 'access-control-allow-credentials'];
test('no answer allows other origins', async () => {
  await using api = await openTestApi();
  for (const method of ['GET', 'OPTIONS'] as const) {
    const { headers } = await api.send({
      method,
      url: '/loki/api/v1/labels',
      headers: { origin: 'https://evil.example', 'x-scope-orgid': 'a' },
    });
    for (const name of cors) assert.equal(headers[name], undefined);
  }
});

test('a query that takes too long ends with 504', async () => {
  await using api = await openTestApi({
    config: 'limits_config: {query_timeout: 5s}',
    api: {
      engine: {
        run: ({ signal }) =>
          new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped')))),
      },
    },
  });
  const answer = api.get(`/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&${range}`);
  await api.clock.advance(5001);
  const { status, text } = await answer;
  assert.deepEqual([status, text.slice(0, 48)], [504, 'request timed out, decrease the duration of the ']);
});

test('queries beyond the limit wait, beyond the queue they are refused with Retry-After', async () => {
  const finish: (() => void)[] = [];
  const result: QueryResult = {
    kind: 'streams',
    streams: [],
    warnings: [],
    statistics: {
      chunksMatched: 0,
      chunksRead: 0,
      rowsRead: 0,
      bytesRead: 0,
      headRowsRead: 0,
      postFilterRows: 0,
      entriesReturned: 0,
      executionMs: 0,
    },
  };
  await using api = await openTestApi({
    config: 'querier: {max_concurrent: 1}\nfrontend: {max_outstanding_per_tenant: 1}',
    api: { engine: { run: () => new Promise((resolve) => finish.push(() => resolve(result))) } },
  });
  const ask = () => api.get(`/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&${range}`);
  const [first, second] = [ask(), ask()];
  while (finish.length < 1) await new Promise((resolve) => setImmediate(resolve));
  const third = await ask();
  assert.deepEqual(
    [third.status, third.text, third.headers['retry-after']],
    [429, 'too many outstanding requests', '1'],
  );
  finish[0]!();
  assert.equal((await first).status, 200);
  while (finish.length < 2) await new Promise((resolve) => setImmediate(resolve));
  finish[1]!();
  assert.equal((await second).status, 200);
});

test('a disk that takes nothing is 503 with Retry-After, and nothing is acknowledged', async () => {
  await using api = await openTestApi();
  assert.equal((await api.send(pushOne)).status, 204);
  api.disk.writeFailureRate = 1;
  const answer = await api.send({ ...pushOne, payload: oneLine.replace('"x"]', '"y"]') });
  api.disk.writeFailureRate = 0;
  assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1']);
  assert.ok(api.complaints.some((line) => line.includes('"code"')));
});

test('a mistake of our own is 500, counted and logged, and says nothing about itself', async () => {
  await using api = await openTestApi({
    api: { engine: { run: () => Promise.reject(new TypeError('secret detail')) } },
  });
  const { status, text } = await api.get(`/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&${range}`);
  assert.deepEqual([status, text], [500, 'internal error']);
  assert.ok(api.complaints.some((line) => line.includes('secret detail')));
  assert.match((await api.get('/metrics')).text, /^loki_panic_total 1$/m);
});

test('a failing world under a query is 503', async () => {
  await using api = await openTestApi({
    api: { engine: { run: () => Promise.reject(new WorldError('CORRUPT', 'a chunk is damaged')) } },
  });
  const { status, text } = await api.get(`/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&${range}`);
  assert.deepEqual([status, text], [503, 'a chunk is damaged\n']);
});

test('a large result is written in pieces and is whole', async () => {
  await using api = await openTestApi();
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'<&>'.repeat(20)}`);
  assert.equal((await api.pushLines({ app: 'x' }, lines)).status, 204);
  const { json } = await api.get(
    `/loki/api/v1/query_range?query=%7Bapp%3D%22x%22%7D&limit=5000&direction=forward&${range}`,
  );
  const { data } = json() as {
    data: { result: { values: [string, string][] }[]; stats: { summary: { totalLinesProcessed: number } } };
  };
  assert.deepEqual(
    data.result[0]!.values.map(([, line]) => line),
    lines,
  );
  assert.equal(data.stats.summary.totalLinesProcessed, 3000);
});

test('slow queries are written into the log with what they read', async () => {
  const logged: string[] = [];
  await using api = await openTestApi({
    config: 'frontend: {log_queries_longer_than: -1s}',
    api: { log: (level, message, fields) => void logged.push(`${level} ${message} ${JSON.stringify(fields)}`) },
  });
  await api.pushLines({ app: 'x' }, ['one', 'two']);
  await api.get(`/loki/api/v1/query_range?query=%7Bapp%3D%22x%22%7D&${range}`, {
    'x-scope-orgid': 'a',
    'x-query-tags': 'Source=test;x',
  });
  assert.ok(
    logged.some(
      (line) =>
        line.startsWith('info query {"tenants":"a","query":"{app=\\"x\\"}"') &&
        line.includes('"rowsRead":2') &&
        line.includes('Source=test_x'),
    ),
    logged.join('\n'),
  );
});

function pageDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-page-'));
  after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>Cordwood</title>');
  writeFileSync(join(directory, 'assets', 'main-AbCdEf12.js'), 'export {};');
  writeFileSync(join(directory, 'plain.svg'), '<svg/>');
  return directory;
}

const pages: [url: string, status: number, type: string | undefined, cache: string | undefined][] = [
  ['/', 200, 'text/html; charset=utf-8', 'no-cache'],
  ['/?x=1', 200, 'text/html; charset=utf-8', 'no-cache'],
  ['/index.html', 200, 'text/html; charset=utf-8', 'no-cache'],
  ['/assets/main-AbCdEf12.js', 200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['/plain.svg', 200, 'image/svg+xml', 'no-cache'],
  ['/assets/', 404, 'text/plain; charset=utf-8', undefined],
  ['/assets/../../etc/passwd', 404, 'text/plain; charset=utf-8', undefined],
  ['/%2e%2e/%2e%2e/etc/passwd', 404, 'text/plain; charset=utf-8', undefined],
  ['/assets%2fmain-AbCdEf12.js', 200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['/loki/api/v1/nothing', 404, 'text/plain; charset=utf-8', undefined],
  ['/ready', 200, 'text/plain; charset=utf-8', undefined],
];
test('the page is served with safe headers and shadows no route', async () => {
  await using api = await openTestApi({ api: { webDirectory: pageDirectory() } });
  for (const [url, status, type, cache] of pages) {
    const answer = await api.get(url, { accept: 'text/html' });
    assert.deepEqual(
      [url, answer.status, answer.headers['content-type'], answer.headers['cache-control']],
      [url, status, type, cache],
    );
  }
  const { headers } = await api.get('/');
  assert.match(String(headers['content-security-policy']), /default-src 'none'; script-src 'self'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  const again = await api.get('/', { 'if-none-match': String(headers['etag']) });
  assert.deepEqual([again.status, again.text], [304, '']);
  const head = await api.send({ method: 'HEAD', url: '/' });
  assert.deepEqual([head.status, head.text], [200, '']);
});
