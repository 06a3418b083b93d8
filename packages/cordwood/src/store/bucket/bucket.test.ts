import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tenant } from '../../model/tenant.ts';
import { FaultyObjectStore } from '../../world/faulty-object-store.ts';
import { MemoryObjectStore } from '../../world/memory-object-store.ts';
import { randomInt, seededRandom } from '../../world/random.ts';
import { RetryingObjectStore } from '../../world/retrying-object-store.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import type { Store } from '../store.ts';
import type { StoreSettings } from '../store-settings.ts';
import { bucketOfProcess, nowNs, openTestStore, push, readLines, tenantA } from '../test/test-store.ts';

const isChunk = (path: string) => path.endsWith('.chunk');
const chunksOn = (disk: SimulatedDisk) => disk.paths().filter(isChunk);
const chunksIn = (objects: MemoryObjectStore) => [...objects.objects.keys()].filter(isChunk);

/** A machine with a disk of its own, and its process. */
function machine(objects: ConstructorParameters<typeof FaultyObjectStore>[0], seed = 1) {
  const disk = new SimulatedDisk({ seed });
  const open = (settings: Partial<StoreSettings> = {}) => {
    const process = disk.startProcess();
    return openTestStore({ disk: process, objects: bucketOfProcess(process, objects), settings });
  };
  return { disk, open };
}

async function sealedLines(store: Store, from: number, to: number, tenant = tenantA): Promise<void> {
  for (let i = from; i < to; i++) {
    await push(store, { app: 'x' }, [[i, `line ${i}`]], tenant);
    await store.flush();
  }
}
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

test('a new machine with an empty folder has what was sealed, and goes on', async () => {
  const objects = new MemoryObjectStore({ pageKeys: 2 });
  const first = await machine(objects).open();
  const odd = '..|/A b' as Tenant;
  await sealedLines(first, 0, 5);
  await sealedLines(first, 0, 2, odd);
  await first.close();
  const second = await machine(objects).open();
  assert.deepEqual(await readLines(second), lines(0, 5));
  assert.deepEqual(await readLines(second, { tenant: odd }), lines(0, 2));
  await sealedLines(second, 5, 7);
  // What was sent again is known, although it was sealed by another machine.
  await sealedLines(second, 0, 3);
  await second.close();
  const third = await machine(objects).open();
  assert.deepEqual(await readLines(third), lines(0, 7));
});

test('the folder that lost its bucket takes and publishes nothing, and is refused when it comes back', async () => {
  const objects = new MemoryObjectStore();
  const old = machine(objects);
  const first = await old.open();
  await sealedLines(first, 0, 2);
  const second = await machine(objects).open();
  await sealedLines(second, 2, 4);
  await push(first, { app: 'x' }, [[100, 'too late']]);
  await first.flush();
  await assert.rejects(push(first, { app: 'x' }, [[101, 'refused']]), { code: 'BUCKET_TAKEN' });
  assert.deepEqual(await readLines(first), ['line 0', 'line 1', 'too late'], 'reading goes on');
  await first.close();
  await assert.rejects(old.open(), { code: 'BUCKET_TAKEN' });
  await second.close();
  assert.deepEqual(await readLines(await machine(objects).open()), lines(0, 4));
});

test('a folder with data of its own adopts an empty bucket, and no other', async () => {
  const own = new SimulatedDisk({ seed: 1 });
  const before = await openTestStore({ disk: own, objects: undefined });
  await sealedLines(before, 0, 3);
  await before.close();
  const empty = new MemoryObjectStore();
  const after = await openTestStore({ disk: own, objects: bucketOfProcess(own, empty) });
  await after.flush();
  await after.close();
  assert.deepEqual(await readLines(await machine(empty).open()), lines(0, 3));
  const foreign = new MemoryObjectStore();
  const other = await machine(foreign).open();
  await sealedLines(other, 7, 9);
  const third = new SimulatedDisk({ seed: 1 });
  const local = await openTestStore({ disk: third });
  await sealedLines(local, 0, 1);
  await local.close();
  await assert.rejects(openTestStore({ disk: third, objects: bucketOfProcess(third, foreign) }), {
    code: 'BUCKET_TAKEN',
  });
});

