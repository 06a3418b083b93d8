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
  /** Optional: true when the predicate of the request was asked about these rows and keeps all of them, so that the query need not look again. */
  readonly selected?: boolean;
  readonly timestampsNs: BigInt64Array;
  readonly streams: readonly StreamRef[];
  /** Row -> index in `streams`. */
  readonly streamIndexes: Uint32Array;
  /** Rises with arrival within the tenant; orders rows with equal timestamps (arrival order forward, its reverse backward). */
  readonly sequences: Float64Array;
  /** Line lengths in bytes, without decoding the lines. */
  lineLengths(): Uint32Array;
  /**
   * Line bytes (UTF-8): row i is bytes.subarray(starts[i], ends[i]). With `only` (by row, 1: wanted) the other rows may come
   * as empty lines: a chunk puts its lines together out of columns, so ask for no more than is looked at.
   */
  lines(only?: Uint8Array): LineColumn;
  /** Structured metadata of a row, sanitised, incl. `detected_level`; `noLabels` when there is none. */
  structuredMetadata(row: number): Labels;
  /** Optional: false only when no row has structured metadata of this name. Not there: unknown. */
  mayHaveMetadata?(name: string): boolean;
  /**
   * Optional fast path: rows (1) whose line contains this literal (UTF-8 bytes, at any place), exactly, without putting lines
   * together. `ignoreCase` folds ASCII letters only; the literal is lower case then. Rows with a 0 in `only` may come as 0. Undefined:
   * look at the lines.
   */
  findLiteral?(literal: Uint8Array, ignoreCase: boolean, only?: Uint8Array): Uint8Array | undefined;
  /**
   * Optional fast path: every path at which a JSON line of these rows may have a scalar or an array, for rows whose lines
   * are stored as columns (other rows are in state 2 of every field). Keys are as written in the line.
   */
  jsonPaths?(): readonly (readonly string[])[];
  /** The value column of one JSON path. Undefined when the rows have no such columns; then the query parses lines. */
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
  /** Few different values: row -> index in `texts`, for rows in state 1. Decide once per text instead of once per row. */
  readonly dictionary?: { readonly codes: Uint32Array; readonly texts: readonly string[] };
  /** Every value in state 1 is a decimal number: its value, as parsing its text would give. */
  number?(row: number): number;
}
