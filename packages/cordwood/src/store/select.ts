import type { Batch } from '../model/batch.ts';
import type { SelectRequest, SelectStatistics } from '../model/select-request.ts';
import type { ChunkHandle } from './chunk/chunk-handle.ts';
import { ChunkTable } from './chunk/chunk-reader.ts';
import { offsetsInDay } from './day-time.ts';
import { MergedBatch } from './rows/merged-batch.ts';
import type { RowTable } from './rows/row-table.ts';
import { TableBatch } from './rows/table-batch.ts';
import { sortRowsByOffset } from './sort-rows.ts';

/**
 * Reading. A query sees the chunks and heads as they were when it began. Days are read one after the other in the direction
 * of the request, because neither chunks nor tables of a head cross a day.
 *
 * Order 'any': table by table, each in one batch.
 *
 * Order 'time': a merge of cursors. A chunk's cursor is opened only when the merge comes to the chunk's time range, and
 * decodes lines only of the window of rows that the reader is about to get; windows and batches start small and grow, so
 * that "the last 100 lines" reads one or two chunks and rebuilds a few hundred lines.
 */
export interface Snapshot {
  /** Pinned by the caller. */
  readonly chunks: readonly ChunkHandle[];
  /** Rows that are not in chunks yet. */
  readonly heads: readonly RowTable[];
}

export interface SelectLimits {
  readonly batchRowsMax: number;
}

const firstWindowRows = 256;
const windowRowsMax = 8192;
const firstBatchRows = 128;
const batchRowsInOrderMax = 8192;

export async function* selectBatches(
  snapshot: Snapshot,
  request: SelectRequest,
  limits: SelectLimits,
): AsyncGenerator<Batch> {
  const selection = new Selection(request);
  const days = [
    ...new Set([...snapshot.chunks.map((chunk) => chunk.entry.day), ...snapshot.heads.map((head) => head.day)]),
  ].sort((a, b) => (request.direction === 'forward' ? a - b : b - a));
  for (const day of days) {
    const range = offsetsInDay(day, request.range);
    if (range === undefined) continue;
    const sources: Source[] = [];
    for (const handle of snapshot.chunks) {
      const { entry } = handle;
      if (entry.day !== day || entry.maxOffset < range.start || entry.minOffset >= range.end) continue;
      sources.push(new ChunkSource(handle, range, selection));
    }
    for (const head of snapshot.heads) {
      if (head.day !== day) continue;
      const source = new HeadSource(head, range, selection);
      if (source.rows.length > 0) sources.push(source);
    }
    if (request.order === 'any') yield* tableByTable(sources, selection, limits);
    else yield* merge(sources, selection);
  }
}

interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** What a request wants, with what was found out so far. */
class Selection {
  readonly request: SelectRequest;
  readonly forward: boolean;
  /** Rows come last first. In any order they come as they lie: columns are then handed out without a copy. */
  readonly reversed: boolean;
  readonly statistics: SelectStatistics;
  readonly #matches = new Map<number, boolean>();

  constructor(request: SelectRequest) {
    this.request = request;
    this.forward = request.direction === 'forward';
    this.reversed = !this.forward && request.order === 'time';
    this.statistics = request.statistics ?? {
      chunksMatched: 0,
      chunksRead: 0,
      rowsRead: 0,
      bytesRead: 0,
      headRowsRead: 0,
    };
  }

  /** Per stream of the table 1 or 0; undefined when none matches. */
  streamMask(table: RowTable): Uint8Array | undefined {
    const mask = new Uint8Array(table.streams.length);
    let any = false;
    for (let i = 0; i < mask.length; i++) {
      const stream = table.streams[i]!;
      let matches = this.#matches.get(stream.id);
      if (matches === undefined) {
        matches = this.request.predicate.matchesStream(stream.labels);
        this.#matches.set(stream.id, matches);
      }
      if (!matches) continue;
      mask[i] = 1;
      any = true;
    }
    return any ? mask : undefined;
  }

  /** The rows of a window that the predicate keeps, or undefined when it keeps none. */
  keep(batch: TableBatch): TableBatch | undefined {
    this.request.signal?.throwIfAborted();
    this.statistics.rowsRead += batch.rowCount;
    const selected = this.request.predicate.selectRows(batch);
    let count = batch.rowCount;
    if (selected !== undefined) {
      count = 0;
      for (let i = 0; i < batch.rowCount; i++) count += selected[i]!;
      if (count === 0) return undefined;
    }
    const kept = count === batch.rowCount ? batch : batch.subset(selected!);
    kept.selected = true;
    return kept;
  }
}

/** A table that a request may find rows in. */
interface Source {
  /** No row comes before this in the direction of the request (an offset). */
  readonly bound: number;
  /** Candidate rows in the direction of the request; undefined when there are none after all. */
  open(): Promise<OpenSource | undefined>;
}

