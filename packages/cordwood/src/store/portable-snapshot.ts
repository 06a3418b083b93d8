import type { LineColumn, StreamRef } from '../model/batch.ts';
import type { Labels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import type { HeadTable } from './head/head-table.ts';
import type { ChunkEntry } from './manifest.ts';
import type { RowTable } from './rows/row-table.ts';
import type { StreamRegistry } from './rows/stream-registry.ts';

/**
 * What a query sees of one tenant, as plain data that can be posted to another thread: chunks by name, because their files never
 * change, and the rows that are not in chunks yet as copies.
 */
export interface PortableSnapshot {
  readonly tenant: Tenant;
  readonly batchRowsMax: number;
  readonly chunks: readonly { readonly entry: ChunkEntry; readonly path: string }[];
  readonly heads: readonly HeadCopy[];
}

/** The chunk files stay until the release, even if the chunks are replaced. */
export interface PinnedPortableSnapshot {
  readonly snapshot: PortableSnapshot;
  release(): Promise<void>;
}

/** Rows of a head in arrival order. */
export interface HeadCopy {
  readonly day: number;
  readonly streams: readonly Labels[];
  readonly offsets: Float64Array<ArrayBuffer>;
  /** Row -> index in `streams`. */
  readonly streamIndexes: Uint32Array<ArrayBuffer>;
  readonly sequences: Float64Array<ArrayBuffer>;
  /** The lines one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lineLengths: Uint32Array<ArrayBuffer>;
  /** Few different lists of structured metadata, and for each row which one is its. */
  readonly metadata: readonly Labels[];
  readonly metadataIndexes: Uint32Array<ArrayBuffer>;
}

/** Copies the rows whose offset is within the range. */
export function copyHead(
  table: HeadTable,
  within: { readonly start: number; readonly end: number } = { start: 0, end: Number.POSITIVE_INFINITY },
): HeadCopy {
  const offsets = table.offsets();
  const rows = new Uint32Array(table.rowCount);
  let count = 0;
  for (let row = 0; row < table.rowCount; row++) {
    if (offsets[row]! >= within.start && offsets[row]! < within.end) rows[count++] = row;
  }
  const chosen = rows.subarray(0, count);
  const places = new Map<Labels, number>();
  const metadataIndexes = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const labels = table.metadata(chosen[i]!);
    let place = places.get(labels);
    if (place === undefined) {
      place = places.size;
      places.set(labels, place);
    }
    metadataIndexes[i] = place;
  }
  const streamIndexes = table.streamIndexes();
  const sequences = table.sequences();
  const lengths = table.lineLengths();
  const { bytes } = table.gatherLines(chosen, undefined, (length) => new Uint8Array(length));
  return {
    day: table.day,
    streams: table.streams.map((stream) => stream.labels),
    offsets: Float64Array.from(chosen, (row) => offsets[row]!),
    streamIndexes: Uint32Array.from(chosen, (row) => streamIndexes[row]!),
    sequences: Float64Array.from(chosen, (row) => sequences[row]!),
    bytes: bytes as Uint8Array<ArrayBuffer>,
    lineLengths: Uint32Array.from(chosen, (row) => lengths[row]!),
    metadata: [...places.keys()],
    metadataIndexes,
  };
}

/** The memory that may be given away with a snapshot instead of being copied once more. */
export function transferables(snapshot: PortableSnapshot): ArrayBuffer[] {
  return snapshot.heads.flatMap(({ offsets, streamIndexes, sequences, bytes, lineLengths, metadataIndexes }) =>
    [offsets, streamIndexes, sequences, bytes, lineLengths, metadataIndexes].map((column) => column.buffer),
  );
}

/** A copied head as a table. */
export class HeadCopyTable implements RowTable {
  readonly day: number;
  readonly rowCount: number;
  readonly streams: readonly StreamRef[];
  readonly #copy: HeadCopy;
  readonly #lineStarts: Uint32Array;

  constructor(copy: HeadCopy, registry: StreamRegistry) {
    this.day = copy.day;
    this.rowCount = copy.offsets.length;
    this.streams = copy.streams.map((labels) => registry.refOf(labels));
    this.#copy = copy;
    this.#lineStarts = new Uint32Array(this.rowCount);
    let start = 0;
    for (let row = 0; row < this.rowCount; row++) {
      this.#lineStarts[row] = start;
      start += copy.lineLengths[row]!;
    }
  }

  offsets(): Float64Array {
    return this.#copy.offsets;
  }

  streamIndexes(): Uint32Array {
    return this.#copy.streamIndexes;
  }

  sequences(): Float64Array {
    return this.#copy.sequences;
  }

  lineLengths(): Uint32Array {
    return this.#copy.lineLengths;
  }

  lines(rows: Uint32Array): LineColumn {
    const { bytes, lineLengths } = this.#copy;
    const starts = new Uint32Array(rows.length);
    const ends = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      starts[i] = this.#lineStarts[rows[i]!]!;
      ends[i] = starts[i]! + lineLengths[rows[i]!]!;
    }
    return { bytes, starts, ends };
  }

  metadata(row: number): Labels {
    return this.#copy.metadata[this.#copy.metadataIndexes[row]!]!;
  }
}
