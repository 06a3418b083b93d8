import { Buffer } from 'node:buffer';
import type { LineColumn } from '../../model/batch.ts';

/** The lines of one batch, seen as one run of bytes that can be searched at once. */
export class LineBlock {
  readonly buffer: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly rowCount: number;
  /** Rows lie in the bytes in their order: a place in the bytes tells its row. */
  readonly ascending: boolean;

  constructor(lines: LineColumn, rowCount: number) {
    const { bytes } = lines;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.starts = lines.starts;
    this.ends = lines.ends;
    this.rowCount = rowCount;
    this.ascending = isAscending(lines, rowCount);
  }

  /** First byte of the first row and end of the last; only of use when `ascending`. */
  get start(): number {
    return this.rowCount === 0 ? 0 : this.starts[0]!;
  }

  get end(): number {
    return this.rowCount === 0 ? 0 : this.ends[this.rowCount - 1]!;
  }
}

function isAscending({ starts, ends }: LineColumn, rowCount: number): boolean {
  for (let row = 1; row < rowCount; row++) if (starts[row]! < ends[row - 1]!) return false;
  return true;
}

/** How many rows are still candidates. */
export function countRows(rows: Uint8Array): number {
  let count = 0;
  for (let row = 0; row < rows.length; row++) count += rows[row]!;
  return count;
}