interface OpenSource {
  readonly table: RowTable;
  readonly rows: Uint32Array;
  /** The rows are in the order of the table. */
  readonly ascending: boolean;
  /** Call after each window: adds to the statistics. */
  account(): void;
}

class ChunkSource implements Source {
  readonly bound: number;
  readonly #handle: ChunkHandle;
  readonly #range: OffsetRange;
  readonly #selection: Selection;

  constructor(handle: ChunkHandle, range: OffsetRange, selection: Selection) {
    this.#handle = handle;
    this.#range = range;
    this.#selection = selection;
    this.bound = selection.forward ? handle.entry.minOffset : handle.entry.maxOffset;
  }

  async open(): Promise<OpenSource | undefined> {
    const selection = this.#selection;
    const reader = await this.#handle.reader();
    const table = new ChunkTable(reader);
    const mask = selection.streamMask(table);
    if (mask === undefined) return undefined;
    selection.statistics.chunksMatched++;
    if (!selection.request.predicate.couldMatch(table.summary())) return undefined;
    selection.statistics.chunksRead++;
    const rows = ascendingRows(table, mask, this.#range, this.#handle.entry);
    if (selection.reversed) rows.reverse();
    let accounted = 0;
    return {
      table,
      rows,
      ascending: !selection.reversed,
      account() {
        selection.statistics.bytesRead += table.bytesRead - accounted;
        accounted = table.bytesRead;
      },
    };
  }
}

class HeadSource implements Source {
  readonly bound: number;
  readonly rows: Uint32Array;
  readonly #table: RowTable;
  readonly #selection: Selection;

  constructor(table: RowTable, range: OffsetRange, selection: Selection) {
    this.#table = table;
    this.#selection = selection;
    const mask = selection.streamMask(table);
    const offsets = table.offsets();
    this.rows = mask === undefined ? new Uint32Array(0) : sortRowsByOffset(offsets, matchingRows(table, mask, range));
    if (selection.reversed) this.rows.reverse();
    this.bound = this.rows.length === 0 ? 0 : offsets[this.rows[0]!]!;
  }