test('a takeover that is cut off anywhere is done again', async () => {
  for (let killAt = 0; killAt < 40; killAt++) {
    const objects = new MemoryObjectStore();
    const first = await machine(objects).open();
    await sealedLines(first, 0, 3);
    await first.close();
    const { disk, open } = machine(objects, killAt);
    let left = killAt;
    disk.beforeOperation = () => {
      if (left-- === 0) disk.crash();
    };
    const attempt = await open().catch(() => undefined);
    disk.beforeOperation = undefined;
    if (attempt !== undefined) disk.crash();
    const again = await open();
    assert.deepEqual(await readLines(again), lines(0, 3), `cut off at operation ${killAt}`);
    await sealedLines(again, 3, 4);
    await again.close();
    assert.deepEqual(await readLines(await open()), lines(0, 4));
  }
});

test('the local disk keeps no more than the cache may', async () => {
  const objects = new MemoryObjectStore();
  const { disk, open } = machine(objects);
  let store = await open({ runsToJoin: 1000 });
  await sealedLines(store, 0, 20);
  const fileBytes = disk.bytesOf(chunksOn(disk)[0]!).length;
  await store.close();
  const settings = { runsToJoin: 1000, chunkCacheBytesMax: fileBytes * 3.5 };
  store = await open(settings);
  await store.flush();
  assert.equal(chunksOn(disk).length, 3);
  assert.deepEqual(await readLines(store), lines(0, 20));
  assert.deepEqual(await readLines(store, { direction: 'backward' }), lines(0, 20).reverse());
  assert.ok(chunksOn(disk).length <= 3, `${chunksOn(disk).length} chunks`);
  await store.close();
});

test('a damaged or lost copy on disk is fetched again', async () => {
  const objects = new MemoryObjectStore();
  const { disk, open } = machine(objects);
  let store = await open({ runsToJoin: 1000 });
  await sealedLines(store, 0, 3);
  await store.close();
  const [first, second] = chunksOn(disk);
  const bytes = disk.bytesOf(first!).slice();
  bytes[bytes.length - 10]! ^= 1;
  disk.overwrite(first!, bytes);
  await disk.remove(second!);
  store = await open({ runsToJoin: 1000 });
  await store.flush();
  assert.deepEqual(await readLines(store), lines(0, 3));
  await store.close();
});

test('an archived object is named, and everything else reads', async () => {
  const inner = new MemoryObjectStore();
  const store = await machine(inner).open({ runsToJoin: 1000 });
  await sealedLines(store, 0, 3);
  await store.close();
  const objects = new FaultyObjectStore(inner, { seed: 1, clock: new SimulatedClock(nowNs) });
  const [archived] = chunksIn(inner).sort();
  objects.archived.add(archived!);
  const again = await machine(objects).open({ runsToJoin: 1000 });
  await assert.rejects(readLines(again), { code: 'OBJECT_ARCHIVED', path: archived });
  const range = { startNs: nowNs + 1n, endNs: nowNs + 10n };
  assert.deepEqual(await readLines(again, { range }), lines(1, 3));
});

test('while the bucket is away everything is taken and read, afterwards it is published', async () => {
  const inner = new MemoryObjectStore();
  const objects = new FaultyObjectStore(inner, { seed: 1, clock: new SimulatedClock(nowNs) });
  const store = await machine(objects).open();
  await sealedLines(store, 0, 2);
  objects.isDown = true;
  await sealedLines(store, 2, 5);
  assert.deepEqual(await readLines(store), lines(0, 5));
  objects.isDown = false;
  await store.flush();
  assert.deepEqual(await readLines(await machine(inner).open()), lines(0, 5));
});

test('a folder that owns its bucket opens while the bucket is away; an empty one waits for it', async () => {
  const inner = new MemoryObjectStore();
  const objects = new FaultyObjectStore(inner, { seed: 1, clock: new SimulatedClock(nowNs) });
  const { open } = machine(objects);
  const first = await open();
  await sealedLines(first, 0, 2);
  await first.close();
  objects.isDown = true;
  const again = await open();
  assert.deepEqual(await readLines(again), lines(0, 2));
  await sealedLines(again, 2, 3);
  await sealedLines(again, 0, 1, 'new' as Tenant);
  await assert.rejects(machine(objects).open(), { code: 'OBJECT_STORE_UNAVAILABLE' });
  objects.isDown = false;
  await again.flush();
  await again.close();
  const other = await machine(inner).open();
  assert.deepEqual(await readLines(other), lines(0, 3));
  assert.deepEqual(await readLines(other, { tenant: 'new' as Tenant }), lines(0, 1));
});

