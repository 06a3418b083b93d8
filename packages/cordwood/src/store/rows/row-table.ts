import type { FieldColumn, LineColumn, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';

/**
 * Rows of one UTC day that can be read in place: a sealed chunk or a head. Columns are by row and must not be changed.
 * Methods decode when first asked and may throw WorldError CORRUPT.
 */
export interface RowTable {
  readonly day: number;
  readonly rowCount: number;
  readonly streams: readonly StreamRef[];
  offsets(): Float64Array;
  /** Row -> index in `streams`. */
  streamIndexes(): Uint32Array;
  sequences(): Float64Array;
  lineLengths(): Uint32Array;
  /** Lines of these rows, in the order of `rows`; those with a 0 in `only` may come empty. */
  lines(rows: Uint32Array, only?: Uint8Array): LineColumn;
  metadata(row: number): Labels;
  /** See Batch. */
  mayHaveMetadata?(name: string): boolean;
  /** See Batch; by row of the table, and `only` lists the rows that are looked at. */
  findLiteral?(literal: Uint8Array, ignoreCase: boolean, only?: Uint32Array): Uint8Array | undefined;
  jsonPaths?(): readonly (readonly string[])[];
  jsonField?(path: readonly string[]): FieldColumn | undefined;
}
