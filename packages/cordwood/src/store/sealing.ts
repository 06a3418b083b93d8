import { checksum } from '../codec/checksum.ts';
import type { StreamRef } from '../model/batch.ts';
import { assert, WorldError } from '../model/failure.ts';
import { type Labels, labelValue, printLabels } from '../model/labels.ts';
import { type Disk, writeSynced } from '../world/disk.ts';
import { ChunkReader, ChunkTable } from './chunk/chunk-reader.ts';
import { encodeChunk, markTies } from './chunk/chunk-writer.ts';
import type { Scratch } from './chunk/scratch.ts';
import type { Head } from './head/head.ts';
import { HeadTable } from './head/head-table.ts';
import type { ChunkEntry } from './manifest.ts';
import type { RowTable } from './rows/row-table.ts';
import { StreamRegistry } from './rows/stream-registry.ts';
import { TableBatch } from './rows/table-batch.ts';
import { sortRows } from './sort-rows.ts';
import type { StoreSettings } from './store-settings.ts';

/** What writing chunks of one tenant takes. */
export interface ChunkWriting {
  readonly tenant: string;
  readonly disk: Disk;
  readonly directory: string;
  readonly pathOf: (id: number) => string;
  readonly takeChunkId: () => number;
  readonly settings: Pick<StoreSettings, 'chunkLineBytes' | 'chunkRowsMax'>;
  /**
   * Streams of different classes do not share a chunk: those whose entries are kept for different times, so that expired
   * chunks are removed as they are and not written again.
   */
  readonly classOf: (labels: Labels) => string;
  readonly scratch: Scratch;
  /**
   * Keep sequences as they are. They can be made cheaper (see encodeChunk) where all rows that could tie with these are
   * written together.
   */
  readonly exactSequences: boolean;
}

/**
 * Sealing turns a head into chunks. Rows of streams that resemble each other (same service) go into the same chunk, so that
 * a query for one service reads little and columns compress well; within a chunk rows are in time order. A stream that
 * fills a chunk gets its own, cut by time.
 */
export async function sealHead(head: Head, writing: ChunkWriting): Promise<ChunkEntry[]> {
  const entries: ChunkEntry[] = [];
  for (const rows of [...head.days.values()].sort((a, b) => a.day - b.day)) {
    if (rows.rowCount === 0) continue;
    const table = new HeadTable(rows, rows.rowCount);
    const gather = (chunkRows: Uint32Array) =>
      table.gatherLines(chunkRows, undefined, (length) => writing.scratch.bytes(length));
    entries.push(...(await writeTable(table, { level: 0, ...rangeOf(table.sequences()) }, writing, gather)));
  }
  await writing.disk.syncDirectory(writing.directory);
  return entries;
}

/** What chunks that are written together share: their level, and the range of sequences that is theirs alone. */
export type ChunkFamily = Pick<ChunkEntry, 'level' | 'minSequence' | 'maxSequence'>;

/** Writes the rows of a table as chunks. Their names are durable after `syncDirectory` of the folder. */
export async function writeTable(
  table: RowTable,
  family: ChunkFamily,
  writing: ChunkWriting,
  linesOf: (rows: Uint32Array) => ReturnType<RowTable['lines']> = (rows) => table.lines(rows),
): Promise<ChunkEntry[]> {
  const { tenant, disk, scratch } = writing;
  const order = sortRows(table);
  const tied = writing.exactSequences ? new Uint8Array(table.rowCount).fill(1) : tiesByRow(table, order);
  const entries: ChunkEntry[] = [];
  for (const rows of planChunks(table, order, writing)) {
    const id = writing.takeChunkId();
    const help = { lines: linesOf(rows), tied: pick(tied, rows), scratch };
    const { parts, sizeBytes, footer } = await encodeChunk(tenant, new TableBatch(table, rows), help);
    await writeSynced(disk, writing.pathOf(id), parts);
    scratch.reset();
    const { day, minOffset, maxOffset, rowCount, lineBytes } = footer;
    entries.push({ id, day, minOffset, maxOffset, rowCount, lineBytes, fileBytes: sizeBytes, ...family });
  }
  return entries;
}

/**
 * Reads chunks back that are about to replace others: every line, put together out of its columns, must give the checksum
 * of the lines that went in. Fails with CORRUPT.
 */
