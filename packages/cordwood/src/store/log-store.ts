import { MalformedBytes } from '../codec/byte-reader.ts';
import type { Batch, StreamRef } from '../model/batch.ts';
import type { PushStream } from '../model/entry.ts';
import { RequestError, WorldError } from '../model/failure.ts';
import { printLabels } from '../model/labels.ts';
import type { SelectRequest } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { TimeRange } from '../model/time-range.ts';
import { every, sleep } from '../world/clock.ts';
import type { DirectoryLock } from '../world/disk.ts';
import { Bucket } from './bucket/bucket.ts';
import { ChunkCache } from './bucket/chunk-cache.ts';
import { OpenChunks } from './chunk/chunk-handle.ts';
import { Scratch } from './chunk/scratch.ts';
import { checkFolderFormat } from './folder-format.ts';
import { SlabPool } from './head/slab-pool.ts';
import { inParallel } from './in-parallel.ts';
import { Distributor } from './ingest/distributor.ts';
import type { FindRows } from './maintenance.ts';
import { readManifest } from './manifest.ts';
import { Counter, gauge, type Metric } from './metrics.ts';
import type { PinnedPortableSnapshot } from './portable-snapshot.ts';
import { RetentionRules } from './retention.ts';
import type { MatchesStream, PushAbout, PushOutcome, Store, StoreOptions, StoreStatistics } from './store.ts';
import { defaultStoreSettings, type StoreSettings } from './store-settings.ts';
import { tenantDirectoryName } from './tenant-directory.ts';
import { TenantStore } from './tenant-store.ts';
import { decodeEntriesRecord } from './wal/entries-record.ts';
import { Wal } from './wal/wal.ts';

/** Tenants whose part of the bucket is brought up to date at a time, beside those that were just sealed. */
const tenantsPublishedMax = 8;
/** Clocks are set right by less than this. */
const clockJumpMsMax = 3_600_000;
/** `cordwood serve` gives the whole end five seconds. */
const publishAtEndMsMax = 3_000;

/**
 * All tenants under one data folder:
 *
 *   FORMAT                       version of the folder
 *   lock                         held while a process uses it
 *   wal/000000000001.wal ...     what is acknowledged and not yet in chunks, of all tenants
 *   tenants/<name>/manifest      what the tenant's data is
 *   tenants/<name>/chunks/*.chunk
 *
 * Opening is recovering: first start, clean start and start after a crash do the same things in the same order (lock,
 * manifests, removal of unlisted files, WAL into heads).
 */
export class LogStore implements Store {
  readonly #options: StoreOptions;
  readonly #settings: StoreSettings;
  readonly #directory: string;
  readonly #lock: DirectoryLock;
  readonly #distributor: Distributor;
  readonly #openChunks: OpenChunks;
  readonly #retention: RetentionRules;
  readonly #chunkCache: ChunkCache;
  readonly #slabs: SlabPool;
  /** One for all: seals run one at a time. */
  readonly #scratch = new Scratch();
  readonly #tenants = new Map<Tenant, TenantStore>();
  readonly #opening = new Map<Tenant, Promise<TenantStore>>();
  /** Folders whose manifest cannot be read: their tenants get the error, everybody else goes on. */
  readonly #broken = new Map<string, WorldError>();
  readonly #counters = createCounters();
  #turn: Promise<void> = Promise.resolve();
  readonly #sealingNow = new Map<TenantStore, Promise<void>>();
  readonly #listeners = new Map<Tenant, Set<(batch: Batch) => void>>();
  readonly #roomListeners = new Set<() => void>();
  readonly #publishing = new Map<TenantStore, Promise<void>>();
  #publishingAll: Promise<void> | undefined;
  #wal!: Wal;
  /** Undefined: the folder is all there is. */
  #bucket: Bucket | undefined;
  /** Another folder took the bucket over: nothing is taken any more. */
  #fenced: WorldError | undefined;
  #stopChecks = () => {};
  #diskFull = false;
  #nextRetentionMs = Number.NEGATIVE_INFINITY;
  readonly #startedNs: bigint;
  readonly #startedMs: number;
  #closing = false;
  /** Pushes are not taken any more. */
  #refusing = false;

