import type { Batch, FieldColumn, LineColumn } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';

/** The batch without the rows marked in `left out`; the batch itself when none is. */
export function keepRows(batch: Batch, leftOut: Uint8Array): Batch {
  let count = 0;
  for (let row = 0; row < batch.rowCount; row++) if (leftOut[row] === 0) count++;
  if (count === batch.rowCount) return batch;
  const rows = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < batch.rowCount; row++) if (leftOut[row] === 0) rows[at++] = row;
  return new KeptRows(batch, rows);
}

/** Some rows of another batch. */
class KeptRows implements Batch {
  readonly rowCount: number;
  readonly timestampsNs: BigInt64Array;
  readonly streams: Batch['streams'];
  readonly streamIndexes: Uint32Array;
  readonly sequences: Float64Array;
  readonly #batch: Batch;
  readonly #rows: Uint32Array;
  #lines: LineColumn | undefined;

  constructor(batch: Batch, rows: Uint32Array) {
    this.#batch = batch;
    this.#rows = rows;
    this.rowCount = rows.length;
    this.streams = batch.streams;
    this.timestampsNs = BigInt64Array.from(rows, (row) => batch.timestampsNs[row]!);
    this.streamIndexes = Uint32Array.from(rows, (row) => batch.streamIndexes[row]!);
    this.sequences = Float64Array.from(rows, (row) => batch.sequences[row]!);
  }

  lineLengths(): Uint32Array {
    const lengths = this.#batch.lineLengths();
    return this.#rows.map((row) => lengths[row]!);
  }

  lines(): LineColumn {
    if (this.#lines === undefined) {
      const { bytes, starts, ends } = this.#batch.lines();
      this.#lines = { bytes, starts: this.#rows.map((row) => starts[row]!), ends: this.#rows.map((row) => ends[row]!) };
    }
    return this.#lines;
  }

  structuredMetadata(row: number): Labels {
    return this.#batch.structuredMetadata(this.#rows[row]!);
  }

  jsonField(path: readonly string[]): FieldColumn | undefined {
    const column = this.#batch.jsonField?.(path);
    if (column === undefined) return undefined;
    const rows = this.#rows;
    return {
      state: Uint8Array.from(rows, (row) => column.state[row]!),
      value: (row) => column.value(rows[row]!),
    };
  }
}
