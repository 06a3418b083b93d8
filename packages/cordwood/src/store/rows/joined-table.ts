import type { LineColumn, StreamRef } from '../../model/batch.ts';
import { assert } from '../../model/failure.ts';
import type { Labels } from '../../model/labels.ts';
import type { RowTable } from './row-table.ts';

/** Some rows of several tables of one day as one table, in the order of the parts. */
export class JoinedTable implements RowTable {
  readonly day: number;
  readonly rowCount: number;
  readonly streams: readonly StreamRef[];
  readonly #parts: readonly TablePart[];
  /** Row -> its part and its row there. */
  readonly #partOf: Uint16Array;
  readonly #rowInPart: Uint32Array;
  readonly #streamIndexes: Uint32Array;

  constructor(parts: readonly TablePart[]) {
    assert(parts.length > 0 && parts.length < 65_536, 'a joined table has parts');
    this.#parts = parts;
    this.day = parts[0]!.table.day;
    this.rowCount = parts.reduce((sum, { rows }) => sum + rows.length, 0);
    this.#partOf = new Uint16Array(this.rowCount);
    this.#rowInPart = new Uint32Array(this.rowCount);
    this.#streamIndexes = new Uint32Array(this.rowCount);
    const streams: StreamRef[] = [];
    const places = new Map<StreamRef, number>();
    let at = 0;
    for (const [part, { table, rows }] of parts.entries()) {
      assert(table.day === this.day, 'joined tables are of one day');
      const own = table.streams.map((stream) => {
        let place = places.get(stream);
        if (place === undefined) {
          place = streams.push(stream) - 1;
          places.set(stream, place);
        }
        return place;
      });
      const indexes = table.streamIndexes();
      for (const row of rows) {
        this.#partOf[at] = part;
        this.#rowInPart[at] = row;
        this.#streamIndexes[at++] = own[indexes[row]!]!;
      }
    }
    this.streams = streams;
  }

  offsets(): Float64Array {
    return this.#gather((table) => table.offsets(), new Float64Array(this.rowCount));
  }

  streamIndexes(): Uint32Array {
    return this.#streamIndexes;
  }

  sequences(): Float64Array {
    return this.#gather((table) => table.sequences(), new Float64Array(this.rowCount));
  }

  lineLengths(): Uint32Array {
    return this.#gather((table) => table.lineLengths(), new Uint32Array(this.rowCount));
  }

  lines(rows: Uint32Array): LineColumn {
    const lengths = this.lineLengths();
    const starts = new Uint32Array(rows.length);
    const ends = new Uint32Array(rows.length);
    const wanted = this.#parts.map(() => [] as number[]);
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      starts[i] = total;
      total += lengths[rows[i]!]!;
      ends[i] = total;
      wanted[this.#partOf[rows[i]!]!]!.push(i);
    }
    const bytes = Buffer.allocUnsafeSlow(total);
    for (const [part, places] of wanted.entries()) {
      if (places.length === 0) continue;
      const column = this.#parts[part]!.table.lines(Uint32Array.from(places, (i) => this.#rowInPart[rows[i]!]!));
      for (const [k, i] of places.entries())
        bytes.set(column.bytes.subarray(column.starts[k], column.ends[k]), starts[i]);
    }
    return { bytes, starts, ends };
  }

  metadata(row: number): Labels {
    return this.#parts[this.#partOf[row]!]!.table.metadata(this.#rowInPart[row]!);
  }

  #gather<Column extends Float64Array | Uint32Array>(columnOf: (table: RowTable) => Column, into: Column): Column {
    let at = 0;
    for (const { table, rows } of this.#parts) {
      const column = columnOf(table);
      for (const row of rows) into[at++] = column[row]!;
    }
    return into;
  }
}

export interface TablePart {
  readonly table: RowTable;
  /** Ascending. */
  readonly rows: Uint32Array;
}
