import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceFile } from '../world/disk.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { openSpool, type Spool, type SpoolOptions } from './spool.ts';

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

function spoolOn(disk: SimulatedDisk, overrides: Partial<SpoolOptions> = {}): Promise<Spool> {
  const directory = '/queue/a';
  const log = () => {};
  return openSpool({ disk, directory, log, ageMsMax: 1000, sizeBytesMax: 1000, nowMs: () => 0, ...overrides });
}

async function drain(spool: Spool): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (let message = await spool.first(); message; message = await spool.first()) {
    found.push(text(message.bytes));
    await spool.remove(message);
  }
  return found;
}

test('messages come out as they went in, after a restart too, and removed ones do not come back', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const first = await spoolOn(disk);
  for (const value of ['one', 'two', 'three']) await first.add(bytes(value), 1, 0);
  await first.remove((await first.first())!);
  const second = await spoolOn(disk);
  await second.add(bytes('four'), 1, 0);
  assert.deepEqual(second.statistics(), { messages: 3, items: 3, sizeBytes: 24, itemsDropped: 0 });
  assert.deepEqual(await drain(second), ['two', 'three', 'four']);
  assert.deepEqual(await drain(await spoolOn(disk)), []);
});

test('what was added is there after any crash, whole and in order', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = new SimulatedDisk({ seed });
    const spool = await spoolOn(disk, { sizeBytesMax: 1e6 });
    const added: string[] = [];
    const stopAt = disk.operationCount + seed * 3;
    const adding = (async () => {
      for (let i = 0; disk.operationCount < stopAt; i++) {
        await spool.add(bytes(`message ${i}`), 1, 0);
        added.push(`message ${i}`);
      }
    })();
    await adding;
    // One more is under way when the machine stops.
    const last = spool.add(bytes('under way'), 1, 0).catch(() => {});
    disk.crash();
    await last;
    disk.startProcess();
    const found = await drain(await spoolOn(disk, { sizeBytesMax: 1e6 }));
    assert.deepEqual(found.slice(0, added.length), added, `seed ${seed}`);
    assert.ok(found.length <= added.length + 1, `seed ${seed}`);
  }
});

test('old messages, messages beyond the size, and damaged ones are dropped and counted', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const nowMs = 5000;
  const spool = await spoolOn(disk, { sizeBytesMax: 40, nowMs: () => nowMs });
  await spool.add(bytes('too old'), 3, 3000);
  await spool.add(bytes('damaged'), 2, 4500);
  await replaceFile(disk, '/queue/a/0000000000000002-4500-2', [bytes('rubbish')]);
  await spool.add(bytes('fine'), 1, 4600);
  assert.equal(text((await spool.first())?.bytes), 'fine');
  assert.equal(spool.statistics().itemsDropped, 5);
  await spool.add(bytes('0123456789'), 1, 4700);
  await spool.add(bytes('0123456789012345'), 1, 4700);
  assert.equal(spool.statistics().itemsDropped, 6);
  assert.deepEqual(await drain(spool), ['0123456789', '0123456789012345']);
});

test('a disk that refuses keeps nothing from being sent', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const spool = await spoolOn(disk);
  disk.writeFailureRate = 1;
  await spool.add(bytes('in memory'), 1, 0);
  assert.deepEqual(await drain(spool), ['in memory']);
});
