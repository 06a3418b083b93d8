import assert from 'node:assert/strict';
import test from 'node:test';
import { RequestError, WorldError } from '../model/failure.ts';
import { createLabels, labelsObject, noLabels } from '../model/labels.ts';
import { defaultLimits, type Limits } from '../model/limits.ts';
import type { Select } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createEngine, type Engine } from './engine.ts';
import { parseQuery } from './parse-query.ts';
import type { QueryData, QueryRequest, QueryResult } from './request.ts';
import { createMemorySource, type MemorySource } from './test/memory-source.ts';

const team = 'team' as Tenant;
const other = 'other' as Tenant;
const second = 1_000_000_000n;
const startNs = 1_795_132_800n * second;

interface World {
  readonly clock: SimulatedClock;
  readonly source: MemorySource;
  readonly engine: Engine;
  run(text: string, request?: Partial<QueryRequest>): Promise<QueryResult>;
}

function createWorld(options: { limits?: Partial<Limits>; select?: (source: MemorySource) => Select } = {}): World {
  const clock = new SimulatedClock(startNs + 3600n * second);
  const source = createMemorySource();
  const limits = { ...defaultLimits, ...options.limits };
  const select = options.select?.(source) ?? source.select;
  const engine = createEngine({ select, clock, limitsFor: () => limits });
  return {
    clock,
    source,
    engine,
    async run(text, request) {
      const { expression } = parseQuery(text);
      assert.ok(expression !== undefined, text);
      return engine.run({
        tenants: [team],
        expression,
        kind: 'range',
        startNs,
        endNs: startNs + 600n * second,
        stepNs: 60n * second,
        intervalNs: 0n,
        limit: 100,
        direction: 'backward',
        ...request,
      });
    },
  };
}

/** `count` lines, one a second: `line 0`, `line 1`, ... */
function fill(world: World, tenant: Tenant, labels: Record<string, string>, count: number): void {
  world.source.push(
    tenant,
    createLabels(labels),
    Array.from({ length: count }, (_one, i) => ({
      timestampNs: startNs + BigInt(i) * second,
      line: `line ${i}`,
      structuredMetadata: noLabels,
    })),
  );
}

function linesOf(data: QueryData): string[] {
  assert.ok(data.kind === 'streams');
  return data.streams.flatMap((stream) => stream.entries.map((entry) => entry.line));
}

function refusal(status: number, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RequestError);
    assert.equal(error.status, status);
    assert.match(error.message, message);
    return true;
  };
}

/** A select that never ends, and tells when somebody waits for it. */
function endless(waiting: () => void): Select {
  return async function* ({ signal }) {
    const aborted = new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    waiting();
    await aborted;
    yield* [];
  };
}

// --- reading no more than needed -----------------------------------------------------------------------------------------

for (const direction of ['forward', 'backward'] as const) {
  test(`a ${direction} log query stops reading when it has its limit`, async () => {
    const world = createWorld();
    fill(world, team, { app: 'web' }, 500);
    const result = await world.run('{app="web"}', { direction, limit: 10 });
    const expected = Array.from({ length: 10 }, (_one, i) => `line ${direction === 'forward' ? i : 499 - i}`);
    assert.deepEqual(linesOf(result), expected);
    assert.ok(world.source.rowsRead <= 14, `${world.source.rowsRead} rows read`);
  });
}

test('a query whose time is all before max_query_lookback reads nothing', async () => {
  const world = createWorld({ limits: { maxQueryLookbackMs: 60_000 } });
  fill(world, team, { app: 'web' }, 10);
  assert.deepEqual(linesOf(await world.run('{app="web"}')), []);
  const metric = await world.run('count_over_time({app="web"}[1m])');
  assert.ok(metric.kind === 'matrix');
  assert.deepEqual(metric.series, []);
  assert.equal(world.source.rowsRead, 0);
});

test('max_query_lookback moves the start of a query', async () => {
  const world = createWorld({ limits: { maxQueryLookbackMs: 3_598_000 } });
  fill(world, team, { app: 'web' }, 4);
  assert.deepEqual(linesOf(await world.run('{app="web"}')), ['line 3', 'line 2']);
});

// --- ending early --------------------------------------------------------------------------------------------------------

test('a query that the client gave up ends with 499', async () => {
  const client = new AbortController();
  const world = createWorld({ select: () => endless(() => client.abort()) });
  await assert.rejects(world.run('{app="web"}', { signal: client.signal }), refusal(499, /cancelled by the client/));
});

test('a query that was given up before it began reads nothing', async () => {
  const world = createWorld();
  fill(world, team, { app: 'web' }, 3);
  const signal = AbortSignal.abort();
  await assert.rejects(world.run('{app="web"}', { signal }), refusal(499, /cancelled/));
  assert.equal(world.source.rowsRead, 0);
});

test('a query that takes longer than query_timeout ends with 504', async () => {
  const waiting = Promise.withResolvers<void>();
  const world = createWorld({ limits: { queryTimeoutMs: 5000 }, select: () => endless(waiting.resolve) });
  const running = assert.rejects(world.run('rate({app="web"}[1m])'), refusal(504, /request timed out/));
  await waiting.promise;
  await world.clock.advance(5000);
  await running;
});

test('query_timeout 0 means never', async () => {
  const world = createWorld({ limits: { queryTimeoutMs: 0 } });
  fill(world, team, { app: 'web' }, 1);
  assert.deepEqual(linesOf(await world.run('{app="web"}')), ['line 0']);
});

