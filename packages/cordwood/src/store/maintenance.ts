import type { Batch } from '../model/batch.ts';
import type { Labels } from '../model/labels.ts';
import type { TimeRange } from '../model/time-range.ts';
import type { ChunkHandle } from './chunk/chunk-handle.ts';
import { ChunkTable } from './chunk/chunk-reader.ts';
import { offsetsInDay, timestampOf } from './day-time.ts';
import type { ChunkEntry } from './manifest.ts';
import { JoinedTable, type TablePart } from './rows/joined-table.ts';
import { TableBatch } from './rows/table-batch.ts';
import { type ChunkWriting, verifyChunks, writeTable } from './sealing.ts';
import type { StoreSettings } from './store-settings.ts';

/**
 * Work on chunks that are there already: joining small ones, removing what has expired or was deleted. Each kind is a
 * function from chunks to the chunks that replace them; publishing is the tenant's.
 */
export interface Replacement {
  readonly old: readonly ChunkHandle[];
  readonly replacing: readonly ChunkEntry[];
}

// --- joining -----------------------------------------------------------------------------------------------------------------

/**
 * Small chunks of one day that should be one: consecutive seals, each smaller than half a head, once there are `runsToJoin`
 * of them, or two when the day is over. Whole seals only: sequences that were made cheap (see encodeChunk) order rows only
 * against rows outside of their seal's range.
 */
export function chunksToJoin(
  chunks: readonly ChunkHandle[],
  today: number,
  settings: Pick<StoreSettings, 'headLineBytes' | 'runsToJoin' | 'joinRowsMax'>,
): readonly ChunkHandle[] {
  const days = Map.groupBy(chunks, (chunk) => chunk.entry.day);
  for (const day of [...days.keys()].sort((a, b) => a - b)) {
    const enough = day < today ? 2 : settings.runsToJoin;
    let candidates: ChunkRun[] = [];
    for (const run of [...runsOf(days.get(day)!), undefined]) {
      const small = run !== undefined && run.lineBytes < settings.headLineBytes / 2;
      const lineBytes = candidates.reduce((sum, { lineBytes }) => sum + lineBytes, run?.lineBytes ?? 0);
      const rows = candidates.reduce((sum, { rowCount }) => sum + rowCount, run?.rowCount ?? 0);
      if (small && lineBytes <= settings.headLineBytes && rows <= settings.joinRowsMax) {
        candidates.push(run);
        continue;
      }
      if (candidates.length >= enough) break;
      candidates = small ? [run] : [];
    }
    if (candidates.length >= enough) return candidates.flatMap(({ chunks }) => chunks);
  }
  return [];
}

/** Chunks whose ranges of sequences overlap: those of one seal (they share their range), or what was made of several. */
interface ChunkRun {
  readonly chunks: ChunkHandle[];
  maxSequence: number;
  lineBytes: number;
  rowCount: number;
}

function runsOf(chunks: readonly ChunkHandle[]): ChunkRun[] {
  const runs: ChunkRun[] = [];
  for (const chunk of [...chunks].sort((a, b) => a.entry.minSequence - b.entry.minSequence)) {
    const { minSequence, maxSequence, lineBytes, rowCount } = chunk.entry;
    const last = runs.at(-1);
    if (last === undefined || minSequence > last.maxSequence) {
      runs.push({ chunks: [chunk], maxSequence, lineBytes, rowCount });
      continue;
    }
    last.chunks.push(chunk);
    last.maxSequence = Math.max(last.maxSequence, maxSequence);
    last.lineBytes += lineBytes;
    last.rowCount += rowCount;
  }
  return runs;
}

export function joinChunks(old: readonly ChunkHandle[], writing: ChunkWriting): Promise<Replacement> {
  return withTables(old, (tables) => {
    const parts = tables.map((table) => ({ table, rows: allRows(table) }));
    return rewrite(old, parts, { ...writing, exactSequences: false });
  });
}

// --- removing ----------------------------------------------------------------------------------------------------------------

export interface Expiry {
  /** Undefined when nothing has expired. */
  readonly replacement?: Replacement;
  /** Before this nothing will, by the same rules; undefined: never. */
  readonly nextNs?: bigint;
}

/**
 * What is left of a chunk when the streams are gone whose last entry in it is older than their period. Entries younger than
 * their period are never removed: a stream stays whole while any is.
 */
