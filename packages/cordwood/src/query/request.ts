import type { Expression } from '@cordwood/logql';
import type { Labels } from '../model/labels.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { SelectStatistics } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Direction } from '../model/time-range.ts';
import type { PlanNode } from './explain.ts';

/** One query as the engine takes it: parsed, times resolved, nothing defaulted any more. */
export interface QueryRequest {
  /** One or more. With several, results carry `__tenant_id__`. */
  readonly tenants: readonly Tenant[];
  readonly expression: Expression;
  /** As the client sent it; `blocked_queries` compares it. Undefined: the canonical text of `expression`. */
  readonly text?: string | undefined;
  readonly kind: 'range' | 'instant';
  /** For an instant query equal to `endNs`: the time of evaluation. */
  readonly startNs: bigint;
  /** Log queries: exclusive. Metric queries: the last step may fall on it. */
  readonly endNs: bigint;
  /** Metric queries over a range: greater than 0. */
  readonly stepNs: bigint;
  /** Log queries: least distance between two entries of the answer; 0: all. */
  readonly intervalNs: bigint;
  /** Log queries: entries in the answer. */
  readonly limit: number;
  readonly direction: Direction;
  /** Streams split by stream labels only; each entry carries its own metadata and parsed labels. */
  readonly categorizeLabels?: boolean | undefined;
  /** `X-Query-Tags` as sent. `Source=grafana-lokiexplore-app` turns "too many series" into a partial answer and a warning. */
  readonly tags?: string | undefined;
  /** Log queries: the answer says in which order its entries came, across streams. */
  readonly ordered?: boolean | undefined;
  /** Instant queries: long ranges are cut as Loki's frontend does (split-instant.ts). */
  readonly splitInstant?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Instead of the engine's: limits that hold for this request. */
  readonly limitsFor?: LimitsFor | undefined;
  /** The answer comes with the plan of the query and what each of its steps did. */
  readonly explain?: boolean | undefined;
}

export interface ResultEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly structuredMetadata: Labels;
  /** Labels made by the pipeline, incl. `__error__`. */
  readonly parsed: Labels;
}

/**
 * Entries that share a label set, in the request's direction. Without `categorizeLabels` the set is all labels merged
 * (`labels`); with it only what is left of the stream's own labels, and `labels` equals `streamLabels`.
 */
export interface ResultStream {
  readonly labels: Labels;
  readonly streamLabels: Labels;
  /** Of the first entry; entries of one stream may differ in the category of a label, never in its value (unless categorised). */
  readonly structuredMetadata: Labels;
  readonly parsed: Labels;
  readonly entries: readonly ResultEntry[];
}

/** Points of one series, ascending; the two arrays have equal length. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

export interface ResultSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

export interface QueryStatistics extends SelectStatistics {
  /** Lines that passed the whole pipeline. */
  postFilterRows: number;
  /** Entries or points in the answer. */
  entriesReturned: number;
  executionMs: number;
}

export type QueryData =
  /** Sorted by the text of their labels. `order`, when asked for: the stream of each entry in the order of the whole answer. */
  | { readonly kind: 'streams'; readonly streams: readonly ResultStream[]; readonly order?: Uint32Array }
  /** Sorted by labels. */
  | { readonly kind: 'matrix'; readonly series: readonly ResultSeries[] }
  /** Sorted by labels, or by value under `sort` and `sort_desc`. */
  | { readonly kind: 'vector'; readonly samples: readonly ResultSample[] }
  | { readonly kind: 'scalar'; readonly timestampMs: number; readonly value: number };

export type QueryResult = QueryData & {
  readonly statistics: QueryStatistics;
  readonly warnings: readonly string[];
  /** When `explain` was asked for. */
  readonly plan?: PlanNode | undefined;
};
