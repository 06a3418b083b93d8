import type { Batch } from './batch.ts';
import type { Predicate } from './predicate.ts';
import type { Tenant } from './tenant.ts';
import type { Direction, TimeRange } from './time-range.ts';

/** What a query asks of a store. */
export interface SelectRequest {
  readonly tenant: Tenant;
  readonly range: TimeRange;
  readonly predicate: Predicate;
  /**
   * 'time': rows come in `direction` by (timestamp, sequence) across all batches, merged over chunks and head; the reader may stop at
   * any time and nothing more is read. 'any': batches in whatever order is cheapest (metric queries).
   */
  readonly order: 'time' | 'any';
  readonly direction: Direction;
  readonly signal?: AbortSignal;
  /** Counters that the store adds to as it works; shown in a query's `stats`. */
  readonly statistics?: SelectStatistics;
}

export interface SelectStatistics {
  chunksMatched: number;
  chunksRead: number;
  rowsRead: number;
  bytesRead: number;
  headRowsRead: number;
}

/** Selecting never yields two rows that are equal in stream, timestamp, line and structured metadata. */
export type Select = (request: SelectRequest) => AsyncIterable<Batch>;
