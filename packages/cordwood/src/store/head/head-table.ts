import type { LineColumn, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { HeadDay } from './head-day.ts';

/**
 * The first `rowCount` rows of a head's day, frozen: the head may go on growing (it replaces its columns then, or writes
 * behind these rows).
 */
export class HeadTable implements RowTable {
  readonly day: number;
  readonly rowCount: number;
  readonly streams: readonly StreamRef[];
  readonly #offsets: Float64Array;
  readonly #streamIndexes: Uint32Array;
  readonly #sequences: Float64Array;
  readonly #lineLengths: Uint32Array;
  readonly #lineStarts: Uint32Array;
  readonly #slabIndexes: Uint32Array;
  readonly #slabs: readonly Uint8Array[];
  readonly #metadata: readonly Labels[];

  constructor(rows: HeadDay, rowCount: number) {
    this.day = rows.day;
    this.rowCount = rowCount;
    this.streams = rows.streams;
    this.#offsets = rows.offsets.subarray(0, rowCount);
    this.#streamIndexes = rows.streamIndexes.subarray(0, rowCount);
    this.#sequences = rows.sequences.subarray(0, rowCount);
    this.#lineLengths = rows.lineLengths.subarray(0, rowCount);
    this.#lineStarts = rows.lineStarts;
    this.#slabIndexes = rows.slabIndexes;
    this.#slabs = rows.slabs;
    this.#metadata = rows.metadata;
  }

  offsets(): Float64Array {
    return this.#offsets;
  }

  streamIndexes(): Uint32Array {
    return this.#streamIndexes;
  }

  sequences(): Float64Array {
    return this.#sequences;
  }

  lineLengths(): Uint32Array {
    return this.#lineLengths;
  }

  /** Copies the lines together; without a copy when they are in one slab. */
  lines(rows: Uint32Array, only?: Uint8Array): LineColumn {
    const slab = this.#slabIndexes[rows[0] ?? 0]!;
    if (rows.length === 0 || !rows.every((row) => this.#slabIndexes[row] === slab)) {
      return this.gatherLines(rows, only, (length) => Buffer.allocUnsafeSlow(length));
    }
    const starts = new Uint32Array(rows.length);
    const ends = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      starts[i] = this.#lineStarts[rows[i]!]!;
      ends[i] = starts[i]! + this.#lineLengths[rows[i]!]!;
    }
    return { bytes: this.#slabs[slab]!, starts, ends };
  }

  /** The lines one after the other, in memory from `allocate`. */
  gatherLines(rows: Uint32Array, only: Uint8Array | undefined, allocate: (length: number) => Uint8Array): LineColumn {
    const starts = new Uint32Array(rows.length);
    const ends = new Uint32Array(rows.length);
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      starts[i] = total;
      if (only === undefined || only[i] === 1) total += this.#lineLengths[rows[i]!]!;
      ends[i] = total;
    }
    const bytes = allocate(total);
    // Plain views: taking a part of a Buffer costs more.
    const slabs = this.#slabs.map((slab) => new Uint8Array(slab.buffer, slab.byteOffset, slab.length));
    for (let i = 0; i < rows.length; i++) {
      if (starts[i] === ends[i]) continue;
      const row = rows[i]!;
      const start = this.#lineStarts[row]!;
      bytes.set(slabs[this.#slabIndexes[row]!]!.subarray(start, start + this.#lineLengths[row]!), starts[i]);
    }
    return { bytes, starts, ends };
  }

  metadata(row: number): Labels {
    return this.#metadata[row]!;
  }
}
