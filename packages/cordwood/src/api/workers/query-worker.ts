import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Batch } from '../../model/batch.ts';
import { assert } from '../../model/failure.ts';
import type { Select, SelectRequest } from '../../model/select-request.ts';
import { createEngine } from '../../query/engine.ts';
import { SnapshotReader } from '../../store/snapshot-reader.ts';
import { defaultStoreSettings } from '../../store/store-settings.ts';
import { systemClock } from '../../world/system-clock.ts';
import { systemDisk } from '../../world/system-disk.ts';
import { compileDelete } from '../deletes/delete-requests.ts';
import { withoutDeleted } from '../deletes/hide-deleted.ts';
import type { FromWorker, PortableRequest, SnapshotAnswer, ToWorker } from './messages.ts';
import { fromPortable, toPortable } from './portable-failure.ts';

/**
 * A thread that runs queries: the engine as it is in the server's thread, over chunk files that it opens itself. What there is to
 * read it asks the server's thread, once for each range that a query reads. The engine lets go of the thread now and then, and then a
 * cancellation gets through.
 */

/** An idle worker lets go of its files, so that chunks which were replaced give their space back. */
const idleMs = 30_000;

assert(parentPort !== null, 'this file runs in a worker');
const port: MessagePort = parentPort;
const reader = new SnapshotReader(systemDisk, defaultStoreSettings);
const jobs = new Map<number, AbortController>();
const reads = new Map<number, (answer: SnapshotAnswer) => void>();
let lastRead = 0;
let stopIdle = () => {};

function send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...transfer]);
}

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'run':
      void run(message.job, message.request);
      break;
    case 'cancel':
      jobs.get(message.job)?.abort();
      break;
    case 'snapshot':
      reads.get(message.read)?.(message.answer);
      reads.delete(message.read);
  }
});
send({ kind: 'ready' });

async function run(job: number, { limits, ...request }: PortableRequest): Promise<void> {
  stopIdle();
  const cancel = new AbortController();
  jobs.set(job, cancel);
  try {
    const byTenant = new Map(limits);
    const limitsFor = (tenant: (typeof request.tenants)[number]) => byTenant.get(tenant)!;
    const engine = createEngine({ select: selectOf(job), clock: systemClock, limitsFor });
    const result = await engine.run({ ...request, signal: cancel.signal });
    const columns =
      result.kind === 'matrix' ? result.series.flatMap(({ timestampsMs, values }) => [timestampsMs, values]) : [];
    send(
      { kind: 'result', job, result },
      columns.map((column) => column.buffer as ArrayBuffer),
    );
  } catch (error) {
    send({ kind: 'failure', job, failure: toPortable(error) });
  } finally {
    jobs.delete(job);
    if (jobs.size === 0) stopIdle = systemClock.after(idleMs, () => void (jobs.size === 0 && reader.close()));
  }
}

function selectOf(job: number): Select {
  return (request) => select(job, request);
}

async function* select(job: number, request: SelectRequest): AsyncGenerator<Batch, void> {
  const { tenant, range } = request;
  const read = ++lastRead;
  const answer = await new Promise<SnapshotAnswer>((resolve) => {
    reads.set(read, resolve);
    send({ kind: 'read', job, read, tenant, range: { startNs: range.startNs, endNs: range.endNs } });
  });
  if (answer.failure !== undefined) throw fromPortable(answer.failure);
  if (answer.snapshot === undefined) return;
  try {
    const batches = reader.select(answer.snapshot, request);
    yield* answer.hiding.length === 0
      ? batches
      : withoutDeleted(batches, answer.hiding.map(compileDelete), request.signal);
  } finally {
    send({ kind: 'readEnded', read });
  }
}