export function removeExpired(
  handle: ChunkHandle,
  nowNs: bigint,
  periodMsOf: (labels: Labels) => number,
  writing: ChunkWriting,
): Promise<Expiry> {
  return withTables([handle], async ([table]) => {
    const { day, streams } = table!.reader.footer;
    const ends = streams.map(({ labels, maxOffset }) => {
      const periodMs = periodMsOf(labels);
      return Number.isFinite(periodMs) ? timestampOf(day, maxOffset) + millisecondsNs(periodMs) : undefined;
    });
    const expired = ends.map((endNs) => endNs !== undefined && endNs < nowNs);
    if (!expired.includes(true)) {
      const finite = ends.filter((endNs) => endNs !== undefined).sort((a, b) => (a < b ? -1 : 1));
      return finite[0] === undefined ? {} : { nextNs: finite[0] };
    }
    if (!expired.includes(false)) return { replacement: { old: [handle], replacing: [] } };
    const streamIndexes = table!.streamIndexes();
    const rows = allRows(table!).filter((row) => !expired[streamIndexes[row]!]);
    const replacement = await rewrite([handle], [{ table: table!, rows }], { ...writing, exactSequences: true });
    return { replacement };
  });
}

export function millisecondsNs(milliseconds: number): bigint {
  return BigInt(Math.ceil(milliseconds)) * 1_000_000n;
}

/** Marks (1) the rows of a batch that are to be removed; undefined: none. */
export type FindRows = (batch: Batch) => Uint8Array | undefined;

/** What is left of a chunk without the rows in the range that `find` marks; undefined when it marks none. */
export function removeRows(
  handle: ChunkHandle,
  range: TimeRange,
  find: FindRows,
  writing: ChunkWriting,
): Promise<(Replacement & { readonly removedRows: number }) | undefined> {
  return withTables([handle], async ([table]) => {
    const removed = markRows(table!, range, find);
    const rows = allRows(table!).filter((row) => removed[row] === 0);
    const removedRows = table!.rowCount - rows.length;
    if (removedRows === 0) return undefined;
    const replacement = await rewrite([handle], [{ table: table!, rows }], { ...writing, exactSequences: true });
    return { ...replacement, removedRows };
  });
}

function markRows(table: ChunkTable, range: TimeRange, find: FindRows): Uint8Array {
  const mask = new Uint8Array(table.rowCount);
  const within = offsetsInDay(table.day, range);
  if (within === undefined) return mask;
  const offsets = table.offsets();
  const rows = allRows(table).filter((row) => offsets[row]! >= within.start && offsets[row]! < within.end);
  if (rows.length === 0) return mask;
  const marked = find(new TableBatch(table, rows, true));
  if (marked !== undefined) for (let i = 0; i < rows.length; i++) mask[rows[i]!] = marked[i]!;
  return mask;
}

function allRows(table: ChunkTable): Uint32Array {
  return Uint32Array.from({ length: table.rowCount }, (_, row) => row);
}

async function withTables<Result>(
  handles: readonly ChunkHandle[],
  use: (tables: readonly ChunkTable[]) => Promise<Result>,
): Promise<Result> {
  for (const handle of handles) handle.pin();
  try {
    const tables: ChunkTable[] = [];
    for (const handle of handles) tables.push(new ChunkTable(await handle.reader()));
    return await use(tables);
  } finally {
    for (const handle of handles) await handle.unpin();
  }
}

/** Writes these rows as new chunks, and reads them back before they are believed. */
async function rewrite(
  old: readonly ChunkHandle[],
  parts: readonly TablePart[],
  writing: ChunkWriting,
): Promise<Replacement> {
  if (parts.every(({ rows }) => rows.length === 0)) return { old, replacing: [] };
  const family = {
    level: 1 + Math.max(...old.map(({ entry }) => entry.level)),
    minSequence: Math.min(...old.map(({ entry }) => entry.minSequence)),
    maxSequence: Math.max(...old.map(({ entry }) => entry.maxSequence)),
  };
  const replacing = await writeTable(new JoinedTable(parts), family, writing);
  await writing.disk.syncDirectory(writing.directory);
  await verifyChunks(replacing, writing);
  return { old, replacing };
}
