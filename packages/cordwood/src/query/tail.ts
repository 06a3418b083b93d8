import type { LogExpression } from '@cordwood/logql';
import type { Batch } from '../model/batch.ts';
import { LogRows, planLog, ResultStreams } from './log-evaluator.ts';
import type { ResultStream } from './request.ts';

/** A log expression as live tail needs it: a batch of new entries of one tenant to the streams of an answer. */
export function compileTail(
  expression: LogExpression,
  options: { categorizeLabels?: boolean } = {},
): (batch: Batch) => readonly ResultStream[] {
  const plan = planLog(expression);
  const rows = new LogRows(plan, undefined);
  return (batch) => {
    const matching = batch.streams.map((stream) => plan.predicate.matchesStream(stream.labels));
    if (!matching.includes(true)) return [];
    const answer = new ResultStreams(options.categorizeLabels ?? false);
    const ofMatchingStreams = Uint8Array.from(batch.streamIndexes, (stream) => (matching[stream] ? 1 : 0));
    rows.read(
      batch,
      () => true,
      (row) => {
        answer.add(row);
        return true;
      },
      ofMatchingStreams,
    );
    return answer.finish().streams;
  };
}
