import type { Batch, LineColumn, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';

/** Rows of several batches in one order: row i is row `rowInPart[i]` of `parts[partOfRow[i]]`. */
export class MergedBatch implements Batch {
  readonly rowCount: number;
  readonly selected: boolean;
  readonly streams: readonly StreamRef[];
  readonly timestampsNs: BigInt64Array;
  readonly streamIndexes: Uint32Array;
  readonly sequences: Float64Array;
  readonly #parts: readonly Batch[];
  readonly #partOfRow: Uint32Array;
  readonly #rowInPart: Uint32Array;
  #lines: LineColumn | undefined;

  constructor(parts: readonly Batch[], partOfRow: Uint32Array, rowInPart: Uint32Array) {
    this.#parts = parts;
    this.#partOfRow = partOfRow;
    this.#rowInPart = rowInPart;
    this.rowCount = partOfRow.length;
    this.selected = parts.every((part) => part.selected === true);
    const { streams, indexes } = unite(parts.map((part) => part.streams));
    this.streams = streams;
    this.timestampsNs = new BigInt64Array(this.rowCount);
    this.streamIndexes = new Uint32Array(this.rowCount);
    this.sequences = new Float64Array(this.rowCount);
    // Copying timestamps as words makes no bigint per row.
    const words = new Int32Array(this.timestampsNs.buffer);
    const partWords = parts.map((part) => wordsOf(part.timestampsNs));
    for (let row = 0; row < this.rowCount; row++) {
      const part = partOfRow[row]!;
      const from = rowInPart[row]!;
      words[row * 2] = partWords[part]![from * 2]!;
      words[row * 2 + 1] = partWords[part]![from * 2 + 1]!;
      this.streamIndexes[row] = indexes[part]![parts[part]!.streamIndexes[from]!]!;
      this.sequences[row] = parts[part]!.sequences[from]!;
    }
  }

  lineLengths(): Uint32Array {
    const columns = this.#parts.map((part) => part.lineLengths());
    const lengths = new Uint32Array(this.rowCount);
    for (let row = 0; row < this.rowCount; row++)
      lengths[row] = columns[this.#partOfRow[row]!]![this.#rowInPart[row]!]!;
    return lengths;
  }

  lines(): LineColumn {
    this.#lines ??= this.#gatherLines();
    return this.#lines;
  }

  #gatherLines(): LineColumn {
    const columns = this.#parts.map((part) => part.lines());
    const starts = new Uint32Array(this.rowCount);
    const ends = new Uint32Array(this.rowCount);
    let total = 0;
    for (let row = 0; row < this.rowCount; row++) {
      const column = columns[this.#partOfRow[row]!]!;
      const from = this.#rowInPart[row]!;
      starts[row] = total;
      total += column.ends[from]! - column.starts[from]!;
      ends[row] = total;
    }
    const bytes = Buffer.allocUnsafeSlow(total);
    for (let row = 0; row < this.rowCount; row++) {
      const column = columns[this.#partOfRow[row]!]!;
      const from = this.#rowInPart[row]!;
      bytes.set(column.bytes.subarray(column.starts[from], column.ends[from]), starts[row]);
    }
    return { bytes, starts, ends };
  }

  structuredMetadata(row: number): Labels {
    return this.#parts[this.#partOfRow[row]!]!.structuredMetadata(this.#rowInPart[row]!);
  }
}

/** One list of streams out of several, and for each list where its streams went. */
function unite(lists: readonly (readonly StreamRef[])[]): { streams: StreamRef[]; indexes: Uint32Array[] } {
  const streams: StreamRef[] = [];
  const places = new Map<number, number>();
  const indexes = lists.map((list) => {
    const into = new Uint32Array(list.length);
    for (let i = 0; i < list.length; i++) {
      const stream = list[i]!;
      let place = places.get(stream.id);
      if (place === undefined) {
        place = streams.push(stream) - 1;
        places.set(stream.id, place);
      }
      into[i] = place;
    }
    return into;
  });
  return { streams, indexes };
}

function wordsOf(timestamps: BigInt64Array): Int32Array {
  return new Int32Array(timestamps.buffer, timestamps.byteOffset, timestamps.length * 2);
}
