import type { Labels } from './labels.ts';

/** A stream as batches refer to it. Within one tenant equal labels mean equal `id`. */
export interface StreamRef {
  /** Stable within the process: dictionary number of the label set in its tenant's store. */
  readonly id: number;
  readonly labels: Labels;
}

/**
 * Decoded rows on their way from the store to a query. Bounded (limits.batchRowsMax). Immutable for the reader, who may
 * keep it until the next batch is asked for; whoever keeps bytes longer copies them.
 *
 * Rows are in the order of the request's direction by (timestamp, arrival); rows of several streams may be mixed.
 * Columns that cost something to decode are methods: a query that does not need lines never calls `lines()`.
 */
export interface Batch {
  readonly rowCount: number;
  readonly timestampsNs: BigInt64Array;
  readonly streams: readonly StreamRef[];
  /** Row -> index in `streams`. */
  readonly streamIndexes: Uint32Array;
  /** Rises with arrival within the tenant; orders rows with equal timestamps (arrival order forward, its reverse backward). */
  readonly sequences: Float64Array;
  /** Line lengths in bytes, without decoding the lines. */
  lineLengths(): Uint32Array;
  /** Line bytes (UTF-8): row i is bytes.subarray(starts[i], ends[i]). */
  lines(): LineColumn;
  /** Structured metadata of a row, sanitised, incl. `detected_level`; `noLabels` when there is none. */
  structuredMetadata(row: number): Labels;
  /**
   * Optional fast path: the value column of one JSON path for the rows whose lines were stored as template plus columns.
   * Undefined when the chunk does not have it; then the query parses lines.
   */
  jsonField?(path: readonly string[]): FieldColumn | undefined;
}

export interface LineColumn {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Values of one field by row. `state`: 0 absent (proven), 1 present, 2 unknown: parse the line. */
export interface FieldColumn {
  readonly state: Uint8Array;
  /** The value as a label value would show it (strings unescaped, numbers as written). Only for rows in state 1. */
  value(row: number): string;
}