  async open(): Promise<OpenSource> {
    const { statistics } = this.#selection;
    const lengths = this.#table.lineLengths();
    statistics.headRowsRead += this.rows.length;
    for (const row of this.rows) statistics.bytesRead += lengths[row]!;
    return { table: this.#table, rows: this.rows, ascending: false, account() {} };
  }
}

/** Rows of a chunk in the range whose stream matches. Rows of a chunk ascend in time. */
function ascendingRows(
  table: ChunkTable,
  mask: Uint8Array,
  range: OffsetRange,
  whole: { readonly minOffset: number; readonly maxOffset: number },
): Uint32Array {
  let first = 0;
  let end = table.rowCount;
  if (whole.minOffset < range.start || whole.maxOffset >= range.end) {
    const offsets = table.offsets();
    first = lowerBound(offsets, range.start);
    end = lowerBound(offsets, range.end);
  }
  const rows = new Uint32Array(Math.max(0, end - first));
  if (mask.every((matches) => matches === 1)) {
    for (let row = first; row < end; row++) rows[row - first] = row;
    return rows;
  }
  const streamIndexes = table.streamIndexes();
  let count = 0;
  for (let row = first; row < end; row++) if (mask[streamIndexes[row]!] === 1) rows[count++] = row;
  return rows.subarray(0, count);
}

function matchingRows(table: RowTable, mask: Uint8Array, range: OffsetRange): Uint32Array {
  const offsets = table.offsets();
  const streamIndexes = table.streamIndexes();
  const rows = new Uint32Array(table.rowCount);
  let count = 0;
  for (let row = 0; row < table.rowCount; row++) {
    if (mask[streamIndexes[row]!] === 1 && offsets[row]! >= range.start && offsets[row]! < range.end)
      rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function lowerBound(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function* tableByTable(
  sources: readonly Source[],
  selection: Selection,
  { batchRowsMax }: SelectLimits,
): AsyncGenerator<Batch> {
  for (const source of sources) {
    selection.request.signal?.throwIfAborted();
    const open = await source.open();
    if (open === undefined) continue;
    for (let start = 0; start < open.rows.length; start += batchRowsMax) {
      const rows = open.rows.subarray(start, start + batchRowsMax);
      const batch = selection.keep(new TableBatch(open.table, rows, open.ascending));
      if (batch !== undefined) yield batch;
      open.account();
    }
  }
}

/** A source being read in order: one window of kept rows at a time. */
class Cursor {
  window!: TableBatch;
  windowOffsets!: Float64Array;
  windowSequences!: Float64Array;
  position = 0;
  readonly #source: OpenSource;
  readonly #selection: Selection;
  #next = 0;
  #windowRows = firstWindowRows;

  constructor(source: OpenSource, selection: Selection) {
    this.#source = source;
    this.#selection = selection;
  }

  /** Goes to the next window that has rows. False at the end. */
  advance(): boolean {
    const { table, rows } = this.#source;
    while (this.#next < rows.length) {
      const end = Math.min(rows.length, this.#next + this.#windowRows);
      const kept = this.#selection.keep(new TableBatch(table, rows.subarray(this.#next, end)));
      this.#source.account();
      this.#next = end;
      this.#windowRows = Math.min(windowRowsMax, this.#windowRows * 2);
      if (kept === undefined) continue;
      this.window = kept;
      const offsets = table.offsets();
      this.windowOffsets = new Float64Array(kept.rowCount);
      for (let i = 0; i < kept.rowCount; i++) this.windowOffsets[i] = offsets[kept.rows[i]!]!;
      this.windowSequences = kept.sequences;
      this.position = 0;
      return true;
    }
    return false;
  }
}

async function* merge(sources: readonly Source[], selection: Selection): AsyncGenerator<Batch> {
  const sign = selection.forward ? 1 : -1;
  const pending = [...sources].sort((a, b) => sign * (a.bound - b.bound));
  let nextPending = 0;
  const cursors: Cursor[] = [];
  const output = new OutputBatch();
  const precedes = (a: Cursor, b: Cursor): boolean => {
    const byTime = sign * (a.windowOffsets[a.position]! - b.windowOffsets[b.position]!);
    if (byTime !== 0) return byTime < 0;
    return sign * (a.windowSequences[a.position]! - b.windowSequences[b.position]!) < 0;
  };
  for (;;) {
    // Open every source that could have a row not behind the first row of those that are open.
    let first = firstOf(cursors, precedes);
    while (nextPending < pending.length) {
      const source = pending[nextPending]!;
      if (first !== undefined && sign * (source.bound - first.windowOffsets[first.position]!) > 0) break;
      nextPending++;
      selection.request.signal?.throwIfAborted();
      const open = await source.open();
      if (open === undefined) continue;
      const cursor = new Cursor(open, selection);
      if (!cursor.advance()) continue;
      cursors.push(cursor);
      if (first === undefined || precedes(cursor, first)) first = cursor;
    }
    if (first === undefined) break;

    // A run: rows of this cursor up to where another one or a source that is not open yet comes first.
    const second = firstOf(
      cursors.filter((cursor) => cursor !== first),
      precedes,
    );
    const bound = pending[nextPending]?.bound;
    const { windowOffsets } = first;
    let end = first.position + 1;
    while (end < windowOffsets.length) {
      if (bound !== undefined && sign * (windowOffsets[end]! - bound) >= 0) break;
      if (second !== undefined) {
        first.position = end;
        const ahead = precedes(first, second);
        if (!ahead) break;
      }
      end++;
    }
    first.position = end;
    for (const batch of output.add(first.window, end)) yield batch;
    if (end === windowOffsets.length && !first.advance()) cursors.splice(cursors.indexOf(first), 1);
  }
  const rest = output.flush();
  if (rest !== undefined) yield rest;
}

function firstOf(cursors: readonly Cursor[], precedes: (a: Cursor, b: Cursor) => boolean): Cursor | undefined {
  let first: Cursor | undefined;
  for (const cursor of cursors) if (first === undefined || precedes(cursor, first)) first = cursor;
  return first;
}

/** Gathers runs of rows into batches; a run that is large enough goes out as it is. */
class OutputBatch {
  #windows: TableBatch[] = [];
  readonly #taken = new Map<TableBatch, number>();
  #partOfRow: number[] = [];
  #rowInPart: number[] = [];
  #batchRows = firstBatchRows;

  /** Rows of `window` up to `end` that were not added before. */
  *add(window: TableBatch, end: number): Generator<Batch> {
    const start = this.#taken.get(window) ?? 0;
    let part = this.#windows.indexOf(window);
    if (part < 0) part = this.#windows.push(window) - 1;
    for (let row = start; row < end; row++) {
      this.#partOfRow.push(part);
      this.#rowInPart.push(row);
    }
    if (end < window.rowCount) this.#taken.set(window, end);
    else this.#taken.delete(window);
    if (this.#rowInPart.length < this.#batchRows) return;
    this.#batchRows = Math.min(batchRowsInOrderMax, this.#batchRows * 2);
    yield this.flush()!;
  }

  flush(): Batch | undefined {
    if (this.#rowInPart.length === 0) return undefined;
    const windows = this.#windows;
    const rows = Uint32Array.from(this.#rowInPart);
    const parts = Uint32Array.from(this.#partOfRow);
    this.#windows = [];
    this.#partOfRow = [];
    this.#rowInPart = [];
    if (windows.length > 1) return new MergedBatch(windows, parts, rows);
    const [window] = windows;
    const batch = new TableBatch(
      window!.table,
      rows.map((row) => window!.rows[row]!),
    );
    batch.selected = true;
    return batch;
  }
}