export async function verifyChunks(entries: readonly ChunkEntry[], writing: ChunkWriting): Promise<void> {
  for (const { id, rowCount } of entries) {
    const path = writing.pathOf(id);
    const reader = await ChunkReader.open(writing.disk, path, writing.tenant, new StreamRegistry());
    try {
      const { bytes } = new ChunkTable(reader).lines(Uint32Array.from({ length: rowCount }, (_, row) => row));
      if (checksum(bytes) !== reader.footer.linesChecksum) {
        throw new WorldError('CORRUPT', 'a chunk does not give back the lines that were written', { path });
      }
    } finally {
      await reader.close();
    }
  }
}

/** Rows of each chunk to write, in time order. `order`: all rows in time order. */
export function planChunks(
  table: RowTable,
  order: Uint32Array,
  { settings, classOf }: Pick<ChunkWriting, 'settings' | 'classOf'>,
): Uint32Array[] {
  const lengths = table.lineLengths();
  const streamIndexes = table.streamIndexes();
  const streamCount = table.streams.length;
  const rowsOf = new Uint32Array(streamCount);
  const bytesOf = new Float64Array(streamCount);
  for (const row of order) {
    rowsOf[streamIndexes[row]!]!++;
    bytesOf[streamIndexes[row]!]! += lengths[row]!;
  }
  const groupOf = new Uint32Array(streamCount);
  const groupRows: number[] = [];
  let groupBytes = 0;
  let groupClass = '';
  for (const { index: stream, class: own } of streamsBySimilarity(table.streams, classOf)) {
    const fits =
      groupRows.length > 0 &&
      own === groupClass &&
      groupBytes + bytesOf[stream]! <= settings.chunkLineBytes &&
      groupRows.at(-1)! + rowsOf[stream]! <= settings.chunkRowsMax;
    if (!fits) {
      groupRows.push(0);
      groupBytes = 0;
      groupClass = own;
    }
    groupOf[stream] = groupRows.length - 1;
    groupRows[groupRows.length - 1]! += rowsOf[stream]!;
    groupBytes += bytesOf[stream]!;
  }
  const groups = groupRows.map((count) => new Uint32Array(count));
  const filled = new Uint32Array(groups.length);
  for (const row of order) {
    const group = groupOf[streamIndexes[row]!]!;
    groups[group]![filled[group]!++] = row;
  }
  return groups.flatMap((rows) => cutBySize(rows, lengths, settings));
}

function streamsBySimilarity(
  streams: readonly StreamRef[],
  classOf: ChunkWriting['classOf'],
): { index: number; class: string }[] {
  return streams
    .map(({ labels }, index) => {
      const own = classOf(labels);
      return { index, class: own, key: `${own}\0${labelValue(labels, 'service_name')}\0${printLabels(labels)}` };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** One group that is too large becomes several of about equal size. */
function cutBySize(
  rows: Uint32Array,
  lengths: Uint32Array,
  { chunkLineBytes, chunkRowsMax }: ChunkWriting['settings'],
): Uint32Array[] {
  let total = 0;
  for (const row of rows) total += lengths[row]!;
  const count = Math.max(Math.ceil(total / chunkLineBytes), Math.ceil(rows.length / chunkRowsMax));
  if (count <= 1) return rows.length === 0 ? [] : [rows];
  const bytesEach = total / count;
  const rowsEach = Math.min(chunkRowsMax, Math.ceil(rows.length / count) + 1);
  const pieces: Uint32Array[] = [];
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < rows.length; i++) {
    bytes += lengths[rows[i]!]!;
    if (bytes >= bytesEach || i - start + 1 >= rowsEach) {
      pieces.push(rows.subarray(start, i + 1));
      start = i + 1;
      bytes = 0;
    }
  }
  if (start < rows.length) pieces.push(rows.subarray(start));
  assert(
    pieces.every((piece) => piece.length <= chunkRowsMax),
    'a chunk has at most chunkRowsMax rows',
  );
  return pieces;
}

function rangeOf(sequences: Float64Array): { minSequence: number; maxSequence: number } {
  let minSequence = Number.POSITIVE_INFINITY;
  let maxSequence = 0;
  for (const sequence of sequences) {
    if (sequence < minSequence) minSequence = sequence;
    if (sequence > maxSequence) maxSequence = sequence;
  }
  return { minSequence, maxSequence };
}

function tiesByRow(table: RowTable, order: Uint32Array): Uint8Array {
  const offsets = table.offsets();
  const inOrder = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) inOrder[i] = offsets[order[i]!]!;
  const ties = markTies(inOrder);
  const byRow = new Uint8Array(table.rowCount);
  for (let i = 0; i < order.length; i++) byRow[order[i]!] = ties[i]!;
  return byRow;
}

function pick(values: Uint8Array, rows: Uint32Array): Uint8Array {
  const picked = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}
