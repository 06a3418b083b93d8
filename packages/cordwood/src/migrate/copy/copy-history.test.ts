import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowNs } from '../../api/test/test-api.ts';
import { createLabels, type Labels, noLabels } from '../../model/labels.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { type CompareOptions, compareHistory } from '../compare/compare-history.ts';
import { type ApiSide, openApiSide } from '../test/api-side.ts';
import { openCheckpoint } from './checkpoint.ts';
import { copyHistory } from './copy-history.ts';
import type { RefusedEntry } from './refused-entry.ts';
import { parseTenantRules } from './tenant-rules.ts';

const minuteNs = 60_000_000_000n;
const hourNs = 60n * minuteNs;
const span = { startNs: nowNs - 12n * hourNs, endNs: nowNs };

interface CopyCase {
  readonly rules?: readonly string[];
  readonly addLabels?: Labels;
  readonly disk?: SimulatedDisk;
  readonly keepGoing?: boolean;
}

async function copy(from: ApiSide, to: ApiSide, options: CopyCase = {}) {
  const rules = parseTenantRules(options.rules ?? ['{}=t']);
  const clock = new SimulatedClock(nowNs);
  const job = {
    from: 'a',
    to: 'b',
    tenants: ['fake'],
    rules: [],
    addLabels: [],
    only: '',
    ...span,
    windowNs: 4n * hourNs,
  };
  const checkpoint = await openCheckpoint(options.disk ?? new SimulatedDisk({ seed: 1 }), '/state', job);
  const refused: RefusedEntry[] = [];
  try {
    await copyHistory({
      from,
      to,
      checkpoint,
      tenantOf: rules.tenantOf!,
      addLabels: options.addLabels ?? noLabels,
      only: undefined,
      pageSize: 10,
      parallel: 3,
      pace: async () => {},
      clock,
      signal: new AbortController().signal,
      refuse(entry) {
        refused.push(entry);
        if (options.keepGoing !== true) throw new Error(entry.reason);
      },
    });
  } finally {
    await checkpoint.close();
  }
  return { totals: checkpoint.totals, refused };
}

function compared(from: ApiSide, to: ApiSide, options: Partial<CompareOptions> = {}) {
  return compareHistory({
    from,
    to,
    tenants: ['fake'],
    tenantOf: () => 't',
    targetTenants: ['t'],
    span,
    windowNs: 4n * hourNs,
    intervalNs: hourNs,
    by: undefined,
    ignoredLabels: new Set(),
    ignoredMetadata: new Set(['detected_level']),
    only: undefined,
    pageSize: 10,
    parallel: 2,
    signal: new AbortController().signal,
    ...options,
  });
}

const everyMinute = (count: number, line = (i: number) => `line ${i}`) =>
  Array.from({ length: count }, (_, i) => [span.startNs + BigInt(i) * minuteNs, line(i)] as const);

/** What a Loki 2.9 is to a reader: it adds no service_name and no level. */
const plain = { config: 'limits_config: {discover_service_name: "", discover_log_levels: false}' };

test('from a Loki that finds no service names to one that does: the same history', async () => {
  await using from = await openApiSide(plain);
  await using to = await openApiSide();
  await from.fill('fake', { app: 'x' }, everyMinute(100));
  await from.fill('fake', { app: 'x', pod: 'p' }, everyMinute(50));
  await from.fill('fake', { job: 'j' }, [[nowNs - 1n, 'level=error last', { trace_id: 'abc' }]]);
  const { totals } = await copy(from, to);
  assert.deepEqual([totals.entries, totals.refused], [151, 0]);
  const result = await compared(from, to);
  assert.ok(result.equal, JSON.stringify(result.differences.map(({ lines }) => lines.length)));
  assert.equal(result.tenants[0]!.streams, 3);
  assert.equal(result.tenants[0]!.to.entries, 151);
});

test('copying again changes nothing', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide();
  await from.fill('fake', { app: 'x' }, everyMinute(300));
  await copy(from, to);
  // A new checkpoint: everything is pushed once more, and most of it is too late for Loki's window of an hour.
  const { totals } = await copy(from, to);
  assert.ok(totals.alreadyThere > 0 && totals.refused === 0, JSON.stringify(totals));
  assert.ok((await compared(from, to)).equal);
});

test('tenants by rule; a stream without one is found before anything is written', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide();
  await from.fill('fake', { namespace: 'prod' }, everyMinute(3));
  await from.fill('fake', { namespace: 'dev' }, everyMinute(3));
  await assert.rejects(copy(from, to, { rules: ['{namespace="prod"}=t'] }), /no rule says.*\(1\):\n.*namespace="dev"/);
  assert.ok(!to.requests.includes('POST /loki/api/v1/push'));
  await copy(from, to, { rules: ['{namespace="prod"}=t', '{}=rest'] });
  const { tenantOf, tenants } = parseTenantRules(['{namespace="prod"}=t', '{}=rest']);
  const result = await compared(from, to, { tenantOf: tenantOf!, targetTenants: tenants! });
  assert.ok(result.equal);
  assert.deepEqual(
    result.tenants.map(({ tenant, from: { entries } }) => [tenant, entries]),
    [
      ['t', 3],
      ['rest', 3],
    ],
  );
});

