import type { Batch } from '../../model/batch.ts';
import type { LimitsFor } from '../../model/limits.ts';
import type { Select } from '../../model/select-request.ts';
import type { CompiledDelete, DeleteRequests } from './delete-requests.ts';
import { createCoverFinder } from './find-covered.ts';
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
  const finders = hiding.map(createCoverFinder);
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const deleted = new Uint8Array(batch.rowCount);
    for (const find of finders) find(batch, deleted);
    const left = keepRows(batch, deleted);
    if (left.rowCount > 0) yield left;
  }
}
