import type { StreamRef } from '../model/batch.ts';
import { labelValue, printLabels } from '../model/labels.ts';
import { type Disk, writeSynced } from '../world/disk.ts';
import { encodeChunk, markTies } from './chunk/chunk-writer.ts';
import type { Scratch } from './chunk/scratch.ts';
import type { Head } from './head/head.ts';
import { HeadTable } from './head/head-table.ts';
import type { ChunkEntry } from './manifest.ts';
import type { RowTable } from './rows/row-table.ts';
import { TableBatch } from './rows/table-batch.ts';
import { sortRowsByOffset } from './sort-rows.ts';
import type { StoreSettings } from './store-settings.ts';

/**
 * Sealing turns a head into chunks. Rows of streams that resemble each other (same service) go into the same chunk, so that
 * a query for one service reads little and columns compress well; within a chunk rows are in time order. A stream that
 * fills a chunk gets its own, cut by time.
 */
export async function sealHead(options: {
  head: Head;
  tenant: string;
  disk: Disk;
  chunksDirectory: string;
  pathOf: (id: number) => string;
  takeChunkId: () => number;
  settings: StoreSettings;
  scratch: Scratch;
}): Promise<ChunkEntry[]> {
  const { head, tenant, disk, settings, scratch } = options;
  const entries: ChunkEntry[] = [];
  for (const rows of [...head.days.values()].sort((a, b) => a.day - b.day)) {
    if (rows.rowCount === 0) continue;
    const table = new HeadTable(rows, rows.rowCount);
    const order = sortRowsByOffset(
      table.offsets(),
      Uint32Array.from({ length: table.rowCount }, (_, row) => row),
    );
    const tied = tiesByRow(table, order);
    for (const chunkRows of planChunks(table, order, settings)) {
      const id = options.takeChunkId();
      const lines = table.gatherLines(chunkRows, undefined, (length) => scratch.bytes(length));
      const batch = new TableBatch(table, chunkRows);
      const chunk = await encodeChunk(tenant, batch, { lines, tied: pick(tied, chunkRows), scratch });
      await writeSynced(disk, options.pathOf(id), chunk.parts);
      scratch.reset();
      const { day, minOffset, maxOffset, rowCount, lineBytes } = chunk.footer;
      entries.push({ id, day, minOffset, maxOffset, rowCount, lineBytes, fileBytes: chunk.sizeBytes, level: 0 });
    }
  }
  if (entries.length > 0) await disk.syncDirectory(options.chunksDirectory);
  return entries;
}

/** Rows of each chunk to write, in time order. `order`: all rows in time order. */
export function planChunks(
  table: RowTable,
  order: Uint32Array,
  settings: Pick<StoreSettings, 'chunkLineBytes' | 'chunkRowsMax'>,
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
  for (const stream of streamsBySimilarity(table.streams)) {
    const fits =
      groupRows.length > 0 &&
      groupBytes + bytesOf[stream]! <= settings.chunkLineBytes &&
      groupRows.at(-1)! + rowsOf[stream]! <= settings.chunkRowsMax;
    if (!fits) {
      groupRows.push(0);
      groupBytes = 0;
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

function streamsBySimilarity(streams: readonly StreamRef[]): number[] {
  const keys = streams.map(({ labels }) => `${labelValue(labels, 'service_name')}\0${printLabels(labels)}`);
  return keys.map((_, index) => index).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
}

/** One group that is too large becomes several of about equal size. */
function cutBySize(
  rows: Uint32Array,
  lengths: Uint32Array,
  { chunkLineBytes, chunkRowsMax }: Pick<StoreSettings, 'chunkLineBytes' | 'chunkRowsMax'>,
): Uint32Array[] {
  let total = 0;
  for (const row of rows) total += lengths[row]!;
  const count = Math.max(Math.ceil(total / chunkLineBytes), Math.ceil(rows.length / chunkRowsMax));
  if (count <= 1) return rows.length === 0 ? [] : [rows];
  const bytesEach = total / count;
  const rowsEach = Math.ceil(rows.length / count) + 1;
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
  return pieces;
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