test('a failing source fails the query with its own error', async () => {
  const world = createWorld({
    select: () =>
      // biome-ignore lint/correctness/useYield: a source that fails has nothing to give.
      async function* () {
        throw new WorldError('DISK_READ', 'the chunk cannot be read');
      },
  });
  await assert.rejects(world.run('{app="web"}'), (error) => error instanceof WorldError && error.code === 'DISK_READ');
});

test('a log query leaves the source when it has enough, also when it ends with an error', async () => {
  let left = 0;
  const select = (source: MemorySource): Select =>
    async function* (request) {
      try {
        yield* source.select(request);
      } finally {
        left++;
      }
    };
  const world = createWorld({ select });
  fill(world, team, { app: 'web' }, 100);
  await world.run('{app="web"}', { limit: 1 });
  assert.equal(left, 1);
  await assert.rejects(
    world.run('sum by (x) (count_over_time({app="web"} | json [1m]))'),
    refusal(400, /^pipeline error: 'JSONParserErr'/),
  );
  assert.equal(left, 2);
});

// --- limits on answers ---------------------------------------------------------------------------------------------------

test('too many series are refused; Logs Drilldown gets some of them and a warning', async () => {
  const world = createWorld({ limits: { maxQuerySeries: 2 } });
  for (const app of ['a', 'b', 'c']) fill(world, team, { app }, 2);
  const text = 'sum by (app) (count_over_time({app=~".+"}[1m]))';
  await assert.rejects(
    world.run(text),
    refusal(400, /^maximum number of series \(2\) reached for a single query; consider/),
  );
  const partial = await world.run(text, { tags: 'Source=grafana-lokiexplore-app' });
  assert.ok(partial.kind === 'matrix');
  assert.equal(partial.series.length, 2);
  assert.deepEqual(partial.warnings, [
    'maximum number of series (2) reached for a single query; returning partial results',
  ]);
});

test('reading stops as soon as there are too many series', async () => {
  const world = createWorld({ limits: { maxQuerySeries: 2 } });
  fill(world, team, { app: 'web' }, 500);
  const tooMany = refusal(400, /maximum number of series \(2\) reached/);
  await assert.rejects(world.run('count_over_time({app="web"} | regexp "(?P<n>[0-9]+)" [1m])'), tooMany);
  assert.ok(world.source.rowsRead < 50, `${world.source.rowsRead} rows`);
  // Inside an aggregation there may be as many as memory holds.
  const all = await world.run('sum(count_over_time({app="web"} | regexp "(?P<n>[0-9]+)" [1m]))');
  assert.ok(all.kind === 'matrix' && all.series.length === 1);
});

test('series without a single point do not count', async () => {
  const world = createWorld({ limits: { maxQuerySeries: 1 } });
  for (const app of ['a', 'b']) fill(world, team, { app }, 2);
  const result = await world.run('count_over_time({app=~".+"}[1m]) > 100');
  assert.ok(result.kind === 'matrix');
  assert.deepEqual(result.series, []);
});

// --- several tenants -----------------------------------------------------------------------------------------------------

test('lines of several tenants come in one order, with one limit, and say whose they are', async () => {
  const world = createWorld();
  fill(world, team, { app: 'web' }, 3);
  fill(world, other, { app: 'web' }, 3);
  const result = await world.run('{app="web"}', { tenants: [team, other], limit: 4 });
  assert.ok(result.kind === 'streams');
  assert.deepEqual(
    result.streams.map((stream) => [labelsObject(stream.labels), stream.entries.map((entry) => entry.line)]),
    [
      [{ __tenant_id__: 'other', app: 'web' }, ['line 2', 'line 1']],
      [{ __tenant_id__: 'team', app: 'web' }, ['line 2', 'line 1']],
    ],
  );
});

test('a matcher on __tenant_id__ chooses among the tenants of the query', async () => {
  const world = createWorld();
  fill(world, team, { app: 'web' }, 1);
  fill(world, other, { app: 'web' }, 2);
  const tenants = [team, other];
  const only = await world.run('count_over_time({app="web", __tenant_id__="other"}[10m])', { tenants });
  assert.ok(only.kind === 'matrix');
  assert.deepEqual(
    only.series.map((series) => labelsObject(series.labels)),
    [{ __tenant_id__: 'other', app: 'web' }],
  );
  assert.deepEqual(linesOf(await world.run('{app="web", __tenant_id__=~"nobody"}', { tenants })), []);
});

test('one tenant never sees the lines of another', async () => {
  const world = createWorld();
  fill(world, other, { app: 'web' }, 5);
  assert.deepEqual(linesOf(await world.run('{app=~".+"}')), []);
  const absent = await world.run('absent_over_time({app="web"}[5m])', { kind: 'instant' });
  assert.ok(absent.kind === 'vector');
  assert.deepEqual(
    absent.samples.map((sample) => sample.value),
    [1],
  );
});

// --- numbers about the query ---------------------------------------------------------------------------------------------

test('statistics add up over all reads of an expression', async () => {
  const world = createWorld();
  fill(world, team, { app: 'web' }, 20);
  const result = await world.run(
    'sum(count_over_time({app="web"} |= "line 1" [10m])) / sum(count_over_time({app="web"}[10m]))',
    {
      kind: 'instant',
      startNs: startNs + 600n * second,
    },
  );
  const { statistics } = result;
  assert.equal(statistics.rowsRead, world.source.rowsRead);
  // 11 lines begin with `line 1`, and the first of all lies just outside of the window.
  assert.equal(statistics.postFilterRows, 11 + 19);
  assert.equal(statistics.entriesReturned, 1);
});
