import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { randomInt, seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import type { Store } from './store.ts';
import {
  allTime,
  nowNs,
  openTestStore,
  push,
  readAll,
  readLines,
  rowsOf,
  tenantA,
  wideLimits,
} from './test/test-store.ts';

const chunkCount = (disk: SimulatedDisk) => disk.paths().filter((path) => path.endsWith('.chunk')).length;

test('small chunks are joined; what is read, and its order, stays the same', async () => {
  const random = seededRandom(9);
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk, settings: { chunkRowsMax: 300, runsToJoin: 4 } });
  for (let seal = 0; seal < 9; seal++) {
    for (let count = 0; count < 4; count++) {
      const app = `app${randomInt(random, 3)}`;
      // Many equal times, also across seals.
      await push(
        store,
        { app },
        Array.from({ length: 20 }, () => {
          const line = random() < 0.5 ? `{"n":${randomInt(random, 1000)}}` : `text ${randomInt(random, 1000)}`;
          return [randomInt(random, 40), line, random() < 0.2 ? { id: 'x' } : undefined] as const;
        }).map(([offset, line, metadata]) => (metadata === undefined ? [offset, line] : [offset, line, metadata])),
      );
    }
    await store.flush();
  }
  const before = await readAll(store);
  const chunksBefore = chunkCount(disk);
  await store.maintain();
  assert.ok(chunkCount(disk) < chunksBefore / 2, `${chunksBefore} chunks became ${chunkCount(disk)}`);
  assert.deepEqual(await readAll(store), before);
  assert.deepEqual(await readAll(store, { direction: 'backward' }), before.toReversed());
  await store.close();
  const again = await openTestStore({ disk });
  assert.deepEqual(await readAll(again), before);
});

test('a reader keeps the chunks it began with', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk, settings: { runsToJoin: 2 } });
  for (let i = 0; i < 6; i++) {
    await push(store, { app: 'x' }, [[i, `line ${i}`]]);
    await store.flush();
  }
  const seen: string[] = [];
  const request = { tenant: tenantA, range: allTime, order: 'any', direction: 'forward' } as const;
  const predicate = { matchesStream: () => true, couldMatch: () => true, selectRows: () => undefined };
  for await (const batch of store.select({ ...request, predicate })) {
    if (seen.length === 0) await store.maintain();
    seen.push(...rowsOf(batch).map((row) => row.line));
  }
  assert.equal(seen.length, 6);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(chunkCount(disk), 1, 'then the old files go');
  assert.equal((await readLines(store)).length, 6);
});

test('rows are removed for good: from memory, log and chunks', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk });
  const secret = (i: number) => (i % 3 === 0 ? `secret ${i}` : `keep ${i}`);
  const entries = Array.from({ length: 30 }, (_, i) => [i, secret(i)] as const);
  await push(store, { app: 'x' }, entries.slice(0, 15));
  await store.flush();
  await push(store, { app: 'x' }, entries.slice(15));
  await push(store, { app: 'x' }, entries, 'b' as Tenant);
  const find = (batch: Parameters<typeof rowsOf>[0]) =>
    Uint8Array.from(rowsOf(batch), (row) => (row.line.startsWith('secret') ? 1 : 0));
  const range = { startNs: nowNs, endNs: nowNs + 25n };
  assert.equal(await store.removeRows(tenantA, range, find), 9);
  assert.equal(await store.removeRows(tenantA, range, find), 0);
  const left = entries.filter(([i, line]) => i >= 25 || !line.startsWith('secret')).map(([, line]) => line);
  assert.deepEqual(await readLines(store), left);
  assert.equal((await readLines(store, { tenant: 'b' as Tenant })).length, 30, 'another tenant keeps its own');
  await store.removeRows('b' as Tenant, allTime, find);
  await store.close();
  // Lines this short are not compressed away, so they would show.
  for (const path of disk.paths()) {
    const bytes = Buffer.from(disk.bytesOf(path));
    assert.ok(!bytes.includes('secret 3') && !bytes.includes('secret 18'), path);
  }
});

const dayMs = 86_400_000;

