import type { Labels } from './labels.ts';

/** One log entry as a value. Only edges use it (JSON out, tests, tail); data crosses rooms in batches. */
export interface Entry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly structuredMetadata: Labels;
}

/**
 * Entries of one stream as columns. Lines stay bytes: row i is `bytes.subarray(lineStarts[i], lineEnds[i])`, often a view
 * into a request body, so whoever keeps rows must copy the bytes.
 */
export interface EntryColumns {
  readonly rowCount: number;
  readonly timestampsNs: BigInt64Array;
  readonly bytes: Uint8Array;
  readonly lineStarts: Uint32Array;
  readonly lineEnds: Uint32Array;
  /** Structured metadata per row; undefined when no row has any. Not yet sanitised or validated on the way in. */
  readonly structuredMetadata: readonly Labels[] | undefined;
}

/** What a push carries for one stream. `labels` are as the client sent them (parsed, sorted, deduplicated). */
export interface PushStream {
  readonly labels: Labels;
  readonly entries: EntryColumns;
}

const encoder = new TextEncoder();

/** Columns from entries: for tests and small inputs. */
export function createEntryColumns(entries: readonly Entry[]): EntryColumns {
  const lines = entries.map((entry) => encoder.encode(entry.line));
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0));
  const columns = {
    rowCount: entries.length,
    timestampsNs: new BigInt64Array(entries.length),
    bytes,
    lineStarts: new Uint32Array(entries.length),
    lineEnds: new Uint32Array(entries.length),
    structuredMetadata: entries.some((entry) => entry.structuredMetadata.length > 0)
      ? entries.map((entry) => entry.structuredMetadata)
      : undefined,
  };
  let offset = 0;
  for (let row = 0; row < entries.length; row++) {
    columns.timestampsNs[row] = entries[row]!.timestampNs;
    columns.lineStarts[row] = offset;
    bytes.set(lines[row]!, offset);
    offset += lines[row]!.length;
    columns.lineEnds[row] = offset;
  }
  return columns;
}
