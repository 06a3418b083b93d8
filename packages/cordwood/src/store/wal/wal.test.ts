import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../../codec/checksum.ts';
import { WorldError } from '../../model/failure.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { Wal } from './wal.ts';
import { recordHeaderBytes, scanSegment, segmentMagic, writeRecordHeader } from './wal-format.ts';

function record(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const bytes = new Uint8Array(recordHeaderBytes + payload.length);
  writeRecordHeader(bytes, 0, payload.length, checksum(payload));
  bytes.set(payload, recordHeaderBytes);
  return bytes;
}

function append(wal: Wal, text: string): Promise<void> {
  return new Promise((resolve, reject) => wal.append({ parts: [record(text)], durable: resolve, failed: reject }));
}

async function open(disk: SimulatedDisk, segmentBytesMax = 1000) {
  const seen: string[] = [];
  const { wal, report } = await Wal.open({
    disk,
    directory: '/wal',
    segmentBytesMax,
    log: () => {},
    replay: (payload) => {
      seen.push(Buffer.from(payload).toString());
    },
  });
  return { wal, report, seen };
}

test('records come back in order, over several segments', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const { wal, seen } = await open(disk, 50);
  assert.deepEqual(seen, []);
  for (const text of ['one', 'two', 'three', 'four', 'five', 'six']) await append(wal, text);
  await wal.close();
  assert.ok(disk.paths().length > 1);
  const again = await open(disk, 50);
  assert.deepEqual(again.seen, ['one', 'two', 'three', 'four', 'five', 'six']);
  await again.wal.removeBefore(again.wal.segment);
  assert.deepEqual(disk.paths(), []);
});

test('many waiting records share one sync', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const { wal } = await open(disk, 1e6);
  await append(wal, 'opens the segment');
  let syncs = 0;
  disk.beforeOperation = (operation) => {
    if (operation === 'sync') syncs++;
  };
  const order: number[] = [];
  await Promise.all(Array.from({ length: 100 }, (_, i) => append(wal, `r${i}`).then(() => order.push(i))));
  assert.ok(syncs <= 2, `${syncs} syncs`);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
});

test('after a failed sync everything in flight fails and a new segment begins', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const { wal } = await open(disk);
  await append(wal, 'good');
  const segment = wal.segment;
  disk.beforeOperation = (operation, path) => {
    if (operation === 'sync') throw new WorldError('DISK_WRITE', 'no', { path });
  };
  const results = await Promise.allSettled([append(wal, 'a'), append(wal, 'b')]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['rejected', 'rejected'],
  );
  disk.beforeOperation = undefined;
  await append(wal, 'later');
  assert.equal(wal.segment, segment + 1);
  await wal.close();
  await assert.rejects(append(wal, 'too late'), /closed/);
  const { seen } = await open(disk);
  assert.equal(seen[0], 'good');
  assert.equal(seen.at(-1), 'later');
});

/** Bytes of a segment with records a, b, c, then what is done to them, and what must survive. */
function damage(
  name: string,
  change: (bytes: Buffer) => Uint8Array,
  expected: string[] | undefined,
  damaged = 0,
): void {
  test(`damage: ${name}`, () => {
    const bytes = Buffer.concat([segmentMagic, record('aaaa'), record('bbbb'), record('cccc')]);
    const scan = scanSegment(change(bytes));
    assert.deepEqual(
      scan?.payloads.map((payload) => Buffer.from(payload).toString()),
      expected,
    );
    assert.equal(scan?.damagedAt.length ?? 0, damaged);
  });
}

const size = recordHeaderBytes + 4;
const first = segmentMagic.length;
const flip = (offset: number) => (bytes: Buffer) => {
  bytes[offset]! ^= 0x40;
  return bytes;
};
damage('none', (bytes) => bytes, ['aaaa', 'bbbb', 'cccc']);
damage('empty file', () => new Uint8Array(0), []);
damage('half a magic', (bytes) => bytes.subarray(0, 4), []);
damage('another magic', flip(2), undefined);
damage('only the magic', (bytes) => bytes.subarray(0, first), []);
damage('cut in the last payload', (bytes) => bytes.subarray(0, -1), ['aaaa', 'bbbb']);
damage('cut in the last header', (bytes) => bytes.subarray(0, first + 2 * size + 5), ['aaaa', 'bbbb']);
damage('last payload flipped', flip(first + 2 * size + recordHeaderBytes), ['aaaa', 'bbbb']);
damage('last checksum flipped', flip(first + 2 * size + 8), ['aaaa', 'bbbb']);
damage('last mark flipped', flip(first + 2 * size), ['aaaa', 'bbbb']);
damage('zeros behind the end', (bytes) => Buffer.concat([bytes, Buffer.alloc(100)]), ['aaaa', 'bbbb', 'cccc']);
damage('middle payload flipped', flip(first + size + recordHeaderBytes), ['aaaa', 'cccc'], 1);
damage('middle mark flipped', flip(first + size), ['aaaa', 'cccc'], 1);
damage('middle length huge', flip(first + size + 7), ['aaaa', 'cccc'], 1);
damage('first and middle flipped', (bytes) => flip(first + size + 9)(flip(first + 9)(bytes) as Buffer), ['cccc'], 1);

test('a segment of a newer version stops the start', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  await disk.createDirectory('/wal');
  disk.overwrite('/wal/000000000001.wal', Buffer.from('CWWALSG\x09'));
  await assert.rejects(open(disk), (error) => error instanceof WorldError && error.code === 'FORMAT_VERSION');
});
