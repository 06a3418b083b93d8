import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemRandom } from '../../world/random.ts';
import { RetryingObjectStore } from '../../world/retrying-object-store.ts';
import { S3ObjectStore } from '../../world/s3-object-store.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { systemClock } from '../../world/system-clock.ts';
import { openS3Server, type TestS3Server } from '../../world/test/s3-server.ts';
import { openTestStore, push, readLines, tenantA } from '../test/test-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'cordwood-s3-store-'));
let server: TestS3Server;
before(async () => {
  server = await openS3Server(directory, ['logs']);
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

test('a store on a real S3 server: sealed, joined, removed, taken over by a new machine', async () => {
  const s3 = new S3ObjectStore(server.settings('logs', 'team/'));
  const objects = new RetryingObjectStore(s3, { clock: systemClock, random: systemRandom });
  const open = () => openTestStore({ disk: new SimulatedDisk({ seed: 1 }), objects, settings: { runsToJoin: 3 } });
  const keys = async () => {
    const found: string[] = [];
    for await (const page of objects.list('cordwood/tenants/a/chunks/')) found.push(...page);
    return found;
  };
  const lines = Array.from({ length: 6 }, (_, i) => `line ${i} ${'x'.repeat(50)}`);
  const first = await open();
  for (const [i, line] of lines.entries()) {
    await push(first, { app: 'x' }, [[i, line]]);
    await first.flush();
  }
  assert.equal((await keys()).length, 6);
  await first.maintain();
  assert.equal((await keys()).length, 1, 'the joined chunk only');
  const all = { startNs: 0n, endNs: 2n ** 62n };
  await first.removeRows(tenantA, all, (batch) => new Uint8Array(batch.rowCount).fill(1, 0, 2));
  await first.close();
  const second = await open();
  assert.deepEqual(await readLines(second), lines.slice(2));
  await push(second, { app: 'x' }, [[100, 'more']]);
  await second.close();
  assert.deepEqual(await readLines(await open()), [...lines.slice(2), 'more']);
  s3.close();
});
