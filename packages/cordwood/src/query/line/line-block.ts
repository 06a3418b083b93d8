import { Buffer } from 'node:buffer';
import type { LineColumn } from '../../model/batch.ts';

/** The lines of one batch, seen as one run of bytes that can be searched at once. */
export class LineBlock {
  readonly buffer: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly rowCount: number;
  #byPlace: Uint32Array | undefined;
  #lineBytes: number | undefined;

  constructor(lines: LineColumn, rowCount: number) {
    const { bytes } = lines;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.starts = lines.starts;
    this.ends = lines.ends;
    this.rowCount = rowCount;
  }

  /** Rows in the order in which their lines lie in the bytes. */
  get byPlace(): Uint32Array {
    this.#byPlace ??= orderByPlace(this.starts, this.rowCount);
    return this.#byPlace;
  }

  /** Where the first line begins. */
  get start(): number {
    return this.rowCount === 0 ? 0 : this.starts[this.byPlace[0]!]!;
  }

  /** Where the last line ends. */
  get end(): number {
    return this.rowCount === 0 ? 0 : this.ends[this.byPlace[this.rowCount - 1]!]!;
  }

  /** Bytes of all lines; less than `end - start` when other things lie between them. */
  get lineBytes(): number {
    if (this.#lineBytes === undefined) {
      let sum = 0;
      for (let row = 0; row < this.rowCount; row++) sum += this.ends[row]! - this.starts[row]!;
      this.#lineBytes = sum;
    }
    return this.#lineBytes;
  }
}

/** Lines mostly lie in the order of their rows, or, read backward, in its reverse. */
function orderByPlace(starts: Uint32Array, rowCount: number): Uint32Array {
  const rows = new Uint32Array(rowCount);
  let ascending = true;
  let descending = true;
  for (let row = 1; row < rowCount; row++) {
    if (starts[row]! < starts[row - 1]!) ascending = false;
    else descending = false;
  }
  if (!ascending && descending) {
    for (let row = 0; row < rowCount; row++) rows[row] = rowCount - 1 - row;
    return rows;
  }
  for (let row = 0; row < rowCount; row++) rows[row] = row;
  return ascending ? rows : rows.sort((a, b) => starts[a]! - starts[b]!);
}

/** How many rows are still candidates. */
export function countRows(rows: Uint8Array): number {
  let count = 0;
  for (let row = 0; row < rows.length; row++) count += rows[row]!;
  return count;
}
