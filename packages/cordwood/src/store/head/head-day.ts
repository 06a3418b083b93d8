import type { StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';

const initialRows = 256;

/**
 * The rows of one UTC day that are not sealed yet, in arrival order, as growing columns. Finds an entry that comes a second
 * time (`find`): an open-addressing table from a hash of (stream, time, length and a sample of the line) to the row; what it
 * finds is compared byte by byte. The table is built when it is first asked: streams whose times only rise never need it.
 */
export class HeadDay {
  readonly day: number;
  rowCount = 0;
  lineBytes = 0;
  offsets = new Float64Array(initialRows);
  /** Row -> index in `streams`. */
  streamIndexes = new Uint32Array(initialRows);
  /** Ascending, because rows come in arrival order. */
  sequences = new Float64Array(initialRows);
  slabIndexes = new Uint32Array(initialRows);
  lineStarts = new Uint32Array(initialRows);
  lineLengths = new Uint32Array(initialRows);
  /** A plain array: nearly all rows share one of a few frozen label lists. */
  readonly metadata: Labels[] = [];
  readonly slabs: readonly Uint8Array[];
  readonly streams: StreamRef[] = [];
  readonly #streamPlaces = new Map<number, number>();
  #hashes = new Uint32Array(0);
  /** Row + 1, or 0 for a free slot; empty until it is needed. */
  #table = new Int32Array(0);

  constructor(day: number, slabs: readonly Uint8Array[]) {
    this.day = day;
    this.slabs = slabs;
  }

  append(
    stream: StreamRef,
    offset: number,
    sequence: number,
    slab: number,
    start: number,
    length: number,
    metadata: Labels,
  ): void {
    const row = this.rowCount;
    if (row === this.offsets.length) this.#grow();
    this.offsets[row] = offset;
    this.streamIndexes[row] = this.#placeOf(stream);
    this.sequences[row] = sequence;
    this.slabIndexes[row] = slab;
    this.lineStarts[row] = start;
    this.lineLengths[row] = length;
    this.metadata.push(metadata);
    this.rowCount = row + 1;
    this.lineBytes += length;
    if (this.#table.length > 0) this.#insert(row);
  }

  /** The row that equals this entry, or -1. */
  find(stream: StreamRef, offset: number, bytes: Uint8Array, start: number, end: number, metadata: Labels): number {
    if (this.#table.length === 0) this.#rebuildTable();
    const hash = hashEntry(stream.id, offset, bytes, start, end);
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = this.#table[slot]! - 1;
      if (row < 0) return -1;
      if (
        this.#hashes[row] === hash &&
        this.offsets[row] === offset &&
        this.streams[this.streamIndexes[row]!] === stream &&
        this.lineLengths[row] === end - start &&
        equalLabels(this.metadata[row]!, metadata) &&
        equalBytes(this.slabs[this.slabIndexes[row]!]!, this.lineStarts[row]!, bytes, start, end - start)
      ) {
        return row;
      }
    }
  }

  /** Rows with a sequence up to and including this one: a prefix. */
  rowsUpTo(sequence: number): number {
    let low = 0;
    let high = this.rowCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sequences[middle]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets the rows from `rowCount` on: they never became durable. */
  truncate(rowCount: number): void {
    for (let row = rowCount; row < this.rowCount; row++) this.lineBytes -= this.lineLengths[row]!;
    this.rowCount = rowCount;
    this.metadata.length = rowCount;
    if (this.#table.length > 0) this.#rebuildTable();
  }

  #placeOf(stream: StreamRef): number {
    let place = this.#streamPlaces.get(stream.id);
    if (place === undefined) {
      place = this.streams.push(stream) - 1;
      this.#streamPlaces.set(stream.id, place);
    }
    return place;
  }

  #insert(row: number): void {
    const start = this.lineStarts[row]!;
    const slab = this.slabs[this.slabIndexes[row]!]!;
    const stream = this.streams[this.streamIndexes[row]!]!;
    const hash = hashEntry(stream.id, this.offsets[row]!, slab, start, start + this.lineLengths[row]!);
    this.#hashes[row] = hash;
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = row + 1;
  }

  /** A quarter full at most, so that probes stay short. */
  #rebuildTable(): void {
    const rows = this.offsets.length;
    this.#hashes = new Uint32Array(rows);
    this.#table = new Int32Array(rows * 4);
    for (let row = 0; row < this.rowCount; row++) this.#insert(row);
  }

  #grow(): void {
    const rows = this.offsets.length * 2;
    this.offsets = copyInto(new Float64Array(rows), this.offsets);
    this.streamIndexes = copyInto(new Uint32Array(rows), this.streamIndexes);
    this.sequences = copyInto(new Float64Array(rows), this.sequences);
    this.slabIndexes = copyInto(new Uint32Array(rows), this.slabIndexes);
    this.lineStarts = copyInto(new Uint32Array(rows), this.lineStarts);
    this.lineLengths = copyInto(new Uint32Array(rows), this.lineLengths);
    if (this.#table.length > 0) this.#rebuildTable();
  }
}

function copyInto<Column extends Float64Array | Uint32Array>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}

const sampleCount = 16;

/** Hash of what makes an entry the same entry; metadata is left to the comparison. */
export function hashEntry(streamId: number, offset: number, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let hash = Math.imul(streamId ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (offset >>> 0), 0xc2b2ae35);
  hash = Math.imul(hash ^ Math.floor(offset / 4_294_967_296) ^ (hash >>> 15), 0x27d4eb2f);
  hash = Math.imul(hash ^ length, 0x165667b1);
  const step = Math.max(1, Math.floor(length / sampleCount));
  for (let position = end - 1; position >= start; position -= step) {
    hash = Math.imul(hash ^ bytes[position]!, 0x01000193);
  }
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

export function equalLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]!.name !== b[i]!.name || a[i]!.value !== b[i]!.value) return false;
  return true;
}

export function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
