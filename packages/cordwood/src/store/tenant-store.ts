import { checksum } from '../codec/checksum.ts';
import { releaseBytes } from '../codec/release-bytes.ts';
import type { Batch, StreamRef } from '../model/batch.ts';
import { assert, WorldError } from '../model/failure.ts';
import { type Labels, printLabels } from '../model/labels.ts';
import type { Limits, LimitsFor } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { SelectRequest } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Direction, TimeRange } from '../model/time-range.ts';
import type { Clock } from '../world/clock.ts';
import { type Disk, parentDirectory } from '../world/disk.ts';
import type { ChunkCache } from './bucket/chunk-cache.ts';
import type { TenantBucket } from './bucket/tenant-bucket.ts';
import { ChunkHandle, type OpenChunks, type RemoteChunks } from './chunk/chunk-handle.ts';
import { ChunkTable } from './chunk/chunk-reader.ts';
import type { Scratch } from './chunk/scratch.ts';
import { DaySplitter, dayNs, offsetsInDay, timestampOf } from './day-time.ts';
import { Head } from './head/head.ts';
import type { HeadDay } from './head/head-day.ts';
import { HeadTable } from './head/head-table.ts';
import type { SlabPool } from './head/slab-pool.ts';
import { inParallel } from './in-parallel.ts';
import type { AcceptedStream } from './ingest/accepted-stream.ts';
import type { DiscardCounter } from './ingest/distributor.ts';
import { type Refusal, RowChecks, streamLimit, streamLimitMessage } from './ingest/row-checks.ts';
import { StreamState } from './ingest/stream-state.ts';
import { TokenBucket } from './ingest/token-bucket.ts';
import {
  chunksToJoin,
  type FindRows,
  joinChunks,
  millisecondsNs,
  type Replacement,
  removeExpired,
  removeRows,
} from './maintenance.ts';
import {
  type ChunkEntry,
  chunkFileName,
  emptyManifest,
  type Manifest,
  publishManifest,
  readManifest,
} from './manifest.ts';
import { copyHead, type PinnedPortableSnapshot } from './portable-snapshot.ts';
import type { RetentionRules } from './retention.ts';
import type { RowTable } from './rows/row-table.ts';
import { StreamRegistry } from './rows/stream-registry.ts';
import { TableBatch } from './rows/table-batch.ts';
import { SealedEntries } from './sealed-entries.ts';
import { type ChunkWriting, sealHead } from './sealing.ts';
import { type Snapshot, selectBatches } from './select.ts';
import { sortRowsByOffset } from './sort-rows.ts';
import type { StoreSettings } from './store-settings.ts';
import { type EntriesRecord, EntriesTrailer, entriesRecordType } from './wal/entries-record.ts';
import type { Wal } from './wal/wal.ts';
import { recordHeaderBytes, writeRecordHeader } from './wal/wal-format.ts';

export interface TenantStoreOptions {
  readonly tenant: Tenant;
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly limitsFor: LimitsFor;
  readonly settings: StoreSettings;
  readonly openChunks: OpenChunks;
  readonly slabs: SlabPool;
  readonly scratch: Scratch;
  readonly retention: RetentionRules;
  readonly bucket: TenantBucket | undefined;
  readonly chunkCache: ChunkCache;
  readonly log: LogMessage;
  /** Told of rows as they become durable. */
  readonly listeners: ReadonlySet<(batch: Batch) => void>;
}

/**
 * One tenant's log: the head that takes entries, heads being sealed, and the chunks that the manifest lists.
 *
 * A row gets its sequence the moment it is appended; rows up to `durableSequence` are in the WAL and visible, rows up to
 * `manifest.sealedSequence` are in chunks. Sequences are never given twice, also not those of pushes that failed, so a
 * record found after a crash can always be placed.
 */