  private constructor(options: StoreOptions, lock: DirectoryLock) {
    this.#options = options;
    this.#settings = { ...defaultStoreSettings, ...options.settings };
    this.#directory = options.directory;
    this.#lock = lock;
    this.#startedNs = options.clock.nowNs();
    this.#startedMs = options.clock.monotonicMs();
    this.#openChunks = new OpenChunks(this.#settings.openChunksMax, this.#settings.sectionCacheBytes);
    this.#retention = new RetentionRules(options.compileSelector, options.log);
    this.#chunkCache = new ChunkCache(this.#settings.chunkCacheBytesMax);
    this.#slabs = new SlabPool(this.#settings.headLineBytes);
    this.#distributor = new Distributor({
      clock: options.clock,
      limitsFor: options.limitsFor,
      compileSelector: options.compileSelector,
      discarded: (tenant, reason, lines, bytes) => {
        this.#counters.discardedLines.add(lines, reason, tenant);
        this.#counters.discardedBytes.add(bytes, reason, tenant);
      },
    });
  }

  static async open(options: StoreOptions): Promise<LogStore> {
    const { disk, directory } = options;
    await disk.createDirectory(directory);
    const lock = await disk.lock(directory);
    try {
      const store = new LogStore(options, lock);
      await store.#recover();
      return store;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #recover(): Promise<void> {
    const { disk, clock, log } = this.#options;
    await checkFolderFormat(disk, this.#directory);
    const tenantsDirectory = `${this.#directory}/tenants`;
    await disk.createDirectory(tenantsDirectory);
    const { objects } = this.#options;
    if (objects !== undefined) this.#bucket = await Bucket.open({ objects, disk, directory: this.#directory, log });
    for (const name of await disk.list(tenantsDirectory)) await this.#openFolder(`${tenantsDirectory}/${name}`, name);
    const startMs = clock.monotonicMs();
    const { wal, report } = await Wal.open({
      disk,
      directory: `${this.#directory}/wal`,
      segmentBytesMax: this.#settings.walSegmentBytes,
      log,
      replay: (payload, segment) => this.#replay(payload, segment),
    });
    this.#wal = wal;
    this.#counters.walCorruptions.add(report.damage.length, 'record');
    if (report.records > 0) {
      log('info', 'Recovered the write-ahead log.', {
        segments: report.segments,
        records: report.records,
        bytes: report.bytes,
        tornBytes: report.tornBytes,
        durationMs: Math.round(clock.monotonicMs() - startMs),
      });
    }
    await this.#checkSpace();
    const stopChecks = every(clock, this.#settings.flushCheckPeriodMs, () => this.#check());
    const stopMaintenance = every(clock, this.#settings.compactionIntervalMs, () => this.maintain());
    this.#stopChecks = () => {
      stopChecks();
      stopMaintenance();
    };
  }

  async #openFolder(path: string, name: string): Promise<void> {
    try {
      const manifest = await readManifest(this.#options.disk, `${path}/manifest`);
      // Without a manifest nothing was sealed: the tenant comes back with the WAL, or has no data.
      if (manifest === undefined) return;
      await this.#openTenant(manifest.tenant as Tenant);
    } catch (error) {
      if (!(error instanceof WorldError) || (error.code !== 'CORRUPT' && error.code !== 'FORMAT_VERSION')) throw error;
      this.#broken.set(name, error);
      this.#options.log('error', 'A tenant cannot be opened; its requests will fail.', {
        folder: path,
        error: error.message,
      });
    }
  }

  async #replay(payload: Uint8Array, segment: number): Promise<void> {
    try {
      const record = decodeEntriesRecord(payload);
      const tenant = record.tenant as Tenant;
      if (this.#broken.has(tenantDirectoryName(tenant))) return;
      const store = await this.#openTenant(tenant);
      const rows = store.replay(record, payload, segment);
      this.#counters.walRecoveredEntries.add(rows);
      this.#counters.walRecoveredBytes.add(payload.length);
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      this.#counters.walCorruptions.add(1, 'record');
      this.#options.log('error', 'A WAL record with a valid checksum cannot be read.', {
        segment,
        error: error.message,
      });
    }
  }

  #openTenant(tenant: Tenant): Promise<TenantStore> {
    const open = this.#tenants.get(tenant);
    if (open !== undefined) return Promise.resolve(open);
    let opening = this.#opening.get(tenant);
    if (opening === undefined) {
      const { disk, clock, limitsFor, log } = this.#options;
      const name = tenantDirectoryName(tenant);
      const broken = this.#broken.get(name);
      if (broken !== undefined) return Promise.reject(broken);
      opening = TenantStore.open({
        tenant,
        directory: `${this.#directory}/tenants/${name}`,
        disk,
        clock,
        limitsFor,
        log,
        settings: this.#settings,
        openChunks: this.#openChunks,
        slabs: this.#slabs,
        scratch: this.#scratch,
        retention: this.#retention,
        bucket: this.#bucket?.tenant(name),
        chunkCache: this.#chunkCache,
        listeners: this.#listenersOf(tenant),
      })
        .then((store) => {
          this.#tenants.set(tenant, store);
          return store;
        })
        .finally(() => this.#opening.delete(tenant));
      this.#opening.set(tenant, opening);
    }
    return opening;
  }

  // --- writing -------------------------------------------------------------------------------------------------------------

  async push(tenant: Tenant, streams: readonly PushStream[], about: PushAbout): Promise<PushOutcome> {
    const { limitsFor, clock } = this.#options;
    await this.#admit();
    if (streams.length === 0) {
      return { status: 422, message: 'error at least one valid stream is required for ingestion' };
    }
    try {
      const { accepted, refusal, lines, bytes } = this.#distributor.distribute(tenant, streams, about);
      const latencyMs = limitsFor(tenant).simulatedPushLatencyMs;
      if (latencyMs > 0) await sleep(clock, latencyMs);
      if (accepted.length === 0) return refusal ?? allIsWell;
      const store = await this.#openTenant(tenant);
      const ofIngester = await store.append(accepted, this.#wal, (reason, count, size) => {
        this.#counters.discardedLines.add(count, reason, tenant);
        this.#counters.discardedBytes.add(size, reason, tenant);
      });
      this.#counters.receivedLines.add(lines, tenant, about.format);
      this.#counters.receivedBytes.add(bytes, tenant, about.format);
      this.#sealIfDue(store);
      return ofIngester ?? refusal ?? allIsWell;
    } catch (error) {
      if (error instanceof RequestError) return { status: error.status, message: error.message };
      if (error instanceof WorldError && error.code === 'DISK_FULL') this.#diskFull = true;
      throw error;
    }
  }

  /** Waits for memory, or refuses the push. */
  async #admit(): Promise<void> {
    if (this.#refusing) throw new WorldError('SHUTTING_DOWN', 'Ingester is shutting down');
    if (this.#fenced !== undefined) throw this.#fenced;
    if (this.#diskFull) {
      await this.#checkSpace();
      if (this.#diskFull) {
        this.#counters.walDiskFull.add(1);
        throw new WorldError('DISK_FULL', 'the disk is full: nothing is stored until there is room', {
          path: this.#directory,
        });
      }
    }
    const { headMemoryBytesMax, pushWaitMs } = this.#settings;
    if (this.#headMemoryBytes() < headMemoryBytesMax) return;
    const deadlineMs = this.#options.clock.monotonicMs() + pushWaitMs;
    while (this.#headMemoryBytes() >= headMemoryBytesMax) {
      this.#sealLargest();
      const leftMs = deadlineMs - this.#options.clock.monotonicMs();
      if (leftMs <= 0) {
        throw new WorldError('OVERLOADED', 'entries come faster than they can be written; send them again later');
      }
      await this.#roomOr(leftMs);
      if (this.#refusing) throw new WorldError('SHUTTING_DOWN', 'Ingester is shutting down');
    }
  }

  #roomOr(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        this.#roomListeners.delete(finish);
        resolve();
      };
      const cancel = this.#options.clock.after(waitMs, finish);
      this.#roomListeners.add(finish);
    });
  }

  #headMemoryBytes(): number {
    let total = 0;
    for (const store of this.#tenants.values()) total += store.headMemoryBytes;
    return total;
  }

  #sealIfDue(store: TenantStore): void {
    if (store.sealingIsDue()) this.#sealInBackground(store);
    else if (this.#headMemoryBytes() >= this.#settings.headMemoryBytesMax * 0.75) this.#sealLargest();
    if (this.#wal.sizeBytes >= this.#settings.walBytesMax) this.#sealOldest();
  }

  #sealLargest(): void {
    let largest: TenantStore | undefined;
    for (const store of this.#tenants.values()) {
      if (largest === undefined || store.growingHeadBytes > largest.growingHeadBytes) largest = store;
    }
    if (largest === undefined || largest.growingHeadBytes === 0) return;
    // While others are being sealed their memory is on its way; a crumb of a head would only give crumbs of chunks.
    const isCrumb = largest.growingHeadBytes < this.#settings.headLineBytes / 2;
    if (this.#sealingNow.size === 0 || !isCrumb) this.#sealInBackground(largest);
  }

  /** Seals whoever holds the oldest WAL segment. */
  #sealOldest(): void {
    let oldest: TenantStore | undefined;
    for (const store of this.#tenants.values()) {
      if (store.oldestSegment === undefined) continue;
      if (oldest === undefined || store.oldestSegment < oldest.oldestSegment!) oldest = store;
    }
    if (oldest !== undefined) this.#sealInBackground(oldest);
  }

  /** One seal at a time per tenant, which also takes heads frozen meanwhile; a failure is logged and tried again later. */
  #sealInBackground(store: TenantStore): void {
    if (this.#sealingNow.has(store)) {
      store.freezeHead();
      return;
    }
    const sealing = this.#seal(store).catch((error: unknown) => {
      this.#options.log('error', 'Sealing failed; the entries stay in memory and in the write-ahead log.', {
        tenant: store.tenant,
        error: String(error),
      });
    });
    this.#sealingNow.set(
      store,
      sealing.finally(() => this.#sealingNow.delete(store)),
    );
  }

  #seal(store: TenantStore): Promise<void> {
    return this.#one(() => this.#sealNow(store));
  }

  /** Writing chunks needs memory of its own: one seal or change of chunks at a time. */
  #one<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  async #sealNow(store: TenantStore): Promise<void> {
    await store.seal(this.#wal, (chunks) => {
      for (const entry of chunks) {
        this.#counters.chunksStored.add(1, store.tenant);
        this.#counters.chunkBytesStored.add(entry.fileBytes, store.tenant);
      }
      for (const listener of [...this.#roomListeners]) listener();
    });
    await this.#truncateWal();
    void this.#publish(store);
  }

  /** Brings the bucket to what the folder is, one round at a time per tenant; a failure is tried again at the next check. */
  #publish(store: TenantStore): Promise<void> {
    const running = this.#publishing.get(store);
    if (running !== undefined) return running;
    if (!store.isAheadOfBucket || this.#fenced !== undefined) return Promise.resolve();
    const publishing = this.#publishNow(store).finally(() => this.#publishing.delete(store));
    this.#publishing.set(store, publishing);
    return publishing;
  }

  async #publishNow(store: TenantStore): Promise<void> {
    try {
      while (store.isAheadOfBucket) await store.publish();
    } catch (error) {
      const fenced = error instanceof WorldError && error.code === 'BUCKET_TAKEN';
      if (fenced) this.#fenced = error;
      this.#options.log(
        fenced ? 'error' : 'warn',
        fenced
          ? 'Another data folder owns the bucket: this process takes nothing any more.'
          : 'The bucket could not be brought up to date; everything is on the disk, and it is tried again.',
        { tenant: store.tenant, error: String(error) },
      );
    }
  }

  /** One attempt to bring the bucket up to date for every tenant, a few at a time. */
  async #publishAll(): Promise<void> {
    const behind = [...this.#tenants.values()].filter((store) => store.isAheadOfBucket);
    await inParallel(behind, tenantsPublishedMax, (store) => this.#publish(store));
  }

  async #truncateWal(): Promise<void> {
    // Records of a tenant that cannot be opened exist nowhere else.
    if (this.#broken.size > 0) return;
    const held = [...this.#tenants.values()]
      .map((store) => store.oldestSegment)
      .filter((segment) => segment !== undefined);
    const ended = held.length === 0 ? this.#wal.endSegment() : undefined;
    // Taken before anything else can happen: what is appended from here on goes to this segment or a later one.
    const oldest = Math.min(this.#wal.segment, ...held);
    await ended;
    await this.#wal.removeBefore(oldest);
  }

  async #check(): Promise<void> {
    await this.#checkSpace();
    for (const store of this.#tenants.values()) {
      store.forgetIdleStreams();
      if (store.sealingIsDue() || store.hasPendingSeal) this.#sealInBackground(store);
    }
    this.#publishingAll ??= this.#publishAll().finally(() => {
      this.#publishingAll = undefined;
    });
  }

  async #checkSpace(): Promise<void> {
    const threshold = this.#settings.walDiskFullThreshold;
    try {
      const { totalBytes, freeBytes } = await this.#options.disk.space(this.#directory);
      const full = threshold > 0 && totalBytes > 0 && 1 - freeBytes / totalBytes >= threshold;
      if (full !== this.#diskFull) {
        this.#options.log(
          full ? 'error' : 'info',
          full ? 'The disk is full; pushes are refused.' : 'The disk has room again.',
        );
      }
      this.#diskFull = full;
    } catch (error) {
      this.#options.log('warn', 'The free space of the disk is unknown.', { error: String(error) });
    }
  }

  async maintain(): Promise<void> {
    const { retentionEnabled, applyRetentionIntervalMs } = this.#settings;
    const nowMs = this.#options.clock.monotonicMs();
    if (retentionEnabled && nowMs >= this.#nextRetentionMs) {
      this.#nextRetentionMs = nowMs + applyRetentionIntervalMs;
      const retentionNowNs = this.#trustedNowNs();
      await this.#forEachTenant((store) => store.removeExpired(retentionNowNs), this.#counters.retentionRuns);
    }
    await this.#forEachTenant((store) => store.joinSmallChunks(), this.#counters.compactionRuns);
    await this.#publishAll();
  }

  /**
   * The wall clock, unless it jumped ahead of the time that has passed since the start: a clock that is set to a wrong year
   * must not remove that year's entries.
   */
  #trustedNowNs(): bigint {
    const { clock, log } = this.#options;
    const passedMs = clock.monotonicMs() - this.#startedMs;
    const latestNs = this.#startedNs + BigInt(Math.ceil(passedMs) + clockJumpMsMax) * 1_000_000n;
    const nowNs = clock.nowNs();
    if (nowNs <= latestNs) return nowNs;
    log('warn', 'The clock jumped ahead; retention goes by the time that has passed since the start.', {});
    return latestNs;
  }

  /** What fails for one tenant is tried again in the next round, and the others go on. */
  async #forEachTenant(work: (store: TenantStore) => Promise<void>, runs: Counter): Promise<void> {
    let failed = false;
    for (const store of this.#tenants.values()) {
      if (this.#closing) return;
      try {
        await this.#one(() => work(store));
      } catch (error) {
        failed = true;
        this.#options.log('error', 'Chunks could not be joined or removed; they stay as they are.', {
          tenant: store.tenant,
          error: String(error),
        });
      }
    }
    runs.add(1, failed ? 'failure' : 'success');
  }

  async removeRows(tenant: Tenant, range: TimeRange, find: FindRows): Promise<number> {
    const store = this.#existing(tenant);
    if (store === undefined) return 0;
    // Entries in memory are removed from chunks as all others, and from the WAL with its segments.
    await this.#seal(store);
    const removed = await this.#one(() => store.removeRows(range, find));
    await this.#publish(store);
    return removed;
  }

  stopIngestion(): void {
    this.#refusing = true;
    for (const listener of [...this.#roomListeners]) listener();
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#tenants.values()].map((store) => this.#seal(store)));
    await this.#publishAll();
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#refusing = true;
    this.#stopChecks();
    for (const listener of [...this.#roomListeners]) listener();
    await this.#turn;
    await this.#wal.settled();
    try {
      await Promise.all([...this.#tenants.values()].map((store) => this.#seal(store)));
      if (this.#bucket !== undefined) await this.#publishAtEnd(this.#bucket);
    } catch (error) {
      this.#options.log('error', 'Sealing at shutdown failed; the next start recovers from the write-ahead log.', {
        error: String(error),
      });
    }
    await this.#wal.close();
    for (const store of this.#tenants.values()) await store.close();
    await this.#openChunks.close();
    await this.#lock.release();
  }

  /** What is not in the bucket when the time is over is published by the next start. */
  async #publishAtEnd(bucket: Bucket): Promise<void> {
    let cancel = () => {};
    const timeIsOver = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(publishAtEndMsMax, resolve);
    });
    await Promise.race([this.#publishAll(), timeIsOver]);
    cancel();
    bucket.stop();
  }

  // --- reading -------------------------------------------------------------------------------------------------------------

  readonly select = (request: SelectRequest): AsyncIterable<Batch> => this.#select(request);

  async *#select(request: SelectRequest): AsyncGenerator<Batch> {
    const store = this.#existing(request.tenant);
    if (store !== undefined) yield* store.select(request);
  }

  async portableSnapshot(tenant: Tenant, range: TimeRange): Promise<PinnedPortableSnapshot | undefined> {
    return this.#existing(tenant)?.portableSnapshot(range);
  }

  chunkBytes(tenant: Tenant, range: TimeRange): number {
    return this.#existing(tenant)?.chunkBytes(range) ?? 0;
  }

  async streams(tenant: Tenant, range: TimeRange, matches: MatchesStream): Promise<readonly StreamRef[]> {
    const found = new Set<StreamRef>();
    await this.#existing(tenant)?.summarize(range, matches, ({ stream }) => found.add(stream));
    return sortedByLabels([...found], (stream) => stream);
  }

  async statistics(tenant: Tenant, range: TimeRange, matches: MatchesStream): Promise<StoreStatistics> {
    const streams = new Set<StreamRef>();
    const sources = new Set<unknown>();
    let bytes = 0;
    let entries = 0;
    await this.#existing(tenant)?.summarize(range, matches, ({ stream, source, rowCount, lineBytes }) => {
      streams.add(stream);
      sources.add(source);
      entries += rowCount;
      bytes += lineBytes;
    });
    return { streams: streams.size, chunks: sources.size, bytes, entries };
  }

  async streamBytes(
    tenant: Tenant,
    range: TimeRange,
    matches: MatchesStream,
  ): Promise<readonly { readonly stream: StreamRef; readonly bytes: number }[]> {
    const totals = new Map<StreamRef, number>();
    await this.#existing(tenant)?.summarize(range, matches, ({ stream, lineBytes }) => {
      totals.set(stream, (totals.get(stream) ?? 0) + lineBytes);
    });
    const list = [...totals].map(([stream, bytes]) => ({ stream, bytes }));
    return sortedByLabels(list, ({ stream }) => stream);
  }

  subscribe(tenant: Tenant, listener: (batch: Batch) => void): () => void {
    const listeners = this.#listenersOf(tenant);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Exists before the tenant does: following a tenant makes no folder for it. */
  #listenersOf(tenant: Tenant): Set<(batch: Batch) => void> {
    let listeners = this.#listeners.get(tenant);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(tenant, listeners);
    }
    return listeners;
  }

  tenants(): Tenant[] {
    return [...this.#tenants.values()]
      .filter((store) => !store.isEmpty)
      .map((store) => store.tenant)
      .sort();
  }

  metrics(): Metric[] {
    const perTenant = (value: (store: TenantStore) => number) =>
      [...this.#tenants.values()].map((store) => ({ labels: { tenant: store.tenant as string }, value: value(store) }));
    return [
      ...Object.values(this.#counters).map((counter) => counter.read()),
      gauge(
        'loki_ingester_memory_streams',
        'Active streams.',
        perTenant((store) => store.activeStreams),
      ),
      gauge('loki_ingester_wal_bytes_in_use', 'Memory of entries that are not in chunks yet.', [
        { labels: {}, value: this.#headMemoryBytes() },
      ]),
      gauge('loki_ingester_flush_queue_length', 'Tenants that are being sealed.', [
        { labels: {}, value: this.#sealingNow.size },
      ]),
    ];
  }

  #existing(tenant: Tenant): TenantStore | undefined {
    const broken = this.#broken.get(tenantDirectoryName(tenant));
    if (broken !== undefined) throw broken;
    return this.#tenants.get(tenant);
  }
}

const allIsWell: PushOutcome = { status: 204, message: '' };

function createCounters() {
  return {
    receivedLines: new Counter('loki_distributor_lines_received_total', 'Lines accepted.', ['tenant', 'format']),
    receivedBytes: new Counter('loki_distributor_bytes_received_total', 'Bytes accepted.', ['tenant', 'format']),
    discardedLines: new Counter('loki_discarded_samples_total', 'Lines refused.', ['reason', 'tenant']),
    discardedBytes: new Counter('loki_discarded_bytes_total', 'Bytes refused.', ['reason', 'tenant']),
    chunksStored: new Counter('loki_ingester_chunks_stored_total', 'Chunks written.', ['tenant']),
    chunkBytesStored: new Counter('loki_ingester_chunk_stored_bytes_total', 'Bytes of chunks written.', ['tenant']),
    walCorruptions: new Counter('loki_ingester_wal_corruptions_total', 'Damaged WAL records found.', ['type']),
    walRecoveredEntries: new Counter(
      'loki_ingester_wal_recovered_entries_total',
      'Entries found in the WAL at start.',
      [],
    ),
    walRecoveredBytes: new Counter('loki_ingester_wal_recovered_bytes_total', 'Bytes found in the WAL at start.', []),
    compactionRuns: new Counter(
      'loki_boltdb_shipper_compact_tables_operation_total',
      'Rounds of joining small chunks.',
      ['status'],
    ),
    retentionRuns: new Counter(
      'loki_compactor_apply_retention_operation_total',
      'Rounds of removing what has expired.',
      ['status'],
    ),
    walDiskFull: new Counter(
      'loki_ingester_wal_disk_full_failures_total',
      'Pushes refused because the disk is full.',
      [],
    ),
  };
}

function sortedByLabels<Item>(items: Item[], streamOf: (item: Item) => StreamRef): Item[] {
  const keyed = items.map((item) => ({ item, key: printLabels(streamOf(item).labels) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ item }) => item);
}

/** Refuses a folder of a newer version, and marks a new one. */
