import type { Stage } from '@cordwood/logql';
import type { Batch, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';
import type { BatchLines } from './batch-lines.ts';
import { type ColumnPlan, compileColumnPlan } from './column-plan.ts';
import { type CompiledLineFilter, compileLineFilter, filterLines } from './line-filter.ts';
import { compileStage } from './registry.ts';
import { Row } from './row.ts';
import { StreamLabels } from './row-labels.ts';
import type { RowStage } from './stage.ts';
import { orderStages } from './stage-order.ts';
import { allLabels, type WantedLabels } from './wanted-labels.ts';

/**
 * The stages of a log query, made ready. Line filters at the front work on all lines of a batch at once and need neither
 * labels nor text; the other stages then see the rows that are left, one by one.
 */
export interface Pipeline {
  readonly leading: readonly CompiledLineFilter[];
  readonly rest: readonly RowStage[];
  /** What of `rest` columns can stand for. */
  readonly columns: ColumnPlan;
}

/** Stages that only extract labels. */
const parsers: ReadonlySet<Stage['kind']> = new Set(['json', 'logfmt', 'regexp', 'pattern', 'unpack']);

export function compilePipeline(stages: readonly Stage[], wanted: WantedLabels = allLabels): Pipeline {
  // A query that wants no label parses nothing.
  const nothing = wanted.names?.size === 0;
  const ordered = orderStages(stages).filter((stage) => !(nothing && parsers.has(stage.kind)));
  const firstOther = ordered.findIndex((stage) => stage.kind !== 'lineFilter');
  const leadingCount = firstOther < 0 ? ordered.length : firstOther;
  const leading: CompiledLineFilter[] = [];
  for (const stage of ordered.slice(0, leadingCount)) {
    if (stage.kind === 'lineFilter') leading.push(compileLineFilter(stage));
  }
  const rest = ordered.slice(leadingCount);
  return {
    leading,
    rest: rest.map((stage) => compileStage(stage, wanted)),
    columns: compileColumnPlan(rest),
  };
}

/** Rows that pass the leading line filters, 1 a row; undefined: all. */
export function selectByLeadingFilters(pipeline: Pipeline, lines: BatchLines): Uint8Array | undefined {
  if (pipeline.leading.length === 0) return undefined;
  const candidates = new Uint8Array(lines.rowCount).fill(1);
  for (const filter of pipeline.leading) {
    filterLines(filter, lines, candidates);
    if (!candidates.includes(1)) break;
  }
  return candidates;
}

/** A row that passed; valid until `visit` returns. */
export interface PassedRow {
  readonly row: Row;
  readonly index: number;
  readonly stream: StreamLabels;
  /** Structured metadata as the query sees it. */
  readonly metadata: Labels;
}

/** Runs one pipeline over the batches of one tenant. Keeps what it learnt about streams from batch to batch. */
export class PipelineRun {
  readonly #pipeline: Pipeline;
  readonly #streams = new Map<number, StreamLabels>();
  readonly #row = new Row();

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  streamLabels(ref: StreamRef): StreamLabels {
    let stream = this.#streams.get(ref.id);
    if (stream === undefined) {
      stream = new StreamLabels(ref.labels);
      this.#streams.set(ref.id, stream);
    }
    return stream;
  }

  /**
   * Takes the rows marked in `candidates` (undefined: all) through the stages behind the leading filters, in order, and shows
   * those that pass. `visit` ends the run by returning false.
   */
  run(batch: Batch, candidates: Uint8Array | undefined, visit: (passed: PassedRow) => boolean): void {
    const { rest } = this.#pipeline;
    const { rowCount, streams, streamIndexes, timestampsNs } = batch;
    const row = this.#row;
    let lines: { buffer: Buffer; starts: Uint32Array; ends: Uint32Array } | undefined;
    for (let index = 0; index < rowCount; index++) {
      if (candidates !== undefined && candidates[index] === 0) continue;
      lines ??= linesOf(batch, candidates);
      const stream = this.streamLabels(streams[streamIndexes[index]!]!);
      const metadata = stream.resolveMetadata(batch.structuredMetadata(index));
      row.labels.reset(stream, metadata);
      row.setTime(timestampsNs, index);
      row.setLine(lines.buffer, lines.starts[index]!, lines.ends[index]!);
      if (!passes(rest, row)) continue;
      if (!visit({ row, index, stream, metadata })) return;
    }
  }
}

function passes(stages: readonly RowStage[], row: Row): boolean {
  for (let i = 0; i < stages.length; i++) if (!stages[i]!(row)) return false;
  return true;
}

function linesOf(
  batch: Batch,
  candidates: Uint8Array | undefined,
): { buffer: Buffer; starts: Uint32Array; ends: Uint32Array } {
  const { bytes, starts, ends } = batch.lines(candidates);
  return { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), starts, ends };
}
