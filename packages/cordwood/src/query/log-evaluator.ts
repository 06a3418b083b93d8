import type { LogExpression } from '@cordwood/logql';
import type { Batch } from '../model/batch.ts';
import { type Labels, noLabels, printLabels } from '../model/labels.ts';
import type { Direction } from '../model/time-range.ts';
import { compareText, labelsKey } from './label-sets.ts';
import { compilePipeline, type PassedRow, type Pipeline, PipelineRun } from './line/pipeline.ts';
import { type CategorizedLabels, mergeLabels, type StreamLabels } from './line/row-labels.ts';
import { allLabels } from './line/wanted-labels.ts';
import { createLogPredicate, type LogPredicate } from './log-predicate.ts';
import type { QueryData, ResultEntry, ResultStream } from './request.ts';
import { addTenantLabel } from './tenant-label.ts';

/** A log query made ready. */
export interface LogPlan {
  readonly predicate: LogPredicate;
  readonly pipeline: Pipeline;
}

/** `counted`: the query is to be explained. */
export function planLog({ selector, stages }: LogExpression, counted = false): LogPlan {
  const pipeline = compilePipeline(stages, allLabels, counted);
  return { pipeline, predicate: createLogPredicate(selector, stages, undefined, pipeline) };
}

/** A row that is in the answer. */
export interface LogRow {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly labels: CategorizedLabels;
}

/** Turns batches of one tenant into the rows of an answer. */
export class LogRows {
  readonly #plan: LogPlan;
  readonly #run: PipelineRun;
  readonly #tenant: string | undefined;
  /** Rows of one stream with the same metadata and no changes share their labels, and with them their place in the answer. */
  readonly #untouched = new Map<StreamLabels, Map<Labels, CategorizedLabels>>();

  /** `tenant`: put on every stream; undefined when only one tenant was asked for. */
  constructor(plan: LogPlan, tenant: string | undefined) {
    this.#plan = plan;
    this.#run = new PipelineRun(plan.pipeline);
    this.#tenant = tenant;
  }

  /**
   * Shows the rows of the batch that pass, in its order, until `visit` returns false. `wants` is asked with the time of a row
   * before its labels are worked out. `only` marks the rows to look at.
   */
  read(
    batch: Batch,
    wants: (timestampNs: bigint) => boolean,
    visit: (row: LogRow) => boolean,
    only?: Uint8Array,
  ): void {
    const selected = this.#plan.predicate.candidates(batch);
    const candidates = only === undefined || selected === undefined ? (only ?? selected) : intersect(only, selected);
    this.#run.run(batch, candidates, (passed) => {
      const { timestampNs } = passed.row;
      if (!wants(timestampNs)) return true;
      return visit({ timestampNs, line: passed.row.text(), labels: this.#labelsOf(passed) });
    });
  }

  #labelsOf({ row, stream, metadata }: PassedRow): CategorizedLabels {
    if (!row.labels.untouched) return this.#withTenant(row.labels.categorized());
    let known = this.#untouched.get(stream);
    if (known === undefined) {
      known = new Map();
      this.#untouched.set(stream, known);
    }
    let labels = known.get(metadata);
    if (labels === undefined) {
      labels = this.#withTenant(row.labels.categorized());
      known.set(metadata, labels);
    }
    return labels;
  }

  #withTenant(labels: CategorizedLabels): CategorizedLabels {
    return this.#tenant === undefined ? labels : { ...labels, stream: addTenantLabel(labels.stream, this.#tenant) };
  }
}

function intersect(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((marked, row) => marked & b[row]!);
}

/**
 * Decides which rows of an ordered sequence are in the answer: at most `limit`, at least `intervalNs` apart.
 *
 * Loki cuts a query at multiples of `split_queries_by_interval` and starts counting anew in each part; so does this.
 */
export class LogLimiter {
  readonly #limit: number;
  readonly #intervalNs: bigint;
  readonly #splitNs: bigint;
  readonly #direction: Direction;
  #taken = 0;
  #lastNs: bigint | undefined;

  constructor(options: { limit: number; intervalNs: bigint; splitNs: bigint; direction: Direction }) {
    this.#limit = options.limit;
    this.#intervalNs = options.intervalNs;
    this.#splitNs = options.splitNs;
    this.#direction = options.direction;
  }

  get full(): boolean {
    return this.#taken >= this.#limit;
  }

  /** Says whether a row of this time is wanted, and counts it when it is. */
  takes(timestampNs: bigint): boolean {
    if (this.full) return false;
    if (this.#intervalNs > 0n && this.#lastNs !== undefined && !this.#isFarEnough(timestampNs, this.#lastNs))
      return false;
    this.#lastNs = timestampNs;
    this.#taken++;
    return true;
  }

  #isFarEnough(timestampNs: bigint, lastNs: bigint): boolean {
    if (this.#splitNs > 0n && timestampNs / this.#splitNs !== lastNs / this.#splitNs) return true;
    const distanceNs = this.#direction === 'forward' ? timestampNs - lastNs : lastNs - timestampNs;
    return distanceNs >= this.#intervalNs;
  }
}

/** Groups rows, in order, into the streams of an answer. */
export class ResultStreams {
  readonly #categorize: boolean;
  readonly #byLabels = new Map<CategorizedLabels, Group>();
  readonly #byKey = new Map<string, Group>();
  readonly #order: Group[] | undefined;

  constructor(categorize: boolean, ordered = false) {
    this.#categorize = categorize;
    this.#order = ordered ? [] : undefined;
  }

  add(row: LogRow): void {
    const group = this.#groupOf(row.labels);
    this.#order?.push(group);
    group.entries.push({
      timestampNs: row.timestampNs,
      line: row.line,
      structuredMetadata: row.labels.structuredMetadata,
      parsed: row.labels.parsed,
    });
  }

  #groupOf(labels: CategorizedLabels): Group {
    let group = this.#byLabels.get(labels);
    if (group !== undefined) return group;
    const { stream, structuredMetadata, parsed } = labels;
    const all = this.#categorize ? stream : mergeLabels(stream, structuredMetadata, parsed);
    const key = labelsKey(all);
    group = this.#byKey.get(key);
    if (group === undefined) {
      group = this.#categorize
        ? { labels: all, streamLabels: stream, structuredMetadata: noLabels, parsed: noLabels, entries: [] }
        : { labels: all, streamLabels: stream, structuredMetadata, parsed, entries: [] };
      this.#byKey.set(key, group);
    }
    this.#byLabels.set(labels, group);
    return group;
  }

  /** Sorted by the text of their labels. */
  finish(): Extract<QueryData, { kind: 'streams' }> {
    const named = [...this.#byKey.values()].map((group) => ({ group, text: printLabels(group.labels) }));
    named.sort((a, b) => compareText(a.text, b.text));
    const streams = named.map(({ group }) => group);
    if (this.#order === undefined) return { kind: 'streams', streams };
    const places = new Map(streams.map((group, place) => [group, place]));
    return { kind: 'streams', streams, order: Uint32Array.from(this.#order, (group) => places.get(group)!) };
  }
}

interface Group extends ResultStream {
  readonly entries: ResultEntry[];
}