export class TenantStore {
  readonly tenant: Tenant;
  readonly registry = new StreamRegistry();
  readonly #options: TenantStoreOptions;
  readonly #chunksDirectory: string;
  readonly #manifestPath: string;
  readonly #splitter = new DaySplitter();
  readonly #sealedEntries = new SealedEntries();
  readonly #streams = new Map<string, StreamState>();
  readonly #remote: RemoteChunks | undefined;
  #manifest: Manifest;
  /** What the bucket was brought to. */
  #inBucket: Manifest | undefined;
  #chunks: readonly ChunkHandle[] = [];
  #head: Head | undefined;
  /** Heads on their way into chunks, oldest first. */
  #sealing: Head[] = [];
  #turn: Promise<void> = Promise.resolve();
  /** When something in a chunk may expire next, by these limits; undefined: never. */
  readonly #nextExpiry = new WeakMap<ChunkHandle, { limits: Limits; atNs: bigint | undefined }>();
  /**
   * Ids are used once, also by seals that failed: a manifest whose publication failed may be on the disk all the same, and
   * the files it lists must stay as they are.
   */
  #nextChunkId: number;
  #lastSequence = 0;
  #durableSequence = 0;
  #waiters: { sequence: number; resolve: () => void; reject: (error: unknown) => void }[] = [];

