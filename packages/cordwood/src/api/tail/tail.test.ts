import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { nowNs, openTestApi, type TestApi, type TestApiOptions } from '../test/test-api.ts';

interface Message {
  readonly streams: readonly { readonly stream: Record<string, string>; readonly values: readonly unknown[][] }[];
  readonly dropped_entries?: readonly { readonly timestamp: string; readonly labels: Record<string, string> }[];
  readonly encodingFlags?: readonly string[];
}

/** A tail and what it got. */
async function tail(api: TestApi, query: string, parameters = '', headers: Record<string, string> = {}) {
  const url = `/loki/api/v1/tail?query=${encodeURIComponent(query)}&start=${nowNs - 3_600_000_000_000n}${parameters}`;
  const messages: Message[] = [];
  let closed: { code: number; reason: string } | undefined;
  let pings = 0;
  const socket: WebSocket = await api.app.injectWS(
    url,
    { headers: { 'x-scope-orgid': 'a', ...headers } },
    {
      onInit(early: WebSocket) {
        early.on('message', (data) => messages.push(JSON.parse(String(data))));
        early.on('close', (code, reason) => {
          closed = { code, reason: String(reason) };
          // Without a network nobody else ends the connection under it.
          early.terminate();
          for (const server of api.app.websocketServer.clients)
            if (server.readyState === server.CLOSING) server.terminate();
        });
        early.on('ping', () => pings++);
      },
    },
  );
  return {
    socket,
    messages,
    lines: () => messages.flatMap(({ streams }) => streams.flatMap(({ values }) => values.map((value) => value[1]))),
    closed: () => closed,
    pings: () => pings,
  };
}

/** Lets everything that is under way happen, until it is there. */
async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !done(); turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(done(), 'it does not happen');
}

async function open(options: TestApiOptions = {}): Promise<TestApi> {
  const api = await openTestApi(options);
  await api.pushLines({ app: 'x' }, ['old 1', 'old 2', 'old 3']);
  return api;
}

function pushNow(api: TestApi, line: string, labels: Record<string, string> = { app: 'x' }) {
  const values = [[String(api.clock.nowNs()), line]];
  return api.send({
    method: 'POST',
    url: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': 'a' },
    payload: JSON.stringify({ streams: [{ stream: labels, values }] }),
  });
}

test('first the newest of the past in forward order, then what comes in', async () => {
  await using api = await open();
  const { lines, messages, socket } = await tail(api, '{app="x"}', '&limit=2');
  await until(() => lines().length === 2);
  assert.deepEqual(lines(), ['old 2', 'old 3']);
  await pushNow(api, 'new');
  await pushNow(api, 'other', { app: 'y' });
  await pushNow(api, 'new too');
  await until(() => lines().length === 4);
  assert.deepEqual(lines(), ['old 2', 'old 3', 'new', 'new too']);
  assert.deepEqual(messages[0]!.streams[0]!.stream, { app: 'x', detected_level: 'unknown', service_name: 'x' });
  socket.terminate();
});

test('the pipeline works on live lines too', async () => {
  await using api = await open();
  const { lines, messages, socket } = await tail(api, '{app="x"} | logfmt | level="error" | line_format "{{.msg}}"');
  await pushNow(api, 'level=info msg=no');
  await pushNow(api, 'level=error msg=yes');
  await until(() => lines().length === 1);
  assert.deepEqual([lines(), messages[0]!.streams[0]!.stream['level']], [['yes'], 'error']);
  socket.terminate();
});

test('with categorize-labels every value has its categories', async () => {
  await using api = await open();
  const { messages, socket } = await tail(api, '{app="x"}', '&limit=1', {
    'x-loki-response-encoding-flags': 'categorize-labels',
  });
  await until(() => messages.length === 1);
  assert.deepEqual(messages[0], {
    streams: [
      {
        stream: { app: 'x', service_name: 'x' },
        values: [[String(nowNs + 2_000_000n), 'old 3', { structuredMetadata: { detected_level: 'unknown' } }]],
      },
    ],
    encodingFlags: ['categorize-labels'],
  });
  socket.terminate();
});

