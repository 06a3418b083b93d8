import type { Batch } from '../../model/batch.ts';
import type { LimitsFor } from '../../model/limits.ts';
import type { Select } from '../../model/select-request.ts';
import { PipelineRun } from '../../query/line/pipeline.ts';
import type { CompiledDelete, DeleteRequests } from './delete-requests.ts';
import { keepRows } from './keep-rows.ts';

/** A source that leaves out what delete requests cover, from the moment they are acknowledged. */
export function hideDeleted(select: Select, deletes: DeleteRequests, limitsFor: LimitsFor): Select {
  return (request) => {
    if (limitsFor(request.tenant).deletionMode === 'disabled') return select(request);
    const hiding = deletes.hiding(request.tenant, request.range);
    return hiding.length === 0 ? select(request) : withoutDeleted(select(request), hiding, request.signal);
  };
}

/** The batches without the rows that the requests cover. */
export async function* withoutDeleted(
  batches: AsyncIterable<Batch>,
  hiding: readonly CompiledDelete[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch, void> {
  const finders = hiding.map((request) => createFinder(request));
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const deleted = new Uint8Array(batch.rowCount);
    for (const find of finders) find(batch, deleted);
    const left = keepRows(batch, deleted);
    if (left.rowCount > 0) yield left;
  }
}

/** Marks the rows of a batch that a request covers. */
function createFinder({
  startNs,
  endNs,
  plan,
  hasStages,
}: CompiledDelete): (batch: Batch, deleted: Uint8Array) => void {
  const run = new PipelineRun(plan.pipeline);
  return (batch, deleted) => {
    const streams = batch.streams.map(({ labels }) => plan.predicate.matchesStream(labels));
    if (!streams.includes(true)) return;
    const { timestampsNs, streamIndexes, rowCount } = batch;
    const candidates = new Uint8Array(rowCount);
    let any = false;
    for (let row = 0; row < rowCount; row++) {
      const timestampNs = timestampsNs[row]!;
      if (deleted[row] === 1 || timestampNs < startNs || timestampNs > endNs || !streams[streamIndexes[row]!]) continue;
      candidates[row] = 1;
      any = true;
    }
    if (!any) return;
    if (!hasStages) {
      for (let row = 0; row < rowCount; row++) if (candidates[row] === 1) deleted[row] = 1;
      return;
    }
    const selected = plan.predicate.selectRows(batch);
    if (selected !== undefined) for (let row = 0; row < rowCount; row++) candidates[row]! &= selected[row]!;
    run.run(batch, candidates, ({ index }) => {
      deleted[index] = 1;
      return true;
    });
  };
}
