import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createEntryColumns } from '../../model/entry.ts';
import { createLabels, printLabels } from '../../model/labels.ts';
import { defaultLimits, type Limits } from '../../model/limits.ts';
import type { Tenant } from '../../model/tenant.ts';
import { createEngine, type Engine } from '../../query/engine.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { QueryRequest, QueryResult } from '../../query/request.ts';
import { printAnswer } from '../../query/test/print-answer.ts';
import { randomLogQuery, randomMetricQuery, randomRows } from '../../query/test/random-query.ts';
import { openStore, type Store } from '../../store/store.ts';
import { type Random, randomInt, seededRandom } from '../../world/random.ts';
import { systemClock } from '../../world/system-clock.ts';
import { systemDisk } from '../../world/system-disk.ts';
import { type DeleteRequests, openDeleteRequests } from '../deletes/delete-requests.ts';
import { hideDeleted } from '../deletes/hide-deleted.ts';
import { createPooledEngine, type PooledEngine } from './pooled-engine.ts';

/** Real threads over a real store on disk: two tenants with chunks and a head each, and a delete request that hides some of it. */
const seed = Number(process.env['SEED'] ?? 11);
const queries = Number(process.env['CORDWOOD_RANDOM_QUERIES'] ?? 40);
const tenants = ['a', 'b'] as Tenant[];
const startNs = 1_795_132_800_000_000_000n;
const spanSeconds = 1800;
const limits: Limits = {
  ...defaultLimits,
  rejectOldSamples: false,
  creationGracePeriodMs: 1e12,
  discoverLogLevels: false,
  discoverServiceName: [],
  ingestionRateMb: 1e6,
  ingestionBurstSizeMb: 1e6,
  maxQuerySeries: 0,
};
const limitsFor = () => limits;

let directory: string;
let store: Store;
let deletes: DeleteRequests;
let inline: Engine;
const pools: PooledEngine[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cordwood-workers-'));
  store = await openStore({
    disk: systemDisk,
    directory: join(directory, 'store'),
    clock: systemClock,
    limitsFor,
    compileSelector: () => () => true,
    log: () => {},
    // Many chunks out of few rows.
    settings: { chunkRowsMax: 200 },
  });
  deletes = await openDeleteRequests({ disk: systemDisk, path: join(directory, 'deletes.json'), clock: systemClock });
  const startMs = Number(startNs / 1_000_000n);
  await deletes.add({ tenant: tenants[0]!, query: '{app="web"} |= "err"', startMs, endMs: startMs + 600_000 });
  const random = seededRandom(seed);
  for (const tenant of tenants) {
    for (let round = 0; round < 3; round++) {
      await pushRandom(random, tenant, 600);
      if (round < 2) await store.flush();
    }
  }
  inline = createEngine({ select: hideDeleted(store.select, deletes, limitsFor), clock: systemClock, limitsFor });
});
after(async () => {
  for (const pool of pools) await pool.close();
  await store.close();
  await rm(directory, { recursive: true });
});

async function pushRandom(random: Random, tenant: Tenant, count: number): Promise<void> {
  const streams = new Map<string, { labels: ReturnType<typeof createLabels>; rows: ReturnType<typeof randomRows> }>();
  for (const row of randomRows(random, count, startNs, spanSeconds)) {
    const labels = createLabels(row.stream);
    const stream = streams.get(printLabels(labels)) ?? { labels, rows: [] };
    streams.set(printLabels(labels), stream);
    (stream.rows as typeof stream.rows extends readonly (infer R)[] ? R[] : never).push(row);
  }
  const pushed = [...streams.values()].map(({ labels, rows }) => ({
    labels,
    entries: createEntryColumns(
      rows.map(({ timestampNs, line, metadata }) => ({
        timestampNs,
        line,
        structuredMetadata: createLabels(metadata),
      })),
    ),
  }));
  const { status, message } = await store.push(tenant, pushed, { format: 'json' });
  assert.equal(status, 204, message);
}

function pooled(workers: number, partBytes: number): PooledEngine {
  const pool = createPooledEngine({
    engine: inline,
    store,
    deletes,
    limitsFor,
    clock: systemClock,
    log: (_level, message, fields) => assert.ok(false, `${message} ${JSON.stringify(fields)}`),
    workers,
    thresholds: { heavyBytes: 1, partBytes },
  });
  pools.push(pool);
  return pool;
}

function requestOf(text: string, more: Partial<QueryRequest> = {}): QueryRequest {
  const { expression, error } = parseQuery(text);
  assert.ok(expression !== undefined, `${error?.message}`);
  return {
    tenants: [tenants[0]!],
    expression,
    kind: 'range',
    startNs,
    endNs: startNs + BigInt(spanSeconds) * 1_000_000_000n,
    stepNs: 60_000_000_000n,
    intervalNs: 0n,
    limit: 5000,
    direction: 'backward',
    ...more,
  };
}

const answerOf = (running: Promise<QueryResult>) =>
  running.then(printAnswer, (error: Error) => `refused: ${error.name}`);

