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

/** Some rows of another batch; what that one knows about its columns holds for them too. */
class KeptRows implements Batch {
  readonly rowCount: number;
  readonly selected: boolean;
  readonly timestampsNs: BigInt64Array;
  readonly streams: Batch['streams'];
  readonly streamIndexes: Uint32Array;
  readonly sequences: Float64Array;
  readonly jsonPaths?: () => readonly (readonly string[])[];
  readonly #batch: Batch;
  readonly #rows: Uint32Array;

  constructor(batch: Batch, rows: Uint32Array) {
    this.#batch = batch;
    this.#rows = rows;
    this.rowCount = rows.length;
    this.selected = batch.selected === true;
    this.streams = batch.streams;
    if (batch.jsonPaths !== undefined) this.jsonPaths = () => batch.jsonPaths!();
    this.timestampsNs = BigInt64Array.from(rows, (row) => batch.timestampsNs[row]!);
    this.streamIndexes = Uint32Array.from(rows, (row) => batch.streamIndexes[row]!);
    this.sequences = Float64Array.from(rows, (row) => batch.sequences[row]!);
  }

  lineLengths(): Uint32Array {
    const lengths = this.#batch.lineLengths();
    return this.#rows.map((row) => lengths[row]!);
  }

  lines(only?: Uint8Array): LineColumn {
    const { bytes, starts, ends } = this.#batch.lines(this.#ofBatch(only));
    return { bytes, starts: this.#rows.map((row) => starts[row]!), ends: this.#rows.map((row) => ends[row]!) };
  }

  /** A mask of these rows as one of the whole batch. */
  #ofBatch(only: Uint8Array | undefined): Uint8Array {
    const wanted = new Uint8Array(this.#batch.rowCount);
    this.#rows.forEach((row, at) => {
      wanted[row] = only === undefined ? 1 : only[at]!;
    });
    return wanted;
  }

  structuredMetadata(row: number): Labels {
    return this.#batch.structuredMetadata(this.#rows[row]!);
  }

  mayHaveMetadata(name: string): boolean {
    return this.#batch.mayHaveMetadata?.(name) !== false;
  }

  findLiteral(literal: Uint8Array, ignoreCase: boolean, only?: Uint8Array): Uint8Array | undefined {
    const found = this.#batch.findLiteral?.(literal, ignoreCase, only && this.#ofBatch(only));
    return found && Uint8Array.from(this.#rows, (row) => found[row]!);
  }

  jsonField(path: readonly string[]): FieldColumn | undefined {
    const column = this.#batch.jsonField?.(path);
    if (column === undefined) return undefined;
    const rows = this.#rows;
    const { dictionary } = column;
    return {
      state: Uint8Array.from(rows, (row) => column.state[row]!),
      value: (row) => column.value(rows[row]!),
      ...(dictionary && { dictionary: { ...dictionary, codes: rows.map((row) => dictionary.codes[row]!) } }),
      ...(column.number && { number: (row: number) => column.number!(rows[row]!) }),
    };
  }
}
