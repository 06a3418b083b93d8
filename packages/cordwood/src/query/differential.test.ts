import assert from 'node:assert/strict';
import test from 'node:test';
import { RequestError } from '../model/failure.ts';
import { createLabels, labelsObject } from '../model/labels.ts';
import { defaultLimits } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createEngine, type Engine } from './engine.ts';
import { parseQuery } from './parse-query.ts';
import type { QueryData } from './request.ts';
import { createMemorySource } from './test/memory-source.ts';
import { keyOf, ObviousFailure, type ObviousRow, obviousLog, obviousMetric } from './test/obvious-evaluator.ts';
import { randomLogQuery, randomMetricQuery, randomRows } from './test/random-query.ts';

/**
 * The engine against the obvious evaluator, on random queries over random rows. Set CORDWOOD_RANDOM_QUERIES for more than the
 * few thousand of a normal run; a failure prints its seed.
 */
const worlds = Math.ceil(Number(process.env['CORDWOOD_RANDOM_QUERIES'] ?? 1500) / 60);
const tenant = 'random' as Tenant;
const startNs = 1_795_132_800_000_000_000n;
const spanSeconds = 1800;
const stepNs = 60_000_000_000n;

function createWorld(random: Random): { rows: ObviousRow[]; engine: Engine } {
  const source = createMemorySource({ batchRows: 1 + randomInt(random, 40), columns: random() < 0.5 });
  const rows: ObviousRow[] = [];
  const known = new Set<string>();
  for (const row of randomRows(random, 10 + randomInt(random, 120), startNs, spanSeconds)) {
    const identity = JSON.stringify([row.stream, row.metadata, row.line, String(row.timestampNs)]);
    if (known.has(identity)) continue;
    known.add(identity);
    rows.push(row);
    const entry = { timestampNs: row.timestampNs, line: row.line, structuredMetadata: createLabels(row.metadata) };
    source.push(tenant, createLabels(row.stream), [entry]);
  }
  const limits = { ...defaultLimits, maxQuerySeries: 0 };
  const engine = createEngine({ select: source.select, clock: new SimulatedClock(startNs), limitsFor: () => limits });
  return { rows, engine };
}

/** An answer as text that two evaluators agree on: numbers to nine digits. */
function printNumber(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(9)).toString() : String(value);
}

async function run(
  engine: Engine,
  text: string,
  request: { kind: 'range'; limit: number; direction: 'forward' | 'backward' },
): Promise<QueryData> {
  const parsed = parseQuery(text);
  assert.ok(parsed.expression !== undefined, `${text}: ${parsed.error?.message}`);
  return engine.run({
    tenants: [tenant],
    expression: parsed.expression,
    startNs,
    endNs: startNs + BigInt(spanSeconds) * 1_000_000_000n,
    stepNs,
    intervalNs: 0n,
    ...request,
  });
}

async function logAnswers(
  engine: Engine,
  rows: readonly ObviousRow[],
  text: string,
  random: Random,
): Promise<[string[], string[]]> {
  const limit = random() < 0.5 ? 5000 : 1 + randomInt(random, 20);
  const direction = random() < 0.5 ? 'forward' : 'backward';
  const data = await run(engine, text, { kind: 'range', limit, direction });
  assert.ok(data.kind === 'streams');
  const actual = data.streams.flatMap((stream) =>
    stream.entries.map(
      (entry) => `${entry.timestampNs} ${entry.line} ${keyOf(new Map(Object.entries(labelsObject(stream.labels))))}`,
    ),
  );
  const { expression } = parseQuery(text);
  assert.ok(expression?.kind === 'log');
  const endNs = startNs + BigInt(spanSeconds) * 1_000_000_000n;
  const expected = obviousLog(expression, rows, { startNs, endNs, limit, direction }).map(
    (entry) => `${entry.timestampNs} ${entry.line} ${keyOf(new Map(Object.entries(entry.labels)))}`,
  );
  return [actual.sort(), expected.sort()];
}

async function metricAnswers(engine: Engine, rows: readonly ObviousRow[], text: string): Promise<[string[], string[]]> {
  const { expression } = parseQuery(text);
  assert.ok(expression !== undefined && expression.kind !== 'log' && expression.kind !== 'variants', text);
  const expected: string[] = [];
  let refused = false;
  try {
    for (let step = 0; step <= spanSeconds / 60; step++) {
      const atNs = startNs + BigInt(step) * stepNs;
      const vector = obviousMetric(expression, rows, atNs);
      assert.ok(typeof vector !== 'number');
      for (const { labels, value } of vector)
        expected.push(`${Number(atNs) / 1e6} ${keyOf(labels)} ${printNumber(value)}`);
    }
  } catch (error) {
    if (!(error instanceof ObviousFailure)) throw error;
    refused = true;
  }
  const actual: string[] = [];
  try {
    const data = await run(engine, text, { kind: 'range', limit: 100, direction: 'forward' });
    assert.ok(data.kind === 'matrix');
    for (const { labels, timestampsMs, values } of data.series) {
      const key = keyOf(new Map(Object.entries(labelsObject(labels))));
      for (const [i, value] of values.entries()) actual.push(`${timestampsMs[i]} ${key} ${printNumber(value)}`);
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return [[`refused: ${refused}`], ['refused: true']];
  }
  if (refused) return [actual, ['refused']];
  return [actual.sort(), expected.sort()];
}

test(`the engine agrees with the obvious evaluator on ${worlds * 60} random queries`, async (t) => {
  let compared = 0;
  let telling = 0;
  for (let seed = 1; seed <= worlds; seed++) {
    const random = seededRandom(seed);
    const { rows, engine } = createWorld(random);
    for (let i = 0; i < 60; i++) {
      const isLog = random() < 0.5;
      const text = isLog ? randomLogQuery(random) : randomMetricQuery(random);
      // `| drop a` before `!= "x" or "y"` reads as a matcher: not every text that is put together is a query.
      if (parseQuery(text).expression === undefined) continue;
      compared++;
      const [actual, expected] = isLog
        ? await logAnswers(engine, rows, text, random)
        : await metricAnswers(engine, rows, text);
      if (actual.length > 0 && !actual[0]!.startsWith('refused')) telling++;
      if (JSON.stringify(actual) === JSON.stringify(expected)) continue;
      const only = (a: readonly string[], b: readonly string[]) =>
        a
          .filter((one) => !b.includes(one))
          .slice(0, 4)
          .join('\n    ');
      assert.fail(
        `seed ${seed}, query ${i}: ${text}\n  only the engine:\n    ${only(actual, expected)}\n  only the obvious:\n    ${only(expected, actual)}`,
      );
    }
  }
  t.diagnostic(`${compared} compared, ${telling} of them with an answer that is neither empty nor a refusal`);
  assert.ok(compared > worlds * 55, `only ${compared} queries parse`);
  assert.ok(telling > compared / 3, `only ${telling} queries say anything`);
});