test('answers do not depend on the number of workers and parts', { timeout: 300_000 }, async (t) => {
  const random = seededRandom(seed);
  const engines = [pooled(0, 1), pooled(1, 1), pooled(2, 1), pooled(2, 2 ** 40)];
  let told = 0;
  for (let i = 0; i < queries; i++) {
    const isLog = random() < 0.4;
    const text = isLog ? randomLogQuery(random) : randomMetricQuery(random);
    if (parseQuery(text).expression === undefined) continue;
    const request = requestOf(text, {
      kind: isLog || random() < 0.8 ? 'range' : 'instant',
      tenants: random() < 0.2 ? tenants : [tenants[randomInt(random, 2)]!],
      limit: random() < 0.5 ? 5000 : 1 + randomInt(random, 20),
      direction: random() < 0.5 ? 'forward' : 'backward',
      categorizeLabels: random() < 0.3,
    });
    const expected = await answerOf(inline.run(request));
    if (expected.length > 100) told++;
    const answers = await Promise.all(engines.map((engine) => answerOf(engine.run(request))));
    for (const [which, answer] of answers.entries()) {
      assert.equal(answer, expected, `SEED=${seed}, query ${i}, engine ${which}: ${text}`);
    }
  }
  t.diagnostic(`${told} with an answer of some length`);
  assert.ok(told > queries / 4);
});

test('refusals and broken queries come back as what they are', async () => {
  const engine = pooled(1, 1);
  await assert.rejects(engine.run(requestOf('{app="web"} |= "e"', { limit: 6000 })), {
    name: 'RequestError',
    status: 400,
  });
  const broken = requestOf('sum_over_time({app=~".+"} | json | unwrap user [5m])');
  await assert.rejects(engine.run(broken), { name: 'RequestError', status: 400, message: /^pipeline error/ });
});

test('a plan comes out of a worker too', async () => {
  const { plan } = await pooled(1, 1).run(requestOf('count_over_time({app="web"} |= "level" [5m])', { explain: true }));
  assert.ok((plan?.inputs[0]?.gave?.rows ?? 0) > 0, JSON.stringify(plan));
});

/** Nested templates over every line: slow enough to be caught at work. */
const slow = `{app=~".+"} ${'| line_format "{{range $i := (fromJson `[1,2,3,4,5,6,7,8]`)}}{{__line__}}{{end}}" | line_format "{{ trunc 40 __line__ }}"'.repeat(8)} |= "never"`;

test('the thread that answers requests is free while a heavy query runs', { timeout: 120_000 }, async (t) => {
  const pool = pooled(2, 1);
  // Threads that start are not what is asked about.
  await pool.run(requestOf('count_over_time({app="web"}[5m])'));
  const [thread, all] = [process.threadCpuUsage(), process.cpuUsage()];
  await pool.run(requestOf(slow));
  const here = process.threadCpuUsage(thread).user / 1000;
  const everywhere = process.cpuUsage(all).user / 1000;
  t.diagnostic(`${here.toFixed(0)} of ${everywhere.toFixed(0)} ms of CPU time in this thread`);
  assert.ok(here < everywhere / 4, `${here} of ${everywhere} ms`);
});

test('a query that is cancelled stops, and its chunks are let go', { timeout: 120_000 }, async () => {
  let pinned = 0;
  const counted: Store = Object.assign(Object.create(store), {
    chunkBytes: () => 2 ** 30,
    async portableSnapshot(tenant: Tenant, range: Parameters<Store['chunkBytes'] & {}>[1]) {
      const snapshot = (await store.portableSnapshot!(tenant, range))!;
      pinned++;
      return {
        snapshot: snapshot.snapshot,
        release() {
          pinned--;
          return snapshot.release();
        },
      };
    },
  });
  const pool = createPooledEngine({
    engine: inline,
    store: counted,
    deletes,
    limitsFor,
    clock: systemClock,
    log: () => {},
    workers: 2,
  });
  pools.push(pool);
  const client = new AbortController();
  const running = pool.run(requestOf(slow, { signal: client.signal }));
  const reason = new Error('the client went away');
  setImmediate(() => client.abort(reason));
  await assert.rejects(running, reason);
  // The workers notice at their next turn, and answer others.
  const next = await pool.run(requestOf('count_over_time({app=~".+"}[30m])'));
  assert.ok(next.kind === 'matrix' && next.series.length > 0);
  for (let turns = 0; pinned > 0 && turns < 600; turns++) await delay(100);
  assert.equal(pinned, 0);
});

test('a query that needs too much memory is refused, and the server goes on', { timeout: 120_000 }, async () => {
  const complaints: string[] = [];
  const pool = createPooledEngine({
    engine: inline,
    store,
    deletes,
    limitsFor,
    clock: systemClock,
    log: (_level, message) => void complaints.push(message),
    workers: 1,
    thresholds: { heavyBytes: 1, partBytes: 1 },
    heapMb: 64,
  });
  pools.push(pool);
  const greedy = pool.run(requestOf('{app=~".+"} | line_format "{{ __line__ }}{{ repeat 200000 `xyz` }}" |= "xyz"'));
  const modest = pool.run(requestOf('count_over_time({app="web"}[30m])'));
  await assert.rejects(greedy, { name: 'RequestError', status: 400, message: /more memory/ });
  // Lost with the thread, and run again in another one; or refused when it came too close a second time.
  await modest.catch((error: Error) => assert.match(error.message, /more memory/));
  const next = await pool.run(requestOf('count_over_time({app="web"}[30m])'));
  assert.ok(next.kind === 'matrix' && next.series.length > 0);
  assert.ok(complaints.length >= 2);
});
