import type { StreamRef } from '../model/batch.ts';
import type { Labels } from '../model/labels.ts';
import type { ChunkHandle } from './chunk/chunk-handle.ts';
import { ChunkTable } from './chunk/chunk-reader.ts';
import { DaySplitter } from './day-time.ts';
import { equalBytes, equalLabels } from './head/head-day.ts';
import type { AcceptedStream } from './ingest/accepted-stream.ts';

/**
 * Answers whether an entry is in a chunk already: a client that lost our answer sends its entries again, perhaps after they
 * were sealed. Live traffic is newer than every chunk and costs one comparison per push; only what falls into a chunk's
 * time range and stream is looked up.
 *
 * Lookups must not wait (entries are ordered by the moment they are appended), so a push first `prepare`s, which opens the
 * chunks, and asks then.
 */
export class SealedEntries {
  /** Changes whenever the chunks change. What was prepared before must be prepared again. */
  version = 0;
  #byDay = new Map<number, ChunkHandle[]>();
  #prepared = new Map<ChunkHandle, PreparedChunk>();
  readonly #splitter = new DaySplitter();

  /** The chunks that are live now. Lets go of those that are not any more. */
  async setChunks(chunks: readonly ChunkHandle[]): Promise<void> {
    this.version++;
    this.#byDay = new Map();
    for (const chunk of chunks) {
      const list = this.#byDay.get(chunk.entry.day);
      if (list === undefined) this.#byDay.set(chunk.entry.day, [chunk]);
      else list.push(chunk);
    }
    const live = new Set(chunks);
    await this.#release((handle) => live.has(handle));
  }

  /**
   * Opens the chunks that entries of these streams may be in. The answer holds while `version` is what it was; `needed` is
   * false when there are no such chunks, and `has` need not be asked.
   */
  async prepare(streams: readonly AcceptedStream[]): Promise<{ version: number; needed: boolean }> {
    for (;;) {
      const { version } = this;
      const wanted = this.#overlapping(streams);
      if (wanted.size === 0) return { version, needed: false };
      for (const handle of wanted) {
        if (this.#prepared.has(handle)) continue;
        handle.pin();
        try {
          const reader = await handle.reader();
          this.#prepared.set(handle, { table: new ChunkTable(reader), rows: new Map() });
        } catch (error) {
          await handle.unpin();
          throw error;
        }
      }
      await this.#release((handle) => wanted.has(handle));
      if (version === this.version) return { version, needed: true };
    }
  }

  has(
    stream: StreamRef,
    day: number,
    offset: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    metadata: Labels,
  ): boolean {
    for (const handle of this.#byDay.get(day) ?? []) {
      if (offset < handle.entry.minOffset || offset > handle.entry.maxOffset) continue;
      const chunk = this.#prepared.get(handle);
      if (chunk !== undefined && chunkHas(chunk, stream, offset, bytes, start, end, metadata)) return true;
    }
    return false;
  }

  /** Lets go of everything: the chunks may be removed. */
  async close(): Promise<void> {
    await this.#release(() => false);
  }

  #overlapping(streams: readonly AcceptedStream[]): Set<ChunkHandle> {
    const wanted = new Set<ChunkHandle>();
    if (this.#byDay.size === 0) return wanted;
    const ranges = new Map<number, { min: number; max: number }>();
    for (const { timestampsNs, rowCount } of streams) {
      const words = new Int32Array(timestampsNs.buffer, timestampsNs.byteOffset, rowCount * 2);
      for (let row = 0; row < rowCount; row++) {
        this.#splitter.split(words[row * 2]!, words[row * 2 + 1]!);
        const { day, offset } = this.#splitter;
        const range = ranges.get(day);
        if (range === undefined) ranges.set(day, { min: offset, max: offset });
        else if (offset < range.min) range.min = offset;
        else if (offset > range.max) range.max = offset;
      }
    }
    for (const [day, { min, max }] of ranges) {
      for (const handle of this.#byDay.get(day) ?? []) {
        if (handle.entry.minOffset <= max && handle.entry.maxOffset >= min) wanted.add(handle);
      }
    }
    return wanted;
  }

  async #release(keeps: (handle: ChunkHandle) => boolean): Promise<void> {
    for (const handle of [...this.#prepared.keys()]) {
      if (keeps(handle)) continue;
      this.#prepared.delete(handle);
      await handle.unpin();
    }
  }
}

interface PreparedChunk {
  readonly table: ChunkTable;
  /** Index of a stream in the chunk -> its rows, ascending in time. */
  readonly rows: Map<number, Uint32Array>;
}

function chunkHas(
  { table, rows }: PreparedChunk,
  stream: StreamRef,
  offset: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  metadata: Labels,
): boolean {
  const index = table.streams.indexOf(stream);
  if (index < 0) return false;
  const summary = table.reader.footer.streams[index]!;
  if (offset < summary.minOffset || offset > summary.maxOffset) return false;
  let own = rows.get(index);
  if (own === undefined) {
    own = rowsOfStream(table.streamIndexes(), index, summary.rowCount);
    rows.set(index, own);
  }
  const offsets = table.offsets();
  const lengths = table.lineLengths();
  for (let i = firstNotBefore(offsets, own, offset); i < own.length && offsets[own[i]!] === offset; i++) {
    const row = own[i]!;
    if (lengths[row] !== end - start || !equalLabels(table.metadata(row), metadata)) continue;
    const line = table.lines(own.subarray(i, i + 1));
    if (equalBytes(line.bytes, line.starts[0]!, bytes, start, end - start)) return true;
  }
  return false;
}

function rowsOfStream(streamIndexes: Uint32Array, index: number, count: number): Uint32Array {
  const rows = new Uint32Array(count);
  let filled = 0;
  for (let row = 0; row < streamIndexes.length && filled < count; row++) {
    if (streamIndexes[row] === index) rows[filled++] = row;
  }
  return rows.subarray(0, filled);
}

function firstNotBefore(offsets: Float64Array, rows: Uint32Array, offset: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[rows[middle]!]! < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
