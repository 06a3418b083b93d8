import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldError } from '../model/failure.ts';
import { streamPredicate } from '../model/predicate.ts';
import type { Tenant } from '../model/tenant.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { allTime, nowNs, openTestStore, push, readAll, readLines, rowsOf, stream, tenantA } from './test/test-store.ts';

const app = { app: 'x' };

test('what was pushed is read, from the head, from chunks and after a restart', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  let store = await openTestStore({ disk });
  const entries = [
    [0, 'first', { trace_id: 'abc' }],
    [5, 'level=error second'],
    [3, '{"level":"WARN"}'],
  ] as const;
  assert.deepEqual(await push(store, app, entries), { status: 204, message: '' });
  const expected = [
    {
      stream: '{app="x", service_name="x"}',
      timestampNs: nowNs,
      line: 'first',
      metadata: { detected_level: 'unknown', trace_id: 'abc' },
    },
    {
      stream: '{app="x", service_name="x"}',
      timestampNs: nowNs + 3n,
      line: '{"level":"WARN"}',
      metadata: { detected_level: 'warn' },
    },
    {
      stream: '{app="x", service_name="x"}',
      timestampNs: nowNs + 5n,
      line: 'level=error second',
      metadata: { detected_level: 'error' },
    },
  ];
  assert.deepEqual(await readAll(store), expected);
  await store.flush();
  assert.deepEqual(await readAll(store), expected);
  assert.deepEqual(await readAll(store, { direction: 'backward' }), expected.toReversed());
  assert.deepEqual(await readAll(store, { order: 'any' }), expected);
  await store.close();
  store = await openTestStore({ disk });
  assert.deepEqual(await readAll(store), expected);
  assert.deepEqual(store.tenants(), [tenantA]);
  await store.close();
});

test('the range is half open', async () => {
  const store = await openTestStore();
  await push(store, app, [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ]);
  const range = { startNs: nowNs + 1n, endNs: nowNs + 2n };
  assert.deepEqual(await readLines(store, { range }), ['b']);
  await store.flush();
  assert.deepEqual(await readLines(store, { range }), ['b']);
});

test('equal times keep the order of arrival, within and across chunks', async () => {
  const store = await openTestStore();
  await push(store, app, [
    [7, 'one'],
    [7, 'two'],
  ]);
  await push(store, { app: 'y' }, [[7, 'three']]);
  await store.flush();
  await push(store, app, [[7, 'four']]);
  await push(store, { app: 'y' }, [
    [6, 'zero'],
    [7, 'five'],
  ]);
  const expected = ['zero', 'one', 'two', 'three', 'four', 'five'];
  assert.deepEqual(await readLines(store), expected);
  assert.deepEqual(await readLines(store, { direction: 'backward' }), expected.toReversed());
  await store.flush();
  assert.deepEqual(await readLines(store), expected);
  assert.deepEqual(await readLines(store, { direction: 'backward' }), expected.toReversed());
});

test('the same entry is stored once: in one push, in the head, while sealing and when sealed', async () => {
  const store = await openTestStore();
  const entries = [
    [1, 'same'],
    [1, 'same'],
    [1, 'same', { other: 'metadata' }],
    [1, 'other'],
    [2, 'same'],
  ] as const;
  await push(store, app, entries);
  await push(store, app, entries);
  assert.equal((await readAll(store)).length, 4);
  const flushed = store.flush();
  await push(store, app, entries);
  await flushed;
  await push(store, app, entries);
  await push(store, { app: 'other stream' }, [[1, 'same']]);
  assert.equal((await readAll(store)).length, 5);
  await store.flush();
  assert.equal((await readAll(store)).length, 5);
});

test('a reader may stop at any time, and sees the moment it began', async () => {
  const store = await openTestStore({ settings: { chunkRowsMax: 100 } });
  await push(
    store,
    app,
    Array.from({ length: 1000 }, (_, i) => [i, `line ${i}`] as const),
  );
  await store.flush();
  const seen: string[] = [];
  for await (const batch of store.select({
    tenant: tenantA,
    range: allTime,
    predicate: streamPredicate(() => true),
    order: 'time',
    direction: 'backward',
  })) {
    if (seen.length === 0) await push(store, app, [[500, 'later']]);
    seen.push(...rowsOf(batch).map((row) => row.line));
    if (seen.length >= 300) break;
  }
  assert.deepEqual(
    seen.slice(0, 300),
    Array.from({ length: 300 }, (_, i) => `line ${999 - i}`),
  );
});

