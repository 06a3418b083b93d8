import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { type CopyJob, openCheckpoint, storedJob } from './checkpoint.ts';

const job: CopyJob = {
  from: 'http://a',
  to: 'http://b',
  tenants: ['fake'],
  rules: ['{}=t'],
  addLabels: [],
  only: '',
  startNs: 100n,
  endNs: 300n,
  windowNs: 100n,
};
const [first, second] = [
  { startNs: 100n, endNs: 200n },
  { startNs: 200n, endNs: 300n },
];

test('positions, windows and totals are there again', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const checkpoint = await openCheckpoint(disk, '/state', job);
  checkpoint.advance('fake', '{a="b"}', 150n);
  checkpoint.totals.entries = 7;
  await checkpoint.close();

  const again = await openCheckpoint(disk, '/state', job);
  assert.equal(again.position('fake', first, '{a="b"}'), 150n);
  assert.equal(again.position('fake', first, '{other="c"}'), 100n);
  assert.deepEqual([again.totals.entries, again.totals.runs], [7, 2]);
  assert.ok(!again.isDone('fake', first));
  again.finishWindow('fake', first);
  assert.ok(again.isDone('fake', first) && !again.isDone('fake', second));
  assert.equal(again.position('fake', second, '{a="b"}'), 200n);
  await again.close();
  assert.deepEqual(await storedJob(disk, '/state'), job);
});

test('a crash leaves what was saved', async () => {
  const disk = new SimulatedDisk({ seed: 2 });
  const checkpoint = await openCheckpoint(disk, '/state', job);
  checkpoint.advance('fake', '{a="b"}', 150n);
  await checkpoint.save();
  checkpoint.advance('fake', '{a="b"}', 170n);
  disk.crash();
  const again = await openCheckpoint(disk, '/state', job);
  assert.equal(again.position('fake', first, '{a="b"}'), 150n);
});

test('another copy, and what is no checkpoint, are refused', async () => {
  const disk = new SimulatedDisk({ seed: 3 });
  await (await openCheckpoint(disk, '/state', job)).close();
  await assert.rejects(
    openCheckpoint(disk, '/state', { ...job, to: 'http://c' }),
    /another copy \(to: 'http:\/\/b', now/,
  );
  const file = await disk.openWrite('/state/checkpoint.json');
  await file.append([Buffer.from('{"version":9}')]);
  await file.close();
  await assert.rejects(openCheckpoint(disk, '/state', job), /no checkpoint of cordwood migrate copy/);
});

test('a second copier on the same folder is refused', async () => {
  const disk = new SimulatedDisk({ seed: 4 });
  await openCheckpoint(disk, '/state', job);
  await assert.rejects(openCheckpoint(disk, '/state', job), /another process/);
});