/** Which days (numbered from the first) have entries of an app, and how many. */
async function daysOf(store: Store, app: string, startNs: bigint): Promise<Map<number, number>> {
  const days = new Map<number, number>();
  const rows = await readAll(store, { matches: (labels) => labels.some(({ value }) => value === app) });
  for (const row of rows) {
    const day = Number((row.timestampNs - startNs) / BigInt(dayMs * 1e6));
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return days;
}

test('retention of 365, 90 and 30 days over a year and more', async () => {
  const startNs = 1_767_225_600_000_000_000n;
  const clock = new SimulatedClock(startNs + 3_600_000_000_000n);
  const disk = new SimulatedDisk({ seed: 1 });
  const limits = {
    ...wideLimits,
    retentionPeriodMs: 90 * dayMs,
    retentionStream: [
      { selector: '{class="audit"}', priority: 10, periodMs: 365 * dayMs },
      { selector: '{class="debug"}', priority: 1, periodMs: 30 * dayMs },
      { selector: '{class="debug"}', priority: 1, periodMs: 60 * dayMs },
      { selector: '{keep="ever"}', priority: 99, periodMs: 0 },
    ],
  };
  const settings = { retentionEnabled: true, compactionIntervalMs: 10_000 * dayMs, flushCheckPeriodMs: 10_000 * dayMs };
  const store = await openTestStore({ disk, clock, settings, limitsFor: () => limits });
  const classes = { audit: 365, plain: 90, debug: 30 };
  const lastDay = 400;
  for (let day = 0; day <= lastDay; day++) {
    const offset = startNs - nowNs + BigInt(day * dayMs) * 1_000_000n;
    for (const name of Object.keys(classes)) {
      await push(store, { class: name }, [
        [offset, `${name} ${day} first`],
        [offset + 1_800_000_000_000n, `${name} ${day} second`],
      ]);
    }
    await push(store, { class: 'debug', keep: 'ever' }, [[offset, `ever ${day}`]]);
    await store.flush();
    if (day % 20 === 0 || day === lastDay) await store.maintain();
    if (day === 100 || day === lastDay) {
      const nowMs = Number(clock.nowNs() / 1_000_000n);
      for (const [name, days] of Object.entries(classes)) {
        const found = await daysOf(store, name, startNs);
        if (name === 'debug') for (const each of found.keys()) found.set(each, Math.min(2, found.get(each)!));
        for (let past = 0; past <= day; past++) {
          const ageMs = nowMs - (Number(startNs / 1_000_000n) + past * dayMs + 1_800_000);
          if (ageMs <= days * dayMs) assert.ok(found.get(past)! >= 2, `${name} of day ${past} on day ${day} is there`);
          else if (name !== 'debug')
            assert.equal(found.get(past), undefined, `${name} of day ${past} on day ${day} is gone`);
        }
      }
    }
    await clock.advance(dayMs);
  }
  const rows = await readAll(store);
  const count = (text: string) => rows.filter((row) => row.line.startsWith(text)).length;
  assert.equal(count('ever'), lastDay + 1);
  assert.equal(count('audit'), 2 * 365);
  assert.equal(count('plain'), 2 * 90);
  assert.equal(count('debug'), 2 * 30);
  await store.close();
});

test('a chunk is read for retention once, not in every round', async () => {
  const clock = new SimulatedClock(nowNs);
  const disk = new SimulatedDisk({ seed: 1 });
  const limits = {
    ...wideLimits,
    retentionPeriodMs: 365 * dayMs,
    retentionStream: [{ selector: '{class="debug"}', priority: 1, periodMs: 30 * dayMs }],
  };
  const settings = { retentionEnabled: true, openChunksMax: 0, compactionIntervalMs: 10_000 * dayMs };
  const store = await openTestStore({ disk, clock, settings, limitsFor: () => limits });
  await push(store, { class: 'audit' }, [[0, 'kept for a year']]);
  await store.flush();
  await clock.advance(40 * dayMs);
  let reads = 0;
  disk.beforeOperation = (operation) => {
    if (operation === 'openRead') reads++;
  };
  for (let round = 0; round < 5; round++) await store.maintain();
  assert.equal(reads, 1);
  await clock.advance(330 * dayMs);
  await store.maintain();
  assert.equal(reads, 1, 'what is older than every period needs no look');
  assert.deepEqual(await readLines(store), []);
  await store.close();
});

test('a clock that is set to a wrong year removes nothing', async () => {
  const clock = new SimulatedClock(nowNs);
  const limits = { ...wideLimits, retentionPeriodMs: 30 * dayMs };
  const store = await openTestStore({ clock, settings: { retentionEnabled: true }, limitsFor: () => limits });
  await push(store, { app: 'x' }, [[0, 'young']]);
  await store.flush();
  clock.jumpTo(nowNs + BigInt(3650 * dayMs) * 1_000_000n);
  await store.maintain();
  assert.deepEqual(await readLines(store), ['young']);
  clock.jumpTo(nowNs - BigInt(3650 * dayMs) * 1_000_000n);
  await store.maintain();
  assert.deepEqual(await readLines(store), ['young']);
  clock.jumpTo(nowNs);
  await clock.advance(31 * dayMs);
  await store.maintain();
  assert.deepEqual(await readLines(store), []);
  await store.close();
});

test('a selector that cannot be read keeps everything', async () => {
  const clock = new SimulatedClock(nowNs);
  const retentionStream = [{ selector: '{broken', priority: 1, periodMs: 30 * dayMs }];
  const limits = { ...wideLimits, retentionPeriodMs: dayMs, retentionStream };
  const store = await openTestStore({ clock, settings: { retentionEnabled: true }, limitsFor: () => limits });
  await push(store, { app: 'x' }, [[-300n * BigInt(dayMs) * 1_000_000n, 'old']]);
  await store.flush();
  await store.maintain();
  assert.deepEqual(await readLines(store), ['old']);
  await store.close();
});

test('nothing expires without retention, or with a period of 0', async () => {
  const clock = new SimulatedClock(nowNs);
  for (const [enabled, periodMs] of [
    [false, dayMs],
    [true, 0],
  ] as const) {
    const limits = { ...defaultLimits, ...wideLimits, retentionPeriodMs: periodMs };
    const store = await openTestStore({ clock, settings: { retentionEnabled: enabled }, limitsFor: () => limits });
    await push(store, { app: 'x' }, [[-300n * BigInt(dayMs) * 1_000_000n, 'old']]);
    await store.flush();
    await store.maintain();
    assert.deepEqual(await readLines(store), ['old']);
  }
});