test('entries that arrive while the past is read come once and after it', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using real = await open();
  // The same engine, but the past is not read before the gate opens; by then the entry is in it.
  const engine = {
    run: async (request: Parameters<typeof real.engine.run>[0]) => gate.then(() => real.engine.run(request)),
  };
  await using api = await openTestApi({ api: { engine, store: real.store, clock: real.clock } });
  const { lines, socket } = await tail(api, '{app="x"}');
  await pushNow(real, 'in both');
  release();
  await until(() => lines().length === 4);
  await pushNow(real, 'after');
  await until(() => lines().length === 5);
  assert.deepEqual(lines(), ['old 1', 'old 2', 'old 3', 'in both', 'after']);
  socket.terminate();
});

test('one tail above the limit is closed with the reason, and places become free again', async () => {
  await using api = await open({ config: 'limits_config: {max_concurrent_tail_requests: 1}' });
  const first = await tail(api, '{app="x"}');
  const second = await tail(api, '{app="x"}');
  await until(() => second.closed() !== undefined);
  assert.deepEqual(second.closed(), {
    code: 1011,
    reason: 'max concurrent tail requests limit exceeded, count > limit (2 > 1)',
  });
  assert.match((await api.get('/metrics')).text, /^loki_querier_tail_active 1$/m);
  first.socket.terminate();
  let third = await tail(api, '{app="x"}');
  for (let turn = 0; turn < 50 && third.lines().length === 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (third.closed() !== undefined) third = await tail(api, '{app="x"}');
  }
  await until(() => third.lines().length === 3);
  third.socket.terminate();
});

test('pings keep it alive, and the longest duration ends it', async () => {
  await using api = await open({ config: 'querier: {tail_max_duration: 10s}' });
  const { closed, lines, pings } = await tail(api, '{app="x"}');
  await until(() => lines().length === 3);
  await api.clock.advance(5000);
  await until(() => pings() >= 3);
  await api.clock.advance(5001);
  await until(() => closed() !== undefined);
  assert.deepEqual(closed(), { code: 1011, reason: 'reached tail max duration limit' });
});

test('a stopping server closes its tails', async () => {
  const api = await open();
  const { closed, lines } = await tail(api, '{app="x"}');
  await until(() => lines().length === 3);
  await api[Symbol.asyncDispose]();
  await until(() => closed() !== undefined);
  assert.equal(closed()!.code, 1001);
});

test('a client that reads too slowly is told what it missed', async () => {
  await using api = await open();
  const { socket, messages, lines } = await tail(api, '{app="x"}', '&limit=1');
  await until(() => lines().length === 1);
  // The server's end of the socket: more waits in it than may.
  const [server] = [...api.app.websocketServer.clients] as unknown as { bufferedAmount: number }[];
  Object.defineProperty(server, 'bufferedAmount', { value: 100e6, configurable: true });
  const missedNs = api.clock.nowNs();
  await pushNow(api, 'missed');
  Object.defineProperty(server, 'bufferedAmount', { value: 0, configurable: true });
  await pushNow(api, 'seen');
  await until(() => lines().length === 2);
  assert.deepEqual(messages.at(-1)!.dropped_entries, [
    { timestamp: String(missedNs), labels: { app: 'x', detected_level: 'unknown', service_name: 'x' } },
  ]);
  assert.deepEqual(lines(), ['old 3', 'seen']);
  socket.terminate();
});

test('our own page names its tenant and encoding in the address, another site cannot', async () => {
  await using api = await open();
  const own = { host: 'localhost:3100', origin: 'http://localhost:3100', 'x-scope-orgid': undefined as never };
  const tailing = await tail(api, '{app="x"}', '&orgid=a&encoding_flags=categorize-labels', own);
  await until(() => tailing.lines().length === 3);
  assert.deepEqual(tailing.messages[0]!.encodingFlags, ['categorize-labels']);
  tailing.socket.terminate();
  const foreign = { ...own, origin: 'https://elsewhere.example' };
  await assert.rejects(tail(api, '{app="x"}', '&orgid=a', foreign), /401/);
});