test('entries of several days, before and after 1970', async () => {
  const clock = new SimulatedClock(2n * 86_400_000_000_000n);
  const store = await openTestStore({ clock, settings: { maxChunkAgeMs: 30 * 86_400_000 } });
  const dayNs = 86_400_000_000_000n;
  await push(
    store,
    app,
    [2n * dayNs, 0n, dayNs, dayNs - 1n, -1n, -dayNs, -dayNs - 1n].map((ns) => [ns - nowNs, `${ns}`] as const),
  );
  const expected = [-dayNs - 1n, -dayNs, -1n, 0n, dayNs - 1n, dayNs, 2n * dayNs];
  for (const state of ['head', 'sealed']) {
    const rows = await readAll(store);
    assert.deepEqual(
      rows.map((row) => row.timestampNs),
      expected,
      state,
    );
    assert.deepEqual(
      rows.map((row) => row.line),
      expected.map(String),
      state,
    );
    await store.flush();
  }
});

test('streams, statistics and bytes', async () => {
  const store = await openTestStore();
  await push(store, app, [
    [0, '12345'],
    [10, '123'],
  ]);
  await push(store, { app: 'y' }, [[20, '1']]);
  for (const state of ['head', 'sealed']) {
    const range = { startNs: nowNs + 5n, endNs: nowNs + 100n };
    const streams = await store.streams(tenantA, range, () => true);
    assert.deepEqual(
      streams.map((ref) => ref.labels[0]!.value),
      ['x', 'y'],
      state,
    );
    const { entries, bytes, streams: count } = await store.statistics(tenantA, range, () => true);
    assert.deepEqual({ entries, bytes, count }, { entries: 2, bytes: 4, count: 2 }, state);
    const own = await store.streamBytes(tenantA, allTime, (labels) => labels[0]!.value === 'x');
    assert.deepEqual(
      own.map((item) => item.bytes),
      [8],
      state,
    );
    await store.flush();
  }
});

test('followers get entries when they are durable, and only of their tenant', async () => {
  const store = await openTestStore();
  const seen: string[] = [];
  const cancel = store.subscribe(tenantA, (batch) => seen.push(...rowsOf(batch).map((row) => row.line)));
  await push(store, app, [
    [2, 'b'],
    [1, 'a'],
  ]);
  await push(store, app, [[3, 'foreign']], 'b' as Tenant);
  assert.deepEqual(seen, ['a', 'b']);
  cancel();
  await push(store, app, [[4, 'c']]);
  assert.deepEqual(seen, ['a', 'b']);
});

test('a second process is refused until the first has closed', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk });
  await assert.rejects(
    openTestStore({ disk }),
    (error) => error instanceof WorldError && error.code === 'DIRECTORY_LOCKED',
  );
  await store.close();
  await (await openTestStore({ disk })).close();
});

test('a clock that jumps back loses and reorders nothing', async () => {
  const clock = new SimulatedClock(nowNs);
  const disk = new SimulatedDisk({ seed: 1 });
  let store = await openTestStore({ disk, clock, settings: { maxChunkAgeMs: 3_600_000, flushCheckPeriodMs: 30_000 } });
  await push(store, app, [[0, 'before']]);
  const backNs = 20 * 60_000_000_000;
  clock.jumpTo(nowNs - BigInt(backNs));
  await push(store, app, [[-backNs, 'after']]);
  assert.deepEqual(await readLines(store), ['after', 'before']);
  // Ages are of the monotonic clock: the head is sealed in time all the same.
  await clock.advance(3_700_000);
  assert.ok(disk.paths().some((path) => path.endsWith('.chunk')));
  clock.jumpTo(nowNs - BigInt(backNs));
  await push(store, app, [[-backNs + 1, 'again']]);
  await store.close();
  store = await openTestStore({ disk, clock });
  assert.deepEqual(await readLines(store), ['after', 'again', 'before']);
});

