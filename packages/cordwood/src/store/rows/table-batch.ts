import type { Batch, FieldColumn, LineColumn, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';
import { writeTimestamps } from '../day-time.ts';
import type { RowTable } from './row-table.ts';

/** Some rows of one table, in the order given. */
export class TableBatch implements Batch {
  readonly table: RowTable;
  /** Rows of the table. */
  readonly rows: Uint32Array;
  readonly rowCount: number;
  /** The request's predicate keeps all of these rows. */
  selected = false;
  readonly streams: readonly StreamRef[];
  readonly mayHaveMetadata?: (name: string) => boolean;
  readonly findLiteral?: (literal: Uint8Array, ignoreCase: boolean, only?: Uint8Array) => Uint8Array | undefined;
  readonly jsonPaths?: () => readonly (readonly string[])[];
  readonly jsonField?: (path: readonly string[]) => FieldColumn | undefined;
  #timestampsNs: BigInt64Array | undefined;
  #streamIndexes: Uint32Array | undefined;
  #sequences: Float64Array | undefined;
  #lineLengths: Uint32Array | undefined;
  #lines: LineColumn | undefined;

  /** All rows of the table in its order: columns are the table's own. */
  readonly #whole: boolean;

  /** `ascending`: the rows are in the order of the table. */
  constructor(table: RowTable, rows: Uint32Array, ascending = false) {
    this.table = table;
    this.rows = rows;
    this.rowCount = rows.length;
    this.streams = table.streams;
    this.#whole = ascending && rows.length === table.rowCount;
    if (table.mayHaveMetadata !== undefined) this.mayHaveMetadata = (name) => table.mayHaveMetadata!(name);
    if (table.findLiteral !== undefined) {
      this.findLiteral = (literal, ignoreCase, only) =>
        this.#bytes(table.findLiteral!(literal, ignoreCase, only && selectedRows(this.rows, only)));
    }
    if (table.jsonPaths !== undefined) this.jsonPaths = () => table.jsonPaths!();
    if (table.jsonField !== undefined) this.jsonField = (path) => this.#field(table.jsonField!(path));
  }

  #uints(values: Uint32Array): Uint32Array {
    return this.#whole ? values : pickUints(values, this.rows);
  }

  #floats(values: Float64Array): Float64Array {
    return this.#whole ? values : pickFloats(values, this.rows);
  }

  #bytes(values: Uint8Array | undefined): Uint8Array | undefined {
    return this.#whole || values === undefined ? values : pickBytes(values, this.rows);
  }

  #field(column: FieldColumn | undefined): FieldColumn | undefined {
    return this.#whole || column === undefined ? column : pickField(column, this.rows);
  }

  get timestampsNs(): BigInt64Array {
    if (this.#timestampsNs === undefined) {
      this.#timestampsNs = new BigInt64Array(this.rowCount);
      writeTimestamps(this.table.day, this.#floats(this.table.offsets()), this.rowCount, this.#timestampsNs);
    }
    return this.#timestampsNs;
  }

  get streamIndexes(): Uint32Array {
    this.#streamIndexes ??= this.#uints(this.table.streamIndexes());
    return this.#streamIndexes;
  }

  get sequences(): Float64Array {
    this.#sequences ??= this.#floats(this.table.sequences());
    return this.#sequences;
  }

  lineLengths(): Uint32Array {
    this.#lineLengths ??= this.#uints(this.table.lineLengths());
    return this.#lineLengths;
  }

  lines(only?: Uint8Array): LineColumn {
    if (this.#lines === undefined) {
      const lines = this.table.lines(this.rows, only);
      if (only !== undefined) return lines;
      this.#lines = lines;
    }
    return this.#lines;
  }

  structuredMetadata(row: number): Labels {
    return this.table.metadata(this.rows[row]!);
  }

  /** The rows with a 1 in `selected`. */
  subset(selected: Uint8Array): TableBatch {
    return new TableBatch(this.table, selectedRows(this.rows, selected));
  }
}

function pickField(column: FieldColumn, rows: Uint32Array): FieldColumn {
  const picked: { -readonly [Key in keyof FieldColumn]: FieldColumn[Key] } = {
    state: pickBytes(column.state, rows),
    value: (row) => column.value(rows[row]!),
  };
  if (column.dictionary !== undefined) {
    picked.dictionary = { codes: pickUints(column.dictionary.codes, rows), texts: column.dictionary.texts };
  }
  if (column.number !== undefined) picked.number = (row) => column.number!(rows[row]!);
  return picked;
}

function pickBytes(values: Uint8Array, rows: Uint32Array): Uint8Array {
  const picked = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}

export function selectedRows(rows: Uint32Array, selected: Uint8Array): Uint32Array {
  const kept = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (selected[i] === 1) kept[count++] = rows[i]!;
  return kept.subarray(0, count);
}

function pickUints(values: Uint32Array, rows: Uint32Array): Uint32Array {
  const picked = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}

function pickFloats(values: Float64Array, rows: Uint32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}
