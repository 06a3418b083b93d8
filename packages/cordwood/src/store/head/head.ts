import type { StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';
import { HeadDay } from './head-day.ts';
import type { SlabPool } from './slab-pool.ts';

/** Columns, table slot, pointer to the metadata: what a row costs beside its line. */
const rowOverheadBytes = 80;

/** A piece of a head's memory to copy lines into. */
export interface Reservation {
  readonly slab: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * A tenant's entries that are durable in the WAL (or about to be) but not yet in chunks. Lines are copied once, into slabs,
 * which are also what the WAL writes. One head takes entries while its predecessors are being sealed.
 */
export class Head {
  readonly days = new Map<number, HeadDay>();
  /** No record of this head is in an older WAL segment. */
  readonly firstSegment: number;
  readonly createdMs: number;
  lastAppendMs: number;
  lastSequence = 0;
  rowCount = 0;
  /** Memory held: slabs, columns, metadata of its own. */
  memoryBytes = 0;
  lineBytes = 0;
  readonly #slabs: Uint8Array[] = [];
  readonly #pool: SlabPool;
  #used = 0;
  #readers = 0;
  #retired = false;

  constructor(firstSegment: number, nowMs: number, pool: SlabPool) {
    this.#pool = pool;
    this.firstSegment = firstSegment;
    this.createdMs = nowMs;
    this.lastAppendMs = nowMs;
  }

  /** Room for `length` bytes in one piece. Taken only by `take`. */
  reserve(length: number): Reservation {
    let slab = this.#slabs.at(-1);
    if (slab === undefined || this.#used + length > slab.length) {
      slab = this.#pool.take(length, slab?.length ?? 0);
      this.#slabs.push(slab);
      this.memoryBytes += slab.length;
      this.#used = 0;
    }
    return { slab: this.#slabs.length - 1, bytes: slab, offset: this.#used };
  }

  take(length: number): void {
    this.#used += length;
  }

  /** A slab that is full already: what was read from the WAL. */
  adopt(bytes: Uint8Array): number {
    this.memoryBytes += bytes.length;
    this.#used = bytes.length;
    return this.#slabs.push(bytes) - 1;
  }

  day(day: number): HeadDay {
    let rows = this.days.get(day);
    if (rows === undefined) {
      rows = new HeadDay(day, this.#slabs);
      this.days.set(day, rows);
    }
    return rows;
  }

  append(
    rows: HeadDay,
    stream: StreamRef,
    offset: number,
    sequence: number,
    slab: number,
    start: number,
    length: number,
    metadata: Labels,
  ): void {
    rows.append(stream, offset, sequence, slab, start, length, metadata);
    this.rowCount++;
    this.lineBytes += length;
    this.lastSequence = sequence;
    this.memoryBytes += rowOverheadBytes;
    // Lists of one pair are shared by all rows of a level; others belong to their row.
    if (metadata.length > 1) this.memoryBytes += metadata.length * 120;
  }

  /** Somebody reads rows of this head for a while: its memory stays as it is until `unpin`. */
  pin(): void {
    this.#readers++;
  }

  unpin(): void {
    this.#readers--;
    if (this.#retired && this.#readers === 0) this.#giveBack();
  }

  /** The rows are in chunks; the head takes no more and is read by nobody but those who have pinned it. */
  retire(): void {
    this.#retired = true;
    if (this.#readers === 0) this.#giveBack();
  }

  #giveBack(): void {
    for (const slab of this.#slabs) this.#pool.giveBack(slab);
    this.#slabs.length = 0;
  }

  /** Forgets rows behind `sequence`: they did not become durable. */
  truncate(sequence: number): void {
    this.rowCount = 0;
    this.lineBytes = 0;
    for (const rows of this.days.values()) {
      rows.truncate(rows.rowsUpTo(sequence));
      this.rowCount += rows.rowCount;
      this.lineBytes += rows.lineBytes;
    }
    this.lastSequence = Math.min(this.lastSequence, sequence);
  }
}