test('odd tenants stay apart', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const tenants = [
    '..',
    '.',
    'A',
    'a',
    'a/../b',
    'b',
    'ä',
    'x'.repeat(150),
    `${'x'.repeat(149)}y`,
    '=41',
    'con',
    ' ',
  ] as Tenant[];
  let store = await openTestStore({ disk });
  for (const tenant of tenants) await push(store, app, [[1, `of ${tenant}`]], tenant);
  for (const round of ['head', 'sealed', 'opened again']) {
    for (const tenant of tenants) assert.deepEqual(await readLines(store, { tenant }), [`of ${tenant}`], round);
    assert.deepEqual(store.tenants(), [...tenants].sort());
    if (round === 'head') await store.flush();
    else {
      await store.close();
      store = await openTestStore({ disk });
    }
  }
  for (const path of disk.paths())
    assert.match(path, /^\/data\/(FORMAT|bucket|wal\/\d+\.wal|tenants\/[a-z0-9_=~-]+\/(manifest|chunks\/\d+\.chunk))$/);
});

test('heads are sealed by size, by age and when idle; the WAL shrinks behind them', async () => {
  const clock = new SimulatedClock(nowNs);
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({
    disk,
    clock,
    settings: { headLineBytes: 1000, walSegmentBytes: 400, maxChunkAgeMs: 3_600_000, chunkIdlePeriodMs: 600_000 },
  });
  const chunks = () => disk.paths().filter((path) => path.endsWith('.chunk')).length;
  const segments = () => disk.paths().filter((path) => path.endsWith('.wal')).length;
  await push(store, app, [[1, 'x'.repeat(400)]]);
  await push(store, app, [[2, 'x'.repeat(400)]]);
  assert.equal(segments(), 2);
  assert.equal(chunks(), 0);
  await push(store, app, [[3, 'x'.repeat(400)]]);
  await clock.advance(0);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(chunks(), 1, 'by size');
  assert.ok(segments() <= 1);
  await push(store, app, [[4, 'y']]);
  await clock.advance(700_000);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(chunks(), 2, 'idle');
  assert.equal((await readAll(store)).length, 4);
  await store.close();
});

test('a push that failed but reached the disk and was sent again is there once', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk: disk.startProcess() });
  disk.beforeOperation = (operation, path) => {
    if (operation === 'sync' && path.endsWith('.wal')) throw new WorldError('DISK_WRITE', 'sync fails', { path });
  };
  await assert.rejects(push(store, app, [[1, 'once']]), /sync fails/);
  disk.beforeOperation = undefined;
  assert.deepEqual(await readLines(store), [], 'what failed is not visible');
  await push(store, app, [[1, 'once']]);
  disk.kill();
  const next = await openTestStore({ disk: disk.startProcess() });
  assert.equal(disk.paths().filter((path) => path.endsWith('.wal')).length, 2);
  assert.deepEqual(await readLines(next), ['once']);
});

test('a full disk refuses pushes, goes on reading and recovers', async () => {
  const clock = new SimulatedClock(nowNs);
  const disk = new SimulatedDisk({ seed: 1, capacityBytes: 20_000 });
  const store = await openTestStore({ disk, clock });
  let stored = 0;
  const isFull = (error: unknown) => error instanceof WorldError && error.code === 'DISK_FULL';
  for (; stored < 100; stored++) {
    try {
      await push(store, app, [[stored, 'x'.repeat(1000)]]);
    } catch (error) {
      assert.ok(isFull(error), String(error));
      break;
    }
  }
  assert.ok(stored > 10 && stored < 25, `${stored} pushes fit`);
  await assert.rejects(push(store, app, [[200, 'no']]), isFull);
  assert.equal((await readLines(store)).length, stored);
  disk.capacityBytes = 1_000_000;
  await push(store, app, [[201, 'yes']]);
  assert.equal((await readLines(store)).length, stored + 1);
  await store.close();
});

test('a broken tenant does not stop the others', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  let store = await openTestStore({ disk });
  await push(store, app, [[1, 'mine']]);
  await push(store, app, [[1, 'theirs']], 'b' as Tenant);
  await store.close();
  const manifest = disk.bytesOf('/data/tenants/a/manifest').slice();
  manifest[manifest.length - 1]! ^= 1;
  disk.overwrite('/data/tenants/a/manifest', manifest);
  store = await openTestStore({ disk });
  await assert.rejects(readAll(store), (error) => error instanceof WorldError && error.code === 'CORRUPT');
  await assert.rejects(store.push(tenantA, [stream(app, [[1, 'x']])], { format: 'json' }), WorldError);
  assert.deepEqual(await readLines(store, { tenant: 'b' as Tenant }), ['theirs']);
});
