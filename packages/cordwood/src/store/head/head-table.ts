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
  lines(rows: Uint32Array): LineColumn {
    const starts = new Uint32Array(rows.length);
    const ends = new Uint32Array(rows.length);
    const slab = this.#slabIndexes[rows[0] ?? 0]!;
    let total = 0;
    let oneSlab = true;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (this.#slabIndexes[row] !== slab) oneSlab = false;
      starts[i] = this.#lineStarts[row]!;
      ends[i] = starts[i]! + this.#lineLengths[row]!;
      total += this.#lineLengths[row]!;
    }
    if (oneSlab && rows.length > 0) return { bytes: this.#slabs[slab]!, starts, ends };
    const bytes = Buffer.allocUnsafeSlow(total);
    let offset = 0;
    for (let i = 0; i < rows.length; i++) {
      const from = this.#slabs[this.#slabIndexes[rows[i]!]!]!;
      bytes.set(from.subarray(starts[i], ends[i]), offset);
      const length = ends[i]! - starts[i]!;
      starts[i] = offset;
      offset += length;
      ends[i] = offset;
    }
    return { bytes, starts, ends };
  }

  metadata(row: number): Labels {
    return this.#metadata[row]!;
  }
}
