import type { Stage } from '@cordwood/logql';
import type { Batch, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';
import type { BatchLines } from './batch-lines.ts';
import { type ColumnPlan, compileColumnPlan } from './column-plan.ts';
import { countRows } from './line-block.ts';
import { type CompiledLineFilter, compileLineFilter, filterLines } from './line-filter.ts';
import { compileStage } from './registry.ts';
import { Row } from './row.ts';
import { createRowCounts, type RowCounts } from './row-counts.ts';
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
  /** The stages as they were written, in the order in which they run; those that nobody needs are left out. */
  readonly stages: readonly Stage[];
  readonly wanted: WantedLabels;
  /** Counted while the query runs, when somebody wants to know. */
  readonly counts: RowCounts | undefined;
}

/** Stages that only extract labels. */
const parsers: ReadonlySet<Stage['kind']> = new Set(['json', 'logfmt', 'regexp', 'pattern', 'unpack']);

export function compilePipeline(stages: readonly Stage[], wanted: WantedLabels = allLabels, counted = false): Pipeline {
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
    stages: ordered,
    wanted,
    counts: counted ? createRowCounts(leading.length, rest.length) : undefined,
  };
}

/** Rows that pass the leading line filters, 1 a row; undefined: all. */
export function selectByLeadingFilters(
  { leading }: Pipeline,
  lines: BatchLines,
  counts?: RowCounts,
): Uint8Array | undefined {
  if (leading.length === 0) return undefined;
  const candidates = new Uint8Array(lines.rowCount).fill(1);
  for (const [index, filter] of leading.entries()) {
    filterLines(filter, lines, candidates);
    if (counts !== undefined) counts.leading[index]! += countRows(candidates);
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
    const { rest, counts } = this.#pipeline;
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
      if (!(counts === undefined ? passes(rest, row) : passesCounted(rest, row, counts.rest))) continue;
      if (!visit({ row, index, stream, metadata })) return;
    }
  }
}

function passes(stages: readonly RowStage[], row: Row): boolean {
  for (let i = 0; i < stages.length; i++) if (!stages[i]!(row)) return false;
  return true;
}

function passesCounted(stages: readonly RowStage[], row: Row, counts: number[]): boolean {
  for (let i = 0; i < stages.length; i++) {
    if (!stages[i]!(row)) return false;
    counts[i]!++;
  }
  return true;
}

function linesOf(
  batch: Batch,
  candidates: Uint8Array | undefined,
): { buffer: Buffer; starts: Uint32Array; ends: Uint32Array } {
  const { bytes, starts, ends } = batch.lines(candidates);
  return { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), starts, ends };
}