  private constructor(options: TenantStoreOptions, manifest: Manifest) {
    this.tenant = options.tenant;
    this.#options = options;
    this.#chunksDirectory = `${options.directory}/chunks`;
    this.#manifestPath = `${options.directory}/manifest`;
    const { bucket, disk, chunkCache } = options;
    this.#remote = bucket && {
      has: (id) => bucket.has(id),
      fetch: (entry, path) => bucket.fetch(entry, path, disk),
      cache: chunkCache,
    };
    this.#manifest = manifest;
    this.#nextChunkId = Math.max(manifest.nextChunkId, bucket?.firstChunkId ?? 0);
    this.#lastSequence = manifest.sealedSequence;
    this.#durableSequence = manifest.sealedSequence;
  }

  /** Opens or creates. Removes files that no manifest lists: a crash came between writing and publishing them. */
  static async open(options: TenantStoreOptions): Promise<TenantStore> {
    const { disk, directory, tenant } = options;
    await disk.createDirectory(`${directory}/chunks`);
    await disk.syncDirectory(directory);
    await disk.syncDirectory(parentDirectory(directory));
    const path = `${directory}/manifest`;
    const manifest = (await readManifest(disk, path)) ?? emptyManifest(tenant);
    if (manifest.tenant !== tenant) {
      throw new WorldError('CORRUPT', `the manifest belongs to tenant '${manifest.tenant}' instead of '${tenant}'`, {
        path,
      });
    }
    const store = new TenantStore(options, manifest);
    const listed = new Set(manifest.chunks.map((entry) => chunkFileName(entry.id)));
    const found = new Set(await disk.list(`${directory}/chunks`));
    for (const name of found) if (!listed.has(name)) await disk.remove(`${directory}/chunks/${name}`);
    await store.#setChunks(manifest.chunks.map((entry) => store.#handle(entry, found.has(chunkFileName(entry.id)))));
    return store;
  }

  get isEmpty(): boolean {
    return this.#manifest.chunks.length === 0 && this.#heads().every((head) => head.rowCount === 0);
  }

  /** Oldest WAL segment that holds rows which are not in chunks yet; undefined when there are none. */
  get oldestSegment(): number | undefined {
    const segments = this.#heads()
      .filter((head) => head.rowCount > 0)
      .map((head) => head.firstSegment);
    return segments.length === 0 ? undefined : Math.min(...segments);
  }

  /** Memory of all heads. */
  get headMemoryBytes(): number {
    return this.#heads().reduce((sum, head) => sum + head.memoryBytes, 0);
  }

  /** Memory of the head that still grows. */
  get growingHeadBytes(): number {
    return this.#head?.memoryBytes ?? 0;
  }

  // --- writing -------------------------------------------------------------------------------------------------------------

  /** Appends what the ingester's rules allow. Resolves when it is durable, with the refusal of the rest if there is one. */
  async append(streams: readonly AcceptedStream[], wal: Wal, discarded: DiscardCounter): Promise<Refusal | undefined> {
    let prepared = await this.#sealedEntries.prepare(streams);
    while (prepared.version !== this.#sealedEntries.version) prepared = await this.#sealedEntries.prepare(streams);
    const refusal = this.#appendNow(streams, wal, discarded, prepared.needed);
    await this.#durable(this.#lastSequence);
    return refusal;
  }

  /** No await from here to the end: the order of sequences, of head rows and of WAL records is one order. */
  #appendNow(
    streams: readonly AcceptedStream[],
    wal: Wal,
    discarded: DiscardCounter,
    lookInChunks: boolean,
  ): Refusal | undefined {
    const { clock, limitsFor, settings } = this.#options;
    const limits = limitsFor(this.tenant);
    const nowMs = clock.monotonicMs();
    // Reading chunks may fail; so it comes before anything is changed.
    const sealed = lookInChunks ? streams.map((stream) => this.#sealedRows(stream)) : undefined;
    this.#head ??= new Head(wal.segment, nowMs, this.#options.slabs);
    const head = this.#head;
    const room = head.reserve(recordHeaderBytes + 1 + totalLineBytes(streams));
    const trailer = new EntriesTrailer(this.tenant, this.#lastSequence + 1, streams.length, totalRows(streams));
    let position = room.offset + recordHeaderBytes;
    room.bytes[position++] = entriesRecordType;
    let refusal: Refusal | undefined;

    for (const [index, stream] of streams.entries()) {
      const state = this.#stateOf(stream, limits, nowMs);
      if (state === undefined) {
        discarded('stream_limit', stream.rowCount, totalLineBytes([stream]));
        refusal = { status: 429, message: streamLimitMessage(stream.text, this.tenant) };
        continue;
      }
      const check = new RowChecks(state, stream, limits, settings, discarded);
      const words = wordsOf(stream);
      // A plain view: taking a part of a Buffer costs more.
      const bytes = new Uint8Array(stream.bytes.buffer, stream.bytes.byteOffset, stream.bytes.byteLength);
      const rows: number[] = [];
      for (let row = 0; row < stream.rowCount; row++) {
        this.#splitter.split(words[row * 2]!, words[row * 2 + 1]!);
        const { day, offset } = this.#splitter;
        const start = stream.starts[row]!;
        const end = stream.ends[row]!;
        const metadata = stream.metadata[row]!;
        if (!check.passes(row, day, offset)) continue;
        if (sealed?.[index]?.[row] === 1) continue;
        const isNewest = state.isNewest(day, offset);
        if (!isNewest && this.#headsHave(state.ref, day, offset, bytes, start, end, metadata)) continue;
        state.saw(day, offset);
        room.bytes.set(bytes.subarray(start, end), position);
        const days = head.day(day);
        head.append(days, state.ref, offset, ++this.#lastSequence, room.slab, position, end - start, metadata);
        position += end - start;
        rows.push(row);
      }
      refusal = check.refusal(this.tenant) ?? refusal;
      if (rows.length === 0) continue;
      state.lastAppendMs = nowMs;
      trailer.addStream(stream.labels, words, stream.starts, stream.ends, stream.metadata, rows);
    }

    if (trailer.rowCount === 0) return refusal;
    head.lastAppendMs = nowMs;
    head.take(position - room.offset);
    this.#log(head, wal, room.bytes.subarray(room.offset, position), trailer.finish());
    return refusal;
  }

  /** 1 for rows that are in a chunk already; undefined when none is. */
  #sealedRows(stream: AcceptedStream): Uint8Array | undefined {
    const ref = this.registry.refOf(stream.labels, stream.text);
    const words = wordsOf(stream);
    let found: Uint8Array | undefined;
    for (let row = 0; row < stream.rowCount; row++) {
      this.#splitter.split(words[row * 2]!, words[row * 2 + 1]!);
      const { day, offset } = this.#splitter;
      const { bytes, starts, ends, metadata } = stream;
      if (!this.#sealedEntries.has(ref, day, offset, bytes, starts[row]!, ends[row]!, metadata[row]!)) continue;
      found ??= new Uint8Array(stream.rowCount);
      found[row] = 1;
    }
    return found;
  }

  #log(head: Head, wal: Wal, record: Uint8Array, trailer: Uint8Array): void {
    const lines = record.subarray(recordHeaderBytes);
    writeRecordHeader(record, 0, lines.length + trailer.length, checksum(trailer, checksum(lines)));
    const sequence = this.#lastSequence;
    wal.append({
      parts: [record, trailer],
      durable: () => {
        releaseBytes(new Uint8Array(trailer.buffer));
        this.#becameDurable(head, sequence);
      },
      failed: (error) => this.#dropUndurable(error),
    });
  }

  #becameDurable(head: Head, sequence: number): void {
    const before = this.#durableSequence;
    this.#durableSequence = sequence;
    const ready = this.#waiters.filter((waiter) => waiter.sequence <= sequence);
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence > sequence);
    for (const waiter of ready) waiter.resolve();
    if (this.#options.listeners.size > 0) this.#tell(head, before, sequence);
  }

  /** The WAL failed: rows that were not durable are forgotten, and their pushes fail. */
  #dropUndurable(error: unknown): void {
    for (const head of this.#heads()) head.truncate(this.#durableSequence);
    const { sealedSequence } = this.#manifest;
    assert(this.#durableSequence >= sealedSequence, 'what is sealed was durable');
    const failed = this.#waiters;
    this.#waiters = [];
    for (const waiter of failed) waiter.reject(error);
  }

  #durable(sequence: number): Promise<void> {
    if (sequence <= this.#durableSequence || this.#waitsForNothing()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ sequence, resolve, reject });
    });
  }

  /** After a failed push the last sequences belong to nobody. */
  #waitsForNothing(): boolean {
    return this.#heads().every((head) => head.lastSequence <= this.#durableSequence);
  }

  #headsHave(
    stream: StreamRef,
    day: number,
    offset: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    metadata: Labels,
  ): boolean {
    const has = (days: HeadDay | undefined) =>
      days !== undefined && days.find(stream, offset, bytes, start, end, metadata) >= 0;
    if (has(this.#head?.days.get(day))) return true;
    for (const head of this.#sealing) if (has(head.days.get(day))) return true;
    return false;
  }

  /** The stream's state, made if the limits allow one more active stream. */
  #stateOf(stream: AcceptedStream, limits: Limits, nowMs: number): StreamState | undefined {
    let state = this.#streams.get(stream.text);
    if (state === undefined) {
      const limit = streamLimit(limits, stream.policy);
      if (limit > 0 && this.#streams.size >= limit) {
        this.forgetIdleStreams();
        if (this.#streams.size >= limit) return undefined;
      }
      const ref = this.registry.refOf(stream.labels, stream.text);
      state = new StreamState(ref, stream.text, new TokenBucket(this.#options.clock), nowMs);
      this.#streams.set(stream.text, state);
    }
    return state;
  }

  /** Streams that got nothing for `chunkIdlePeriodMs` do not count as active any more. */
  forgetIdleStreams(): void {
    const { clock, settings } = this.#options;
    const oldestMs = clock.monotonicMs() - settings.chunkIdlePeriodMs;
    for (const [text, state] of this.#streams) if (state.lastAppendMs < oldestMs) this.#streams.delete(text);
  }

  get activeStreams(): number {
    return this.#streams.size;
  }

  /** Puts a record found in the WAL back into the head; says how many rows were new. `payload` is kept. */
  replay(record: EntriesRecord, payload: Uint8Array, segment: number): number {
    const nowMs = this.#options.clock.monotonicMs();
    const lastSequence = record.firstSequence + record.streams.reduce((sum, stream) => sum + stream.rowCount, 0) - 1;
    this.#lastSequence = Math.max(this.#lastSequence, lastSequence);
    this.#durableSequence = this.#lastSequence;
    // A record is sealed as a whole: its rows were appended to one head.
    if (lastSequence <= this.#manifest.sealedSequence) return 0;
    this.#head ??= new Head(segment, nowMs, this.#options.slabs);
    const head = this.#head;
    const slab = head.adopt(payload);
    let sequence = record.firstSequence;
    let added = 0;
    for (const stream of record.streams) {
      const text = printLabels(stream.labels);
      const ref = this.registry.refOf(stream.labels, text);
      let state = this.#streams.get(text);
      if (state === undefined) {
        state = new StreamState(ref, text, new TokenBucket(this.#options.clock), nowMs);
        this.#streams.set(text, state);
      }
      const words = wordsOf(stream);
      for (let row = 0; row < stream.rowCount; row++, sequence++) {
        this.#splitter.split(words[row * 2]!, words[row * 2 + 1]!);
        const { day, offset } = this.#splitter;
        const start = stream.starts[row]!;
        const end = stream.ends[row]!;
        const metadata = stream.metadata[row]!;
        // A push whose answer was an error may be in the log, and again when its client sent it again.
        const isNewest = state.isNewest(day, offset);
        if (!isNewest && this.#headsHave(ref, day, offset, payload, start, end, metadata)) continue;
        state.saw(day, offset);
        head.append(head.day(day), ref, offset, sequence, slab, start, end - start, metadata);
        added++;
      }
    }
    return added;
  }

  // --- sealing -------------------------------------------------------------------------------------------------------------

  /** Should the growing head be sealed now? */
  sealingIsDue(): boolean {
    const head = this.#head;
    if (head === undefined || head.rowCount === 0) return false;
    const { clock, settings } = this.#options;
    const nowMs = clock.monotonicMs();
    return (
      head.lineBytes >= settings.headLineBytes ||
      nowMs - head.createdMs >= settings.maxChunkAgeMs ||
      nowMs - head.lastAppendMs >= settings.chunkIdlePeriodMs
    );
  }

  /**
   * Moves what is in memory into chunks. Resolves when the manifest that lists them is durable; `sealed` is told of each
   * head. When it fails the entries stay in memory and in the WAL, and the next call tries again.
   */
  seal(wal: Wal, sealed: (chunks: readonly ChunkEntry[]) => void): Promise<void> {
    this.freezeHead();
    return this.#inTurn(() => this.#sealPending(wal, sealed));
  }

  /** New entries go to a new head; this one is sealed by the seal that runs, or by the next. */
  freezeHead(): void {
    if (this.#head === undefined || this.#head.rowCount === 0) return;
    this.#sealing.push(this.#head);
    this.#head = undefined;
  }

  /** A seal failed before and waits to be tried again. */
  get hasPendingSeal(): boolean {
    return this.#sealing.length > 0;
  }

  async #sealPending(wal: Wal, sealed: (chunks: readonly ChunkEntry[]) => void): Promise<void> {
    // Oldest first: the manifest's sealedSequence says "everything up to here".
    while (this.#sealing.length > 0) {
      const head = this.#sealing[0]!;
      await wal.settled();
      const chunks = head.rowCount > 0 ? await this.#sealOne(head) : [];
      this.#sealing = this.#sealing.filter((other) => other !== head);
      sealed(chunks);
    }
  }

  async #sealOne(head: Head): Promise<ChunkEntry[]> {
    const entries = await sealHead(head, this.#writing());
    const kept = this.#manifest.chunks;
    await this.#publish({ sealedSequence: head.lastSequence, chunks: [...kept, ...entries] });
    // In one step for readers: the chunks appear as the head disappears.
    this.#sealing = this.#sealing.filter((other) => other !== head);
    head.retire();
    await this.#setChunks([...this.#chunks, ...entries.map((entry) => this.#handle(entry))]);
    return entries;
  }

  async #publish(change: Pick<Manifest, 'chunks'> & Partial<Manifest>): Promise<void> {
    const next = { ...this.#manifest, ...change, nextChunkId: this.#nextChunkId };
    await publishManifest(this.#options.disk, this.#manifestPath, next);
    this.#manifest = next;
  }

  #writing(): ChunkWriting {
    const { disk, settings, scratch, limitsFor, retention } = this.#options;
    const limits = limitsFor(this.tenant);
    return {
      tenant: this.tenant,
      disk,
      directory: this.#chunksDirectory,
      pathOf: (id) => this.#chunkPath(id),
      takeChunkId: () => this.#nextChunkId++,
      settings,
      classOf: (labels) => String(retention.periodMs(labels, limits)),
      scratch,
      exactSequences: false,
    };
  }

  // --- maintenance ---------------------------------------------------------------------------------------------------------

  /** Joins small chunks, one group at a time. */
  joinSmallChunks(): Promise<void> {
    return this.#inTurn(async () => {
      for (;;) {
        const today = Math.floor(Number(this.#options.clock.nowNs()) / dayNs);
        const small = chunksToJoin(this.#chunks, today, this.#options.settings);
        if (small.length === 0) return;
        await this.#replace(await joinChunks(small, this.#writing()));
      }
    });
  }

  /** Removes what is older than its retention period. A chunk is read again only when something in it may have expired. */
  removeExpired(nowNs: bigint): Promise<void> {
    return this.#inTurn(async () => {
      const { limitsFor, retention } = this.#options;
      const limits = limitsFor(this.tenant);
      const { shortestMs, longestMs } = retention.bounds(limits);
      if (!Number.isFinite(shortestMs)) return;
      const youngest = (handle: ChunkHandle) => timestampOf(handle.entry.day, handle.entry.maxOffset);
      for (const handle of this.#chunks) {
        const oldestNs = timestampOf(handle.entry.day, handle.entry.minOffset);
        // No stream of a chunk can have expired before its oldest row has.
        if (oldestNs + millisecondsNs(shortestMs) >= nowNs) continue;
        if (Number.isFinite(longestMs) && youngest(handle) + millisecondsNs(longestMs) < nowNs) {
          await this.#replace({ old: [handle], replacing: [] });
          continue;
        }
        const known = this.#nextExpiry.get(handle);
        if (known?.limits === limits && (known.atNs === undefined || nowNs <= known.atNs)) continue;
        const periodMsOf = (labels: Labels) => retention.periodMs(labels, limits);
        const { replacement, nextNs } = await removeExpired(handle, nowNs, periodMsOf, this.#writing());
        if (replacement === undefined) this.#nextExpiry.set(handle, { limits, atNs: nextNs });
        else await this.#replace(replacement);
      }
    });
  }

  /** Removes the sealed rows of a range that `find` marks; says how many. */
  async removeRows(range: TimeRange, find: FindRows): Promise<number> {
    let removed = 0;
    await this.#inTurn(async () => {
      for (const handle of this.#chunks) {
        const within = offsetsInDay(handle.entry.day, range);
        if (within === undefined || handle.entry.maxOffset < within.start || handle.entry.minOffset >= within.end)
          continue;
        const replacement = await removeRows(handle, range, find, this.#writing());
        if (replacement === undefined) continue;
        await this.#replace(replacement);
        removed += replacement.removedRows;
      }
    });
    return removed;
  }

  async #replace({ old, replacing }: Replacement): Promise<void> {
    const gone = new Set(old.map(({ entry }) => entry.id));
    await this.#publish({ chunks: [...this.#manifest.chunks.filter(({ id }) => !gone.has(id)), ...replacing] });
    const left = this.#chunks.filter(({ entry }) => !gone.has(entry.id));
    await this.#setChunks([...left, ...replacing.map((entry) => this.#handle(entry))]);
    for (const handle of old) {
      const isRead = handle.isPinned;
      const removal = handle.retire().catch((error: unknown) => {
        // The next start cleans the folder.
        this.#options.log('warn', 'A chunk that was replaced could not be removed.', {
          path: handle.path,
          error: String(error),
        });
      });
      if (!isRead) await removal;
    }
  }

  /** Seals and maintenance of a tenant change its list of chunks one after the other. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  #setChunks(chunks: readonly ChunkHandle[]): Promise<void> {
    this.#chunks = chunks;
    return this.#sealedEntries.setChunks(chunks);
  }

  #handle(entry: ChunkEntry, isLocal = true): ChunkHandle {
    const { disk, tenant, openChunks } = this.#options;
    return new ChunkHandle({
      isLocal,
      remote: this.#remote,
      entry,
      path: this.#chunkPath(entry.id),
      disk,
      tenant,
      registry: this.registry,
      open: openChunks,
    });
  }

  #chunkPath(id: number): string {
    return `${this.#chunksDirectory}/${chunkFileName(id)}`;
  }

  #heads(): Head[] {
    return this.#head === undefined ? this.#sealing : [...this.#sealing, this.#head];
  }

  // --- the bucket ---------------------------------------------------------------------------------------------------------

  /** The bucket does not have all that the folder has. */
  get isAheadOfBucket(): boolean {
    const { bucket } = this.#options;
    return bucket !== undefined && (this.#inBucket !== this.#manifest || bucket.hasGarbage);
  }

  /** Brings the bucket to what the folder is now. */
  async publish(): Promise<void> {
    const { bucket, disk } = this.#options;
    if (bucket === undefined) return;
    const manifest = this.#manifest;
    if (manifest.chunks.length === 0 && this.#inBucket === undefined && manifest.sealedSequence === 0) {
      this.#inBucket = manifest;
      return;
    }
    const missing = new Set((await bucket.missing(manifest)).map(({ id }) => id));
    // Chunks that were replaced meanwhile are not in the list any more; then the next round has a newer manifest.
    const handles = await this.#inTurn(async () => {
      const pinned = this.#chunks.filter(({ entry }) => missing.has(entry.id));
      for (const handle of pinned) handle.pin();
      return pinned;
    });
    try {
      if (handles.length < missing.size) return;
      await bucket.publish(manifest, handles, disk);
      this.#inBucket = manifest;
    } finally {
      for (const handle of handles) await handle.unpin();
    }
    for (const handle of this.#chunks) if (bucket.has(handle.entry.id)) handle.becameRemote();
    await this.#options.chunkCache.evict();
  }

  // --- reading -------------------------------------------------------------------------------------------------------------

  async *select(request: SelectRequest): AsyncGenerator<Batch> {
    const snapshot = this.#snapshot(request.range);
    const stopFetching = this.#fetchAhead(snapshot.chunks, request.direction);
    try {
      yield* selectBatches(snapshot, request, { batchRowsMax: this.#options.settings.chunkRowsMax });
    } finally {
      await stopFetching();
      await this.#release(snapshot);
    }
  }

  /** Brings chunks that are not on the disk before the reader comes to them. Returns how to stop it. */
  #fetchAhead(chunks: readonly ChunkHandle[], direction: Direction): () => Promise<void> {
    if (this.#remote === undefined) return async () => {};
    const sign = direction === 'forward' ? 1 : -1;
    const inOrder = [...chunks].sort(
      (a, b) => sign * (a.entry.day - b.entry.day || a.entry.minOffset - b.entry.minOffset),
    );
    let next = 0;
    let stopped = false;
    const lane = async () => {
      // A failure shows when the reader comes to the chunk.
      while (!stopped && next < inOrder.length) await inOrder[next++]!.ensureLocal().catch(() => {});
    };
    const lanes = Array.from({ length: fetchesMax }, lane);
    return async () => {
      stopped = true;
      await Promise.all(lanes);
    };
  }

  /** What a query of the range sees now, for another thread, which reads chunks from the disk. */
  async portableSnapshot(range: TimeRange): Promise<PinnedPortableSnapshot> {
    const snapshot = this.#snapshot(range);
    const copies = snapshot.heads.map((head) => copyHead(head, offsetsInDay(head.day, range)!));
    try {
      if (this.#remote !== undefined) {
        await inParallel(snapshot.chunks, fetchesMax, (chunk) => chunk.ensureLocal());
      }
    } catch (error) {
      await this.#release(snapshot);
      throw error;
    }
    return {
      snapshot: {
        tenant: this.tenant,
        batchRowsMax: this.#options.settings.chunkRowsMax,
        chunks: snapshot.chunks.map(({ entry, path }) => ({ entry, path })),
        heads: copies.filter(({ offsets }) => offsets.length > 0),
      },
      release: () => this.#release(snapshot),
    };
  }

  /** Bytes of the chunk files that a query of the range may read. */
  chunkBytes(range: TimeRange): number {
    return this.#chunksIn(range).reduce((sum, { entry }) => sum + entry.fileBytes, 0);
  }

  /** Calls `visit` for everything in the range that matches, without reading lines. */
  async summarize(
    range: TimeRange,
    matches: (labels: Labels) => boolean,
    visit: (part: SummaryPart) => void,
  ): Promise<void> {
    const snapshot = this.#snapshot(range);
    try {
      for (const head of snapshot.heads) visitTable(head, 'head', range, matches, visit);
      for (const handle of snapshot.chunks) {
        const reader = await handle.reader();
        const { day, minOffset, maxOffset, streams } = reader.footer;
        const within = offsetsInDay(day, range)!;
        if (within.start <= minOffset && maxOffset < within.end) {
          for (const [index, stream] of streams.entries()) {
            if (!matches(stream.labels)) continue;
            const { rowCount, lineBytes } = stream;
            visit({ stream: reader.streams[index]!, source: handle, rowCount, lineBytes });
          }
        } else visitTable(new ChunkTable(reader), handle, range, matches, visit);
      }
    } finally {
      await this.#release(snapshot);
    }
  }

  #chunksIn(range: TimeRange): readonly ChunkHandle[] {
    return this.#chunks.filter(({ entry }) => {
      const within = offsetsInDay(entry.day, range);
      return within !== undefined && entry.maxOffset >= within.start && entry.minOffset < within.end;
    });
  }

  #snapshot(range: TimeRange): PinnedSnapshot {
    const chunks = this.#chunksIn(range);
    for (const handle of chunks) handle.pin();
    const heads: HeadTable[] = [];
    const pinned = this.#heads();
    for (const head of pinned) {
      head.pin();
      for (const rows of head.days.values()) {
        const visible = rows.rowsUpTo(this.#durableSequence);
        if (visible > 0 && offsetsInDay(rows.day, range) !== undefined) heads.push(new HeadTable(rows, visible));
      }
    }
    return { chunks, heads, pinned };
  }

  async #release(snapshot: PinnedSnapshot): Promise<void> {
    for (const head of snapshot.pinned) head.unpin();
    for (const handle of snapshot.chunks) await handle.unpin();
    if (this.#remote !== undefined) await this.#options.chunkCache.evict();
  }

  #tell(head: Head, before: number, upTo: number): void {
    for (const rows of head.days.values()) {
      const first = rows.rowsUpTo(before);
      const end = rows.rowsUpTo(upTo);
      if (first === end) continue;
      const added = Uint32Array.from({ length: end - first }, (_, i) => first + i);
      const batch = new TableBatch(new HeadTable(rows, end), sortRowsByOffset(rows.offsets, added));
      for (const listener of this.#options.listeners) {
        try {
          listener(batch);
        } catch (error) {
          // A listener's failure must not reach the push that is being acknowledged.
          this.#options.log('error', 'A listener of new entries failed.', { error: String(error) });
        }
      }
    }
  }

  /** Waits for sealing that runs, then lets go of all files. */
  async close(): Promise<void> {
    await this.#turn;
    await this.#sealedEntries.close();
    for (const handle of this.#chunks) await handle.close();
  }
}

/** A snapshot and the heads whose memory it reads. */
interface PinnedSnapshot extends Snapshot {
  readonly heads: readonly HeadTable[];
  readonly pinned: readonly Head[];
}

/** Rows of one stream from one place. */
export interface SummaryPart {
  readonly stream: StreamRef;
  readonly source: ChunkHandle | 'head';
  readonly rowCount: number;
  readonly lineBytes: number;
}

function visitTable(
  table: RowTable,
  source: ChunkHandle | 'head',
  range: TimeRange,
  matches: (labels: Labels) => boolean,
  visit: (part: SummaryPart) => void,
): void {
  const within = offsetsInDay(table.day, range);
  if (within === undefined) return;
  const wanted = table.streams.map((stream) => matches(stream.labels));
  if (!wanted.includes(true)) return;
  const offsets = table.offsets();
  const streamIndexes = table.streamIndexes();
  const lengths = table.lineLengths();
  const rows = new Float64Array(table.streams.length);
  const bytes = new Float64Array(table.streams.length);
  for (let row = 0; row < table.rowCount; row++) {
    if (offsets[row]! < within.start || offsets[row]! >= within.end) continue;
    rows[streamIndexes[row]!]!++;
    bytes[streamIndexes[row]!]! += lengths[row]!;
  }
  for (const [index, stream] of table.streams.entries()) {
    if (wanted[index] && rows[index]! > 0) {
      visit({ stream, source, rowCount: rows[index]!, lineBytes: bytes[index]! });
    }
  }
}

/** Chunks that are fetched from a bucket at a time, for one reader. */
const fetchesMax = 8;

function wordsOf({ timestampsNs, rowCount }: { timestampsNs: BigInt64Array; rowCount: number }): Int32Array {
  return new Int32Array(timestampsNs.buffer, timestampsNs.byteOffset, rowCount * 2);
}

function totalRows(streams: readonly AcceptedStream[]): number {
  return streams.reduce((sum, stream) => sum + stream.rowCount, 0);
}

function totalLineBytes(streams: readonly AcceptedStream[]): number {
  let total = 0;
  for (const { starts, ends, rowCount } of streams) {
    for (let row = 0; row < rowCount; row++) total += ends[row]! - starts[row]!;
  }
  return total;
}
