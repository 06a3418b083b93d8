import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { nowNs, openTestApi, type TestApi, type TestApiOptions } from './test/test-api.ts';

// What only real connections show: clients that go away, send slowly or malformed, and many requests on one connection.

const range = `start=${nowNs - 1n}&end=${nowNs + 3_600_000_000_000n}`;
const queryPath = `/loki/api/v1/query_range?query=%7Bapp%3D%22x%22%7D&limit=5000&${range}`;

async function open(options: TestApiOptions = {}): Promise<TestApi & { readonly port: number }> {
  const api = await openTestApi(options);
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...api, port: (api.app.server.address() as AddressInfo).port };
}

/** Sends `text` and resolves with all that comes back until the server closes, or until `enough`. */
async function talk(port: number, text: string, enough?: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const bytes of socket) {
    answer += (bytes as Buffer).toString('latin1');
    if (enough?.test(answer)) break;
  }
  socket.destroy();
  return answer;
}

async function metric(api: TestApi, series: RegExp): Promise<string[]> {
  return (await api.get('/metrics')).text.split('\n').filter((line) => series.test(line));
}

/** Resolves when the condition holds; the test's own limit ends it otherwise. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const nothingInflight = async (api: TestApi) =>
  (await metric(api, /^loki_inflight_requests\{.*(?:query_range|push).*\} [^0]/)).length === 0;

test('a client that goes away ends its query', { timeout: 20_000 }, async () => {
  let reason: unknown;
  let started = false;
  await using api = await open({
    api: {
      engine: {
        run: ({ signal }) => {
          started = true;
          return new Promise((_, reject) => {
            signal!.addEventListener('abort', () => {
              reason = signal!.reason;
              reject(signal!.reason);
            });
          });
        },
      },
    },
  });
  const socket = connect(api.port, '127.0.0.1');
  socket.write(`GET ${queryPath} HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\n\r\n`);
  await until(() => started);
  socket.destroy();
  await until(() => reason !== undefined);
  assert.equal((reason as Error).message, 'the request was cancelled by the client');
  await until(() => nothingInflight(api));
  const [counted] = await metric(api, /^loki_request_duration_seconds_count\{.*query_range/);
  assert.match(counted ?? '', /status_code="499".* 1$/);
  assert.deepEqual(api.complaints, []);
});

test('a client that goes away in the middle of its body leaves nothing behind', { timeout: 20_000 }, async () => {
  await using api = await open();
  const socket = connect(api.port, '127.0.0.1');
  socket.write(
    'POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"str',
  );
  await until(async () => (await metric(api, /^loki_distributor_inflight_bytes 1000/)).length === 1);
  socket.destroy();
  await until(async () => (await metric(api, /^loki_distributor_inflight_bytes 0/)).length === 1);
  await until(() => nothingInflight(api));
  assert.deepEqual(api.complaints, []);
});

test('a client that goes away in the middle of its result leaves nothing behind', { timeout: 20_000 }, async () => {
  await using api = await open({
    config:
      'limits_config: {ingestion_rate_mb: 100, ingestion_burst_size_mb: 100, per_stream_rate_limit: 100MB, per_stream_rate_limit_burst: 100MB}',
  });
  const lines = Array.from({ length: 5000 }, (_, i) => `${i} ${'x'.repeat(2000)}`);
  for (let i = 0; i < lines.length; i += 1000) {
    const values = lines.slice(i, i + 1000).map((line, j) => [String(nowNs + BigInt(i + j) * 1000n), line]);
    const { status } = await api.send({
      method: 'POST',
      url: '/loki/api/v1/push',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': 'a' },
      payload: JSON.stringify({ streams: [{ stream: { app: 'x' }, values }] }),
    });
    assert.equal(status, 204);
  }
  const socket = connect(api.port, '127.0.0.1');
  socket.write(`GET ${queryPath} HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  await until(() => nothingInflight(api));
  assert.deepEqual(api.complaints, []);
  // And who stays gets all of it.
  const all = await talk(
    api.port,
    `GET ${queryPath} HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\nConnection: close\r\n\r\n`,
  );
  assert.ok(all.length > 10_000_000 && all.endsWith('0\r\n\r\n'), `${all.length}`);
});

test('many requests share a connection, also side by side', { timeout: 60_000 }, async () => {
  await using api = await open();
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  let connections = 0;
  api.app.server.on('connection', () => connections++);
  const pushed = Array.from({ length: 200 }, async (_, i) => {
    const body = JSON.stringify({
      streams: [{ stream: { app: 'x' }, values: [[String(nowNs + BigInt(i)), `line ${i}`]] }],
    });
    const sent = request({
      port: api.port,
      agent,
      method: 'POST',
      path: '/loki/api/v1/push',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': 'a' },
    });
    // In pieces: chunked, without a length.
    sent.write(body.slice(0, 20));
    sent.end(body.slice(20));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  });
  assert.deepEqual(new Set(await Promise.all(pushed)), new Set([204]));
  agent.destroy();
  assert.equal(connections, 4);
  const found = (await api.get(queryPath)).json() as { data: { result: { values: unknown[] }[] } };
  assert.equal(found.data.result[0]!.values.length, 200);
});

test('requests written at once are answered in order', { timeout: 20_000 }, async () => {
  await using api = await open();
  const one = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\n${more}\r\n`;
  const answer = await talk(
    api.port,
    one('/ready') + one('/nothing') + one('/loki/api/v1/labels', 'Connection: close\r\n'),
  );
  assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
});

const malformed: [name: string, text: string, status: RegExp][] = [
  ['no HTTP', 'hello there\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'headers without end',
    `GET /ready HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(2_000_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  [
    'a length that is no number',
    'POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a length beside chunks',
    'POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a chunk size that is no number',
    'POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'more bytes than are allowed',
    'POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: a\r\nContent-Length: 999999999999\r\n\r\nx',
    /^HTTP\/1\.1 413 /,
  ],
  ['a broken escape in the path', 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
];
for (const [name, text, status] of malformed) {
  test(`${name} is refused, and the server goes on`, { timeout: 20_000 }, async () => {
    await using api = await open();
    assert.match(await talk(api.port, text, /\r\n\r\n/), status);
    assert.match(await talk(api.port, 'GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /ready\n/);
    assert.deepEqual(api.complaints, []);
  });
}

test('a tail is in flight until its socket closes, and is counted as one', { timeout: 20_000 }, async () => {
  await using api = await open();
  const url = `ws://127.0.0.1:${api.port}/loki/api/v1/tail?query=${encodeURIComponent('{app="x"}')}`;
  const socket = new WebSocket(url, { headers: { 'x-scope-orgid': 'a' } });
  await once(socket, 'open');
  const inflight = /^loki_inflight_requests\{.*tail.*\} (\d+)/;
  assert.match((await metric(api, inflight))[0] ?? '', / 1$/);
  socket.close();
  await until(async () => / 0$/.test((await metric(api, inflight))[0] ?? ''));
  const [counted, ...others] = await metric(api, /^loki_request_duration_seconds_count\{.*tail/);
  assert.match(counted ?? '', /status_code="200",ws="true"\} 1$/);
  assert.deepEqual(others, []);
});
