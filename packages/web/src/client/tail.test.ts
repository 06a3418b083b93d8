import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnsweredStream } from './answers.ts';
import { createTail, type Socket, type TailState } from './tail.ts';

interface FakeSocket extends Socket {
  readonly url: URL;
  closed: boolean;
}

function tailing(startNs = 100n) {
  const sockets: FakeSocket[] = [];
  const timers: { run: () => void; afterMs: number }[] = [];
  const states: TailState[] = [];
  const lines: string[] = [];
  let dropped = 0;
  const tail = createTail({
    baseUrl: 'http://cordwood.test/logs/',
    tenant: 'team-a',
    query: '{a="b"}',
    startNs,
    limit: 10,
    onStreams: (streams: readonly AnsweredStream[], droppedCount) => {
      dropped += droppedCount;
      for (const stream of streams)
        for (const entry of stream.entries) lines.push(`${entry.timestampNs} ${entry.line}`);
    },
    onState: (state) => states.push(state),
    connect: (url) => {
      const socket: FakeSocket = {
        url: new URL(url),
        closed: false,
        onopen: null,
        onmessage: null,
        onclose: null,
        onerror: null,
        close() {
          this.closed = true;
        },
      };
      sockets.push(socket);
      return socket;
    },
    setTimer: (run, afterMs) => {
      const timer = { run, afterMs };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), 1);
    },
    random: () => 1,
  });
  return {
    tail,
    sockets,
    timers,
    states,
    lines,
    dropped: () => dropped,
    newest: () => sockets.at(-1)!,
    send: (...values: [string, string][]) =>
      sockets.at(-1)!.onmessage!({ data: JSON.stringify({ streams: [{ stream: { a: 'b' }, values }] }) }),
    lose: (reason = '') => sockets.at(-1)!.onclose!({ code: 1006, reason }),
    elapse: () => timers.shift()!.run(),
  };
}

test('asks for the query from the start, tenant and encoding as parameters', () => {
  const { newest } = tailing();
  const { url } = newest();
  assert.equal(`${url.protocol}//${url.host}${url.pathname}`, 'ws://cordwood.test/logs/loki/api/v1/tail');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    query: '{a="b"}',
    start: '100',
    limit: '10',
    encoding_flags: 'categorize-labels',
    orgid: 'team-a',
  });
});

test('a broken connection neither loses nor repeats lines', () => {
  const { send, lose, elapse, newest, lines } = tailing();
  newest().onopen!();
  send(['101', 'one'], ['102', 'two'], ['102', 'also two']);
  lose();
  elapse();
  assert.equal(newest().url.searchParams.get('start'), '102');
  send(['102', 'two'], ['102', 'also two'], ['102', 'a third two'], ['103', 'three']);
  assert.deepEqual(lines, ['101 one', '102 two', '102 also two', '102 a third two', '103 three']);
});

test('an entry that comes late is handed out', () => {
  const { send, lines } = tailing();
  send(['200', 'new']);
  send(['150', 'late']);
  assert.deepEqual(lines, ['200 new', '150 late']);
});

test('retries ever more slowly, and at once again after a good connection', () => {
  const { lose, elapse, timers, newest } = tailing();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    lose();
    waits.push(timers[0]!.afterMs);
    elapse();
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  newest().onopen!();
  lose();
  assert.equal(timers[0]!.afterMs, 500);
});

test('says why it waits, and what the server dropped', () => {
  const { lose, states, newest, dropped } = tailing();
  newest().onmessage!({ data: JSON.stringify({ streams: null, dropped_entries: [{ timestamp: '1', labels: {} }] }) });
  assert.equal(dropped(), 1);
  lose('reached tail max duration limit');
  assert.deepEqual(states.at(-1), { kind: 'waiting', retryInMs: 500, reason: 'reached tail max duration limit' });
});

test('a message that makes no sense closes the connection and waits', () => {
  const { newest, states } = tailing();
  newest().onmessage!({ data: '{"streams": 7}' });
  assert.equal(newest().closed, true);
  assert.equal(states.at(-1)!.kind, 'waiting');
});

test('stop closes, cancels the retry, and is final', () => {
  const { tail, lose, timers, newest, states, sockets } = tailing();
  lose();
  tail.stop();
  tail.stop();
  assert.equal(timers.length, 0);
  assert.equal(newest().closed, true);
  assert.deepEqual(states.filter((state) => state.kind === 'stopped').length, 1);
  assert.equal(sockets.length, 1);
});
