import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@cordwood/logql';
import type { AnsweredStream, QueryAnswer } from '../client/answers.ts';
import { ApiFailure } from '../client/api-failure.ts';
import type { LokiClient, RangeQuery } from '../client/loki-client.ts';
import type { TailOptions } from '../client/tail.ts';
import { absolute, last } from '../time/range-choice.ts';
import { createExploreSession, type ExploreRequest, type ExploreState, followRowsMax } from './explore-session.ts';

interface Pending {
  readonly request: RangeQuery;
  readonly signal: AbortSignal;
  answer(lines: [number, string][]): Promise<void>;
  answerSeries(value: number): Promise<void>;
  fail(status: number, message: string): Promise<void>;
}

const nowMs = 1_000_000;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Milliseconds and line to a stream. */
function streamOf(lines: readonly [number, string][]): AnsweredStream {
  return {
    labels: { app: 'a' },
    entries: lines.map(([ms, line]) => ({ timestampNs: `${ms}000000`, line, structuredMetadata: {}, parsed: {} })),
  };
}

function sessionUnderTest() {
  const pending: Pending[] = [];
  const tails: (Pick<TailOptions, 'query' | 'startNs' | 'onStreams' | 'onState'> & { stopped: boolean })[] = [];
  const timers: { run: () => void; afterMs: number; cancelled: boolean }[] = [];
  let clockMs = nowMs;
  let state: ExploreState | undefined;
  const client = {
    queryRange: (_tenant: unknown, request: RangeQuery, signal: AbortSignal) =>
      new Promise<QueryAnswer>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('superseded', 'AbortError')));
        const about = { statistics: undefined, warnings: [] };
        pending.push({
          request,
          signal,
          answer: (lines) => {
            resolve({ ...about, kind: 'streams', streams: [streamOf(lines)] });
            return settled();
          },
          answerSeries: (value) => {
            resolve({
              ...about,
              kind: 'series',
              series: [{ labels: { level: 'info' }, points: [[nowMs / 1000, value]] }],
            });
            return settled();
          },
          fail: (status, message) => {
            reject(new ApiFailure('status', status, 'query_range', message));
            return settled();
          },
        });
      }),
  } as unknown as LokiClient;
  const session = createExploreSession({
    client,
    nowMs: () => clockMs,
    setTimer: (run, afterMs) => {
      const timer = { run, afterMs, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
    createTail: (options) => {
      const tail = { ...options, stopped: false, stop: () => (tail.stopped = true) };
      tails.push(tail);
      return tail as never;
    },
    barsMax: () => 60,
    onChange: (next) => (state = next),
  });
  return {
    session,
    pending,
    tails,
    state: () => state!,
    lines: () => state!.rows.map((row) => row.line),
    advance: (ms: number) => (clockMs += ms),
    /** Runs the timers that were set, once. */
    tick: () => {
      for (const timer of timers.splice(0)) if (!timer.cancelled) timer.run();
    },
  };
}

function asking(query: string, patch: Partial<ExploreRequest> = {}): ExploreRequest {
  const { expression } = parse(query);
  assert.ok(expression);
  return { tenant: 't', expression, range: last(600_000), limit: 2, order: 'newest', ...patch };
}

test('a log query asks for lines and for their volume', async () => {
  const { session, pending, state, lines } = sessionUnderTest();
  void session.run(asking('{app="a"} |= "x"'));
  assert.equal(state().phase, 'loading');
  const [rows, volume] = pending;
  assert.deepEqual(
    {
      query: rows!.request.query,
      limit: rows!.request.limit,
      direction: rows!.request.direction,
      ...rows!.request.range,
    },
    {
      query: '{app="a"} |= "x"',
      limit: 2,
      direction: 'backward',
      startNs: 400_000_000_000n,
      endNs: 1_000_000_000_000n,
    },
  );
  assert.equal(volume!.request.query, 'sum by (level,detected_level)(count_over_time({app="a"} |= "x"[10s]))');
  await rows!.answer([
    [999_000, 'b'],
    [998_000, 'a'],
  ]);
  await volume!.answerSeries(5);
  assert.deepEqual(
    [state().phase, state().volumePhase, state().more, state().volume!.total],
    ['done', 'done', true, 5],
  );
  assert.deepEqual(lines(), ['b', 'a']);
});

test('a newer question cancels the older one, whose answer never shows', async () => {
  const { session, pending, lines } = sessionUnderTest();
  void session.run(asking('{app="old"}'));
  void session.run(asking('{app="new"}'));
  assert.equal(pending[0]!.signal.aborted, true);
  assert.equal(pending[1]!.signal.aborted, true);
  await pending[2]!.answer([[1, 'new']]);
  await pending[0]!.answer([[1, 'old']]);
  assert.deepEqual(lines(), ['new']);
});

test('what is on the screen stays while the next answer is on its way', async () => {
  const { session, pending, lines, state } = sessionUnderTest();
  void session.run(asking('{app="a"}'));
  await pending[0]!.answer([[1, 'first']]);
  void session.run(asking('{app="b"}'));
  assert.deepEqual([state().phase, lines()], ['loading', ['first']]);
  void session.run(asking('rate({app="b"}[1m])'));
  assert.deepEqual(lines(), []);
});

test('a failure shows; the volume may fail alone', async () => {
  const { session, pending, state } = sessionUnderTest();
  void session.run(asking('{app="a"}'));
  await pending[0]!.answer([[1, 'line']]);
  await pending[1]!.fail(400, 'pipeline error');
  assert.deepEqual(
    [state().phase, state().volumePhase, state().volumeFailure?.message],
    ['done', 'failed', 'pipeline error'],
  );
  void session.run(asking('{app="a"}'));
  await pending[2]!.fail(429, 'too many outstanding requests');
  assert.deepEqual([state().phase, state().failure?.status, state().rows.length], ['failed', 429, 0]);
});

test('loading more goes on from the edge, which may hold more than the limit let through', async () => {
  const { session, pending, state, lines } = sessionUnderTest();
  void session.run(asking('{app="a"}'));
  await pending[0]!.answer([
    [9, 'd'],
    [8, 'c'],
  ]);
  void session.loadMore();
  void session.loadMore();
  assert.equal(pending.length, 3);
  assert.equal(pending[2]!.request.range.endNs, 8_000_001n);
  await pending[2]!.answer([
    [8, 'c'],
    [8, 'b'],
  ]);
  assert.deepEqual([lines(), state().more], [['d', 'c', 'b'], true]);
  void session.loadMore();
  await pending[3]!.answer([
    [8, 'c'],
    [8, 'b'],
  ]);
  assert.deepEqual([lines(), state().more], [['d', 'c', 'b'], false]);
});

test('a metric query asks for series once', async () => {
  const { session, pending, state } = sessionUnderTest();
  void session.run(asking('sum(rate({app="a"}[1m]))'));
  assert.equal(pending.length, 1);
  assert.equal(pending[0]!.request.stepMs, 5000);
  await pending[0]!.answerSeries(3);
  assert.deepEqual([state().phase, state().series.length, state().volumePhase], ['done', 1, 'idle']);
});

async function following(order: 'newest' | 'oldest' = 'newest') {
  const all = sessionUnderTest();
  void all.session.run(asking('{app="a"}', { order, limit: 100 }));
  await all.pending[0]!.answer([[500, 'known']]);
  await all.pending[1]!.answerSeries(1);
  all.session.follow();
  return all;
}

test('following begins at the newest line, and does not show it twice', async () => {
  const { tails, tick, lines } = await following();
  assert.equal(tails[0]!.startNs, 500_000_000n);
  tails[0]!.onStreams(
    [
      streamOf([
        [500, 'known'],
        [500, 'twin'],
        [501, 'next'],
      ]),
    ],
    0,
  );
  tick();
  assert.deepEqual(lines(), ['next', 'twin', 'known']);
});

test('oldest first puts new lines at the end; one that comes late stands in its place', async () => {
  const { tails, tick, lines } = await following('oldest');
  tails[0]!.onStreams([streamOf([[503, 'c']])], 0);
  tick();
  tails[0]!.onStreams([streamOf([[502, 'b']])], 0);
  tick();
  assert.deepEqual(lines(), ['known', 'b', 'c']);
});

test('pausing holds lines back and counts them; resuming shows them', async () => {
  const { session, tails, tick, lines, state } = await following();
  session.pause(true);
  tails[0]!.onStreams(
    [
      streamOf([
        [501, 'a'],
        [502, 'b'],
      ]),
    ],
    0,
  );
  tick();
  assert.deepEqual([lines(), state().follow!.waitingCount], [['known'], 2]);
  session.pause(false);
  assert.deepEqual([lines(), state().follow!.waitingCount], [['b', 'a', 'known'], 0]);
});

test('however long it follows, the oldest lines go', async () => {
  const { tails, tick, state } = await following();
  for (let burst = 0; burst < 4; burst++) {
    tails[0]!.onStreams(
      [streamOf(Array.from({ length: 2000 }, (_, i) => [1000 + burst * 2000 + i, `${burst}-${i}`]))],
      0,
    );
    tick();
  }
  assert.equal(state().rows.length, followRowsMax);
  assert.equal(state().rows[0]!.line, '3-1999');
  assert.equal(state().more, true);
});

test('the volume moves with the clock', async () => {
  const { pending, advance, tick } = await following();
  const before = pending.at(-1)!;
  await before.answerSeries(1);
  advance(60_000);
  tick();
  const after = pending.at(-1)!;
  assert.notEqual(after, before);
  assert.equal(after.request.range.endNs - before.request.range.endNs, 60_000_000_000n);
});

test('stopping keeps the lines and ends connection and refresh', async () => {
  const { session, tails, tick, lines, state, pending } = await following();
  tails[0]!.onStreams([streamOf([[501, 'last']])], 3);
  assert.equal(state().follow!.droppedCount, 3);
  session.unfollow();
  assert.deepEqual([tails[0]!.stopped, lines(), state().follow], [true, ['last', 'known'], undefined]);
  const asked = pending.length;
  tick();
  assert.equal(pending.length, asked);
});

test('following from an absolute range begins anew with the last minutes', async () => {
  const { session, pending, tails, lines } = sessionUnderTest();
  void session.run(asking('{app="a"}', { range: absolute(1000, 2000) }));
  await pending[0]!.answer([[1500, 'long ago']]);
  session.follow();
  assert.deepEqual(lines(), []);
  assert.equal(tails[0]!.startNs, BigInt(nowMs - 15 * 60_000) * 1_000_000n);
});

test('a new question ends following', async () => {
  const { session, tails, state } = await following();
  void session.run(asking('{app="b"}', { range: absolute(1, 2) }));
  assert.deepEqual([tails[0]!.stopped, state().follow], [true, undefined]);
});