test('a label can be added, and left out of the comparison', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide();
  await from.fill('fake', { app: 'x' }, everyMinute(30));
  await copy(from, to, { addLabels: createLabels({ origin: 'loki-2' }) });
  assert.ok(!(await compared(from, to)).equal);
  assert.ok((await compared(from, to, { ignoredLabels: new Set(['origin']) })).equal);
});

test('what the new Loki refuses is found in the batch, entry by entry; the others are there', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide({ config: 'limits_config: {max_line_size: 50, shard_streams: {enabled: false}}' });
  await from.fill(
    'fake',
    { app: 'x' },
    everyMinute(40, (i) => (i % 13 === 5 ? 'long '.repeat(20) : `line ${i}`)),
  );
  await assert.rejects(copy(from, to), /max entry size/);
  const { refused, totals } = await copy(from, to, { keepGoing: true });
  assert.deepEqual(
    refused.map(({ entry }) => (entry.timestampNs - span.startNs) / minuteNs),
    [5n, 18n, 31n],
  );
  assert.equal(totals.entries, 40);
  const { tenants } = await compared(from, to);
  assert.deepEqual([tenants[0]!.missing, tenants[0]!.extra, tenants[0]!.changed], [3, 0, 0]);
});

test('history behind what the new Loki already takes is refused, with what to do', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide();
  await from.fill('fake', { app: 'x' }, everyMinute(100));
  await to.fill('t', { app: 'x' }, [[nowNs, 'live']]);
  await assert.rejects(copy(from, to), /too far behind/);
});

test('an interrupted copy goes on where it was', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide();
  await from.fill('fake', { app: 'x' }, everyMinute(600));
  const disk = new SimulatedDisk({ seed: 1 });
  let pushes = 0;
  const failing: ApiSide = {
    ...to,
    push: (tenant, body) => (++pushes > 20 ? Promise.reject(new Error('gone')) : to.push(tenant, body)),
  };
  await assert.rejects(copy(from, failing, { disk }), /gone/);
  const { totals } = await copy(from, to, { disk });
  assert.deepEqual([totals.entries, totals.runs], [600, 2]);
  assert.ok((await compared(from, to)).equal);
});

for (const [name, change, counts] of [
  ['a missing line', [], [1, 0, 0]],
  ['a changed line', [[span.startNs + minuteNs, 'tampered']], [0, 0, 1]],
  ['changed metadata', [[span.startNs + minuteNs, 'line 1', { user: 'm' }]], [0, 0, 1]],
  ['a moved line', [[span.startNs + minuteNs + 1n, 'line 1']], [1, 1, 0]],
  [
    'an extra line',
    [
      [span.startNs + minuteNs, 'line 1'],
      [span.startNs + minuteNs, 'more'],
    ],
    [0, 1, 0],
  ],
] as const) {
  test(`found: ${name}`, async () => {
    await using from = await openApiSide();
    await using to = await openApiSide();
    await from.fill('fake', { app: 'x' }, everyMinute(3));
    const values = everyMinute(3);
    await to.fill('t', { app: 'x' }, [values[0]!, ...change, values[2]!]);
    const { tenants, equal, differences } = await compared(from, to);
    assert.ok(!equal);
    assert.deepEqual([tenants[0]!.missing, tenants[0]!.extra, tenants[0]!.changed], counts);
    assert.equal(differences.length, 1);
    assert.notDeepEqual(differences[0]!.from.words, differences[0]!.to.words);
  });
}

test('streams that are labelled differently are compared by what they share', async () => {
  await using from = await openApiSide();
  await using to = await openApiSide();
  await from.fill('fake', { namespace: 'n', pod: 'p', trace_id: 't1' }, [[span.startNs, 'a']]);
  await from.fill('fake', { namespace: 'n', pod: 'p', trace_id: 't2' }, [[span.startNs + 1n, 'b']]);
  await to.fill('t', { namespace: 'n', pod: 'p', level: 'info' }, [
    [span.startNs, 'a', { trace_id: 't1' }],
    [span.startNs + 1n, 'b', { trace_id: 't2' }],
  ]);
  assert.ok(!(await compared(from, to)).equal);
  const result = await compared(from, to, { by: ['namespace', 'pod'], ignoredMetadata: 'all' });
  assert.ok(result.equal);
  assert.equal(result.tenants[0]!.streams, 1);
});
