import type { Batch } from '../../model/batch.ts';
import { PipelineRun } from '../../query/line/pipeline.ts';
import type { CompiledDelete } from './delete-requests.ts';

/** Marks the rows of a batch that a request covers. */
export function createCoverFinder({
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
