import assert from 'node:assert/strict';
import test from 'node:test';
import type { Batch } from '../model/batch.ts';
import { printLabels } from '../model/labels.ts';
import { streamPredicate } from '../model/predicate.ts';
import type { SelectRequest } from '../model/select-request.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { transferables } from './portable-snapshot.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { defaultStoreSettings } from './store-settings.ts';
import { allTime, nowNs, openTestStore, stream, tenantA } from './test/test-store.ts';

async function rowsOf(batches: AsyncIterable<Batch>): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of batches) {
    const { bytes, starts, ends } = batch.lines();
    for (let row = 0; row < batch.rowCount; row++) {
      const line = Buffer.from(bytes.subarray(starts[row], ends[row])).toString();
      const labels = printLabels(batch.streams[batch.streamIndexes[row]!]!.labels);
      const metadata = printLabels(batch.structuredMetadata(row));
      rows.push(`${batch.timestampsNs[row]! - nowNs} ${labels} ${line} ${metadata} ${batch.sequences[row]}`);
    }
  }
  return rows;
}

test('a snapshot that was posted is read as the store itself is', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk });
  const about = { format: 'json' } as const;
  await store.push(
    tenantA,
    [
      stream({ app: 'x' }, [
        [1, 'one'],
        [5, '{"a":1}', { k: 'v' }],
      ]),
    ],
    about,
  );
  await store.flush();
  await store.push(
    tenantA,
    [
      stream({ app: 'x' }, [
        [3, 'three'],
        [2, 'two', { k: 'w' }],
      ]),
      stream({ app: 'y' }, [[4, 'four']]),
    ],
    about,
  );
  const pinned = (await store.portableSnapshot!(tenantA, allTime))!;
  // What crosses is plain data; the columns of the head are given away.
  const { snapshot } = pinned;
  const posted = structuredClone(snapshot, { transfer: transferables(snapshot) });
  // Neither later entries nor sealing change what was taken.
  await store.push(tenantA, [stream({ app: 'x' }, [[6, 'six']])], about);
  const reader = new SnapshotReader(disk, defaultStoreSettings);
  for (const direction of ['forward', 'backward'] as const) {
    for (const order of ['time', 'any'] as const) {
      const request: SelectRequest = {
        tenant: tenantA,
        range: { startNs: nowNs + 1n, endNs: nowNs + 6n },
        predicate: streamPredicate(() => true),
        order,
        direction,
      };
      const [read, expected] = [await rowsOf(reader.select(posted, request)), await rowsOf(store.select(request))];
      if (order === 'any') for (const rows of [read, expected]) rows.sort();
      assert.deepEqual(read, expected);
      assert.equal(read.length, 5);
    }
  }
  await reader.close();
  await pinned.release();
  await store.close();
});

test('a tenant without data has no snapshot', async () => {
  const store = await openTestStore();
  assert.equal(await store.portableSnapshot!(tenantA, allTime), undefined);
  await store.close();
});
