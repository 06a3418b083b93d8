import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels } from '../model/labels.ts';
import { defaultLimits, type Limits } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { randomInt, seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createEngine, type Engine } from './engine.ts';
import { parseQuery } from './parse-query.ts';
import type { QueryRequest, QueryResult } from './request.ts';
import { isEnough, joinParts, splitQuery } from './split-query.ts';
import { createMemorySource } from './test/memory-source.ts';
import { printAnswer } from './test/print-answer.ts';
import { randomLogQuery, randomMetricQuery, randomRows } from './test/random-query.ts';

const startNs = 1_795_132_800_000_000_000n;
const spanSeconds = 1800;
/** Each has its own rows and is asked 60 queries. */
const worlds = Math.ceil(Number(process.env['CORDWOOD_RANDOM_QUERIES'] ?? 600) / 60);
const tenant = 'a' as Tenant;

function createWorld(seed: number, limits: Limits): Engine {
  const random = seededRandom(seed);
  const source = createMemorySource({ batchRows: 1 + randomInt(random, 40), columns: random() < 0.5 });
  for (const row of randomRows(random, 10 + randomInt(random, 120), startNs, spanSeconds)) {
    const entry = { timestampNs: row.timestampNs, line: row.line, structuredMetadata: createLabels(row.metadata) };
    source.push(tenant, createLabels(row.stream), [entry]);
  }
  return createEngine({ select: source.select, clock: new SimulatedClock(startNs), limitsFor: () => limits });
}

async function inParts(engine: Engine, request: QueryRequest, parts: number, limits: Limits): Promise<QueryResult> {
  const results: QueryResult[] = [];
  for (const part of splitQuery(request, parts, limits, startNs)) {
    results.push(await engine.run(part));
    if (request.expression.kind === 'log' && isEnough(request, results)) break;
  }
  return joinParts(request, results, limits);
}

const answerOf = (running: Promise<QueryResult>) =>
  running.then(printAnswer, (error: Error) => `refused: ${error.name}`);

test('parts give together what the whole gives', async (t) => {
  const seed = Number(process.env['SEED'] ?? 1);
  const random = seededRandom(seed);
  let split = 0;
  for (let world = 0; world < worlds; world++) {
    const limits = { ...defaultLimits, maxQuerySeries: 0, splitQueriesByIntervalMs: random() < 0.8 ? 3_600_000 : 0 };
    const engine = createWorld(randomInt(random, 2 ** 30), limits);
    for (let i = 0; i < 60; i++) {
      const text = random() < 0.4 ? randomLogQuery(random) : randomMetricQuery(random);
      const { expression } = parseQuery(text);
      if (expression === undefined) continue;
      const shiftNs = BigInt(randomInt(random, 90)) * 1_000_000_000n;
      const request: QueryRequest = {
        tenants: [tenant],
        expression,
        kind: 'range',
        startNs: startNs + shiftNs,
        endNs: startNs + BigInt(spanSeconds) * 1_000_000_000n - shiftNs,
        stepNs: BigInt([15, 60, 100, 700][randomInt(random, 4)]!) * 1_000_000_000n,
        intervalNs: random() < 0.1 ? 60_000_000_000n : 0n,
        limit: random() < 0.5 ? 5000 : 1 + randomInt(random, 20),
        direction: random() < 0.5 ? 'forward' : 'backward',
        categorizeLabels: random() < 0.3,
      };
      const whole = await answerOf(engine.run(request));
      for (const parts of [1, 2, 3, 7]) {
        if (splitQuery(request, parts, limits, startNs).length > 1) split++;
        const joined = await answerOf(inParts(engine, request, parts, limits));
        assert.equal(joined, whole, `SEED=${seed}, world ${world}, query ${i} in ${parts} parts: ${text}`);
      }
    }
  }
  t.diagnostic(`${split} answers out of parts`);
  assert.ok(split > worlds * 60);
});

test('the limit of series holds for the whole', async () => {
  const limits = { ...defaultLimits, maxQuerySeries: 2 };
  const engine = createWorld(5, { ...limits, maxQuerySeries: 0 });
  const request: QueryRequest = {
    tenants: [tenant],
    expression: parseQuery('count_over_time({app=~".+"}[1m])').expression!,
    kind: 'range',
    startNs,
    endNs: startNs + 1_800_000_000_000n,
    stepNs: 60_000_000_000n,
    intervalNs: 0n,
    limit: 100,
    direction: 'forward',
  };
  await assert.rejects(inParts(engine, request, 4, limits), /maximum number of series \(2\) reached/);
  const tags = 'Source=grafana-lokiexplore-app';
  const partial = await inParts(engine, { ...request, tags }, 4, limits);
  assert.ok(partial.kind === 'matrix' && partial.series.length === 2);
  assert.match(partial.warnings[0]!, /returning partial results/);
});
