import { Buffer, isUtf8 } from 'node:buffer';
import type { Selector, Stage, Unwrap } from '@cordwood/logql';
import type { Batch } from '../model/batch.ts';
import { hasLabel, type Labels } from '../model/labels.ts';
import type { ChunkSummary, Predicate } from '../model/predicate.ts';
import { BatchLines } from './line/batch-lines.ts';
import { verdicts } from './line/column-filter.ts';
import { judgeRows } from './line/column-plan.ts';
import { LabelColumns } from './line/label-column.ts';
import { countRows } from './line/line-block.ts';
import { literalTest } from './line/literal-test.ts';
import { type Pipeline, selectByLeadingFilters } from './line/pipeline.ts';
import { duplicateSuffix } from './line/row-labels.ts';
import { orderStages } from './line/stage-order.ts';
import { type LiteralClause, requiredLiterals } from './required-literals.ts';
import { compileSelector } from './stream-matchers.ts';

/** What a query asks of a store, and which rows of a batch it need not look at itself. */
export interface LogPredicate extends Predicate {
  /** What a chunk must contain to be read. */
  readonly chunkClauses: readonly LiteralClause[];
  /**
   * Rows of a batch from the store that pass the leading line filters, and perhaps some fewer that cannot pass: what the store
   * asked about is not worked out again. undefined: all.
   */
  candidates(batch: Batch): Uint8Array | undefined;
}

export function createLogPredicate(
  selector: Selector,
  stages: readonly Stage[],
  unwrap: Unwrap | undefined,
  pipeline: Pipeline,
): LogPredicate {
  const clauses = requiredLiterals(orderStages(stages), unwrap);
  const { columns: plan, leading, counts } = pipeline;
  // A chunk that can look for literals has columns, and those answer a label filter for less.
  const behindColumns =
    plan.parser.kind === 'none' ? 0 : plan.complete ? Number.POSITIVE_INFINITY : leading.length + plan.stageCount;
  const chunkClauses = clauses.filter((clause) => clause.unlessLabel === undefined || clause.stage >= behindColumns);
  const byChunk = chunkClauses.map(({ anyOf, unlessLabel }) => ({
    literals: anyOf.map((text) => Buffer.from(text)),
    unlessLabel,
  }));
  // Line filters have been applied exactly by then.
  const byRow = clauses.filter((clause) => clause.unlessLabel !== undefined).map(compileClause);
  const answers = new WeakMap<Batch, { rows: Uint8Array | undefined }>();

  function select(batch: Batch): Uint8Array | undefined {
    const lines = new BatchLines(batch);
    const found = selectByLeadingFilters(pipeline, lines, pipeline.counts);
    if (found !== undefined && !found.includes(1)) return found;
    const columns = LabelColumns.of(batch, plan.parser);
    const judged = judgeRows(plan, batch, columns);
    const judgedRows = judged === undefined ? found : dropFailed(judged, found);
    // Columns say more than literals do.
    if (byRow.length === 0 || (columns !== undefined && plan.parser.kind !== 'none')) return judgedRows;
    const candidates = judgedRows ?? new Uint8Array(batch.rowCount).fill(1);
    // Invalid bytes count as U+FFFD, which these clauses cannot look for.
    if (!isUtf8(lines.block(candidates).buffer)) return judgedRows;
    for (const narrow of byRow) narrow(batch, lines, candidates);
    return candidates;
  }

  return {
    chunkClauses,
    matchesStream: compileSelector(selector.matchers),
    couldMatch(summary: ChunkSummary) {
      return byChunk.every(({ literals, unlessLabel }) => {
        if (unlessLabel !== undefined && origins(unlessLabel).some((name) => summary.mayHaveLabel?.(name) !== false)) {
          return true;
        }
        return literals.some((literal) => summary.mayContain(literal));
      });
    },
    selectRows(batch) {
      const rows = select(batch);
      answers.set(batch, { rows });
      if (counts !== undefined) {
        counts.read += batch.rowCount;
        counts.candidates += rows === undefined ? batch.rowCount : countRows(rows);
      }
      return rows;
    },
    candidates(batch) {
      if (batch.selected === true) return undefined;
      const answer = answers.get(batch);
      return answer === undefined ? selectByLeadingFilters(pipeline, new BatchLines(batch)) : answer.rows;
    },
  };
}

/** Clears the candidates that neither contain one of the literals nor have the label from elsewhere. */
function compileClause(clause: LiteralClause): (batch: Batch, lines: BatchLines, candidates: Uint8Array) => void {
  const tests = clause.anyOf.map(literalTest);
  const name = clause.unlessLabel!;
  const names = origins(name);
  const known = new WeakMap<Labels, boolean>();
  const hasName = (metadata: Labels) => {
    let has = known.get(metadata);
    if (has === undefined) {
      has = metadata.some((label) => names.includes(label.name));
      known.set(metadata, has);
    }
    return has;
  };
  return (batch, lines, candidates) => {
    const found = new Uint8Array(batch.rowCount);
    for (const test of tests) test.search(lines, candidates, found);
    const streamHas = batch.streams.map((stream) => hasLabel(stream.labels, name));
    for (let row = 0; row < batch.rowCount; row++) {
      if (candidates[row] === 0 || found[row] === 1 || streamHas[batch.streamIndexes[row]!]) continue;
      if (!hasName(batch.structuredMetadata(row))) candidates[row] = 0;
    }
  };
}

/** Metadata named like a stream label gets a suffix, so that a label `x_extracted` may be metadata `x`. */
function origins(name: string): string[] {
  return name.endsWith(duplicateSuffix) ? [name, name.slice(0, -duplicateSuffix.length)] : [name];
}

function dropFailed(judged: Uint8Array, candidates: Uint8Array | undefined): Uint8Array {
  const kept = new Uint8Array(judged.length);
  for (let row = 0; row < kept.length; row++) {
    kept[row] = judged[row] === verdicts.fails || candidates?.[row] === 0 ? 0 : 1;
  }
  return kept;
}
