import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowNs } from '../../api/test/test-api.ts';
import { createLabels } from '../../model/labels.ts';
import { randomInt, seededRandom } from '../../world/random.ts';
import { openApiSide } from '../test/api-side.ts';
import type { LokiSide } from './loki-side.ts';
import { entriesOf, readStream } from './read-stream.ts';

// Read from the real API: its limits, its order of equal timestamps, its regular expressions.

const selector = '{app="x"}';
const span = { startNs: nowNs, endNs: nowNs + 1_000_000n };

type Values = readonly (readonly [bigint, string, Record<string, string>?])[];

async function reading(values: Values) {
  const side = await openApiSide();
  await side.fill('a', { app: 'x' }, values);
  const query = entriesOf(side, 'a', new Set(['app', 'service_name']));
  return {
    requests: side.requests,
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
    async read(limit: number) {
      const found: string[] = [];
      let untilNs = span.startNs;
      for await (const page of readStream(query, selector, span, limit)) {
        for (const { timestampNs, line, structuredMetadata } of page.entries) {
          assert.ok(timestampNs >= untilNs && timestampNs < page.completeUntilNs, 'pages follow each other');
          const metadata = structuredMetadata.filter(({ name }) => name !== 'detected_level');
          found.push(`${timestampNs} ${line} ${JSON.stringify(metadata)}`);
        }
        untilNs = page.completeUntilNs;
      }
      assert.equal(untilNs, span.endNs);
      return found;
    },
  };
}

function expected(values: Values): string[] {
  return values.map(([time, line, metadata]) => `${time} ${line} ${JSON.stringify(createLabels(metadata ?? {}))}`);
}

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
test(`every entry once, whatever shares a timestamp (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const values = Array.from({ length: 400 }, (_, i) => {
    const line = `${'same '.repeat(randomInt(random, 3))}${['', 'é', '🌲', '\n', '"`\\'][randomInt(random, 5)]}${i}`;
    const timeNs = nowNs + BigInt(randomInt(random, 4));
    return random() < 0.3 ? ([timeNs, line, { n: `${i}` }] as const) : ([timeNs, line] as const);
  });
  await using stream = await reading(values);
  for (const limit of [7, 50, 399, 1000]) {
    assert.deepEqual((await stream.read(limit)).sort(), expected(values).sort(), `limit ${limit}`);
  }
});

test('the same line many times at one nanosecond is told apart by its metadata while a page holds it', async () => {
  const values = Array.from({ length: 30 }, (_, i) => [nowNs, i < 9 ? 'alike' : `other ${i}`, { n: `${i}` }] as const);
  await using stream = await reading(values);
  assert.deepEqual((await stream.read(10)).sort(), expected(values).sort());
  await assert.rejects(
    stream.read(9),
    /at least 9 entries at \d+ ns with the same line.*raise max_entries_limit_per_query/,
  );
});

test('an empty stream costs one request', async () => {
  await using stream = await reading([[nowNs + 2_000_000n, 'later']]);
  assert.deepEqual(await stream.read(100), []);
  assert.equal(stream.requests.length, 1);
});

test('a Loki that knows nothing of categorized labels: what is no label of a stream is metadata', async () => {
  await using side = await openApiSide();
  await side.fill('a', { app: 'x' }, [
    [nowNs, 'one', { trace_id: 't1' }],
    [nowNs + 1n, 'two'],
    [nowNs + 1n, 'three', { trace_id: 't3', user: 'm' }],
  ]);
  const old: LokiSide = { ...side, get: (tenant, path, parameters) => side.get(tenant, path, parameters) };
  const query = entriesOf(old, 'a', new Set(['app', 'service_name']));
  const entries = await query(selector, span, 10);
  assert.deepEqual(
    entries
      .map(({ timestampNs, line, structuredMetadata }) => [
        timestampNs - nowNs,
        line,
        structuredMetadata.filter(({ name }) => name !== 'detected_level').map(({ name, value }) => `${name}=${value}`),
      ])
      .sort(),
    [
      [0n, 'one', ['trace_id=t1']],
      [1n, 'three', ['trace_id=t3', 'user=m']],
      [1n, 'two', []],
    ].sort(),
  );
});

test('a page above the limit of the server says what to do', async () => {
  await using side = await openApiSide({ config: 'limits_config: {max_entries_limit_per_query: 100}' });
  const query = entriesOf(side, 'a', new Set());
  await assert.rejects(
    query(selector, span, 500),
    /max_entries_limit_per_query \(500 > 100\)\. Ask for smaller pages: --page N/,
  );
});