test('what is removed leaves the bucket too, also what a crash left there', async () => {
  const objects = new MemoryObjectStore({ pageKeys: 2 });
  const { disk, open } = machine(objects);
  let store = await open();
  await sealedLines(store, 0, 5);
  await store.removeRows(tenantA, { startNs: nowNs, endNs: nowNs + 3n }, (batch) =>
    new Uint8Array(batch.rowCount).fill(1),
  );
  const texts = () => chunksIn(objects).map((key) => Buffer.from(objects.objects.get(key)!).toString('latin1'));
  assert.equal(texts().filter((text) => /line [012]/.test(text)).length, 0);
  assert.equal(chunksIn(objects).length, 2);
  await store.close();
  disk.crash();
  await objects.put('cordwood/tenants/a/chunks/0000000099.chunk', Buffer.from('an upload that no manifest lists'));
  await objects.put('cordwood/tenants/a/chunks/0000000098.chunk', Buffer.from('another'));
  await objects.put('cordwood/tenants/a/chunks/0000000097.chunk', Buffer.from('and one'));
  store = await open();
  await store.flush();
  assert.equal(chunksIn(objects).length, 2);
  assert.deepEqual(await readLines(store), lines(3, 5));
});

test('24 hours of a bucket that fails 5 % of the requests lose nothing', async (t) => {
  const seed = Number(process.env['SEED'] ?? 5);
  const random = seededRandom(seed);
  const clock = new SimulatedClock(nowNs);
  const inner = new MemoryObjectStore({ pageKeys: 10 });
  const faulty = new FaultyObjectStore(inner, {
    seed,
    clock,
    failureRate: 0.05,
    tornReadRate: 0.05,
    delayMsMax: 2_000,
    listLag: 5,
  });
  const tenants = ['a', 'b', 'c'] as Tenant[];
  const sent = new Map<Tenant, string[]>(tenants.map((tenant) => [tenant, []]));
  const disk = new SimulatedDisk({ seed });
  const open = (on: SimulatedDisk) =>
    openTestStore({
      disk: on.startProcess(),
      clock,
      objects: new RetryingObjectStore(faulty, { clock, random }),
      settings: {
        flushCheckPeriodMs: 120_000,
        chunkIdlePeriodMs: 15 * 60_000,
        chunkCacheBytesMax: 4_000,
        maxChunkAgeMs: 3_600_000,
      },
    });
  /** Lets time pass until the promise is settled. */
  const settle = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    while (!settled) await clock.advance(500);
    return promise;
  };
  let store = await settle(open(disk));
  const minutes = 24 * 60;
  const everyMinutes = 2;
  let line = 0;
  for (let minute = 0; minute < minutes; minute += everyMinutes) {
    const tenant = tenants[randomInt(random, tenants.length)]!;
    const offset = clock.nowNs() - nowNs;
    const text = `minute ${minute} line ${line++}`;
    await settle(push(store, { app: `app${randomInt(random, 3)}` }, [[offset, text]], tenant));
    sent.get(tenant)!.push(text);
    if (minute % 240 === 238) {
      // The process dies in the middle of whatever it was doing, and starts again on its disk.
      disk.crash();
      store = await settle(open(disk));
    }
    if (minute % 98 === 0) {
      const found = await settle(readLines(store, { tenant }));
      assert.deepEqual(found, sent.get(tenant), `seed ${seed}, minute ${minute}`);
    }
    await clock.advance(everyMinutes * 60_000);
  }
  await settle(store.flush());
  await settle(store.close());
  t.diagnostic(`${faulty.requests} requests, ${faulty.failures} of them failed`);
  assert.ok(faulty.failures > 20);
  const next = await settle(open(new SimulatedDisk({ seed: 2 })));
  for (const tenant of tenants) {
    assert.deepEqual(await settle(readLines(next, { tenant })), sent.get(tenant), `seed ${seed}, on a new machine`);
  }
});
