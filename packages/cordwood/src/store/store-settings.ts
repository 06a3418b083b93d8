const kib = 1024;
const mib = 1024 * kib;
const minuteMs = 60_000;

/** What the store allows itself. Loki's names where `ingester:` of loki.yaml has the same thing. */
export interface StoreSettings {
  /**
   * `ingester.max_chunk_age`: a head is sealed when its first entry is this old, and entries may come half of it behind the
   * newest of their stream.
   */
  readonly maxChunkAgeMs: number;
  /** `ingester.chunk_idle_period`: a head without new entries is sealed; a stream counts as active for this long. */
  readonly chunkIdlePeriodMs: number;
  /** `ingester.flush_check_period`: how often ages are looked at. */
  readonly flushCheckPeriodMs: number;
  /** `ingester.max_returned_stream_errors`. */
  readonly maxReturnedErrors: number;
  /** `ingester.wal.disk_full_threshold`: above this share of the disk in use pushes are refused; 0 turns it off. */
  readonly walDiskFullThreshold: number;
  /** A tenant's head is sealed when its lines are this large. More gives better sorted chunks, and costs memory. */
  readonly headLineBytes: number;
  /** All heads together, sealed ones included: the largest are sealed above three quarters of it, pushes wait above all of it. */
  readonly headMemoryBytesMax: number;
  /** A push that still finds no room after this long is refused (OVERLOADED) and should be sent again. */
  readonly pushWaitMs: number;
  /** Lines of a chunk, unpacked: what a query decodes at once, and the unit of skipping. */
  readonly chunkLineBytes: number;
  /** Rows of a chunk, and so of a batch: bounds the memory of short lines. */
  readonly chunkRowsMax: number;
  /** Seals of one day that are joined once there are so many small ones. */
  readonly runsToJoin: number;
  /** Rows that are joined at once: bounds the memory of it. */
  readonly joinRowsMax: number;
  /** `compactor.retention_enabled`: without it nothing expires. */
  readonly retentionEnabled: boolean;
  /** `compactor.compaction_interval`: how often small chunks are joined. */
  readonly compactionIntervalMs: number;
  /** `compactor.apply_retention_interval`: how often what has expired is removed; 0: at every compaction. */
  readonly applyRetentionIntervalMs: number;
  readonly walSegmentBytes: number;
  /** Above this the tenants that hold the oldest segments are sealed. Bounds the time of recovery. */
  readonly walBytesMax: number;
  /** With a bucket: chunk files on the local disk that the bucket has too. */
  readonly chunkCacheBytesMax: number;
  /** Open chunk files kept for the next query. */
  readonly openChunksMax: number;
  /** Unpacked columns of chunks kept for the next query. */
  readonly sectionCacheBytes: number;
}

export const defaultStoreSettings: StoreSettings = {
  maxChunkAgeMs: 120 * minuteMs,
  chunkIdlePeriodMs: 30 * minuteMs,
  flushCheckPeriodMs: 30_000,
  maxReturnedErrors: 10,
  walDiskFullThreshold: 0.9,
  headLineBytes: 48 * mib,
  headMemoryBytesMax: 112 * mib,
  pushWaitMs: 5_000,
  chunkLineBytes: 8 * mib,
  chunkRowsMax: 65_536,
  runsToJoin: 8,
  joinRowsMax: 1_000_000,
  retentionEnabled: false,
  compactionIntervalMs: 10 * minuteMs,
  applyRetentionIntervalMs: 0,
  walSegmentBytes: 64 * mib,
  walBytesMax: 512 * mib,
  openChunksMax: 1024,
  sectionCacheBytes: 32 * mib,
  chunkCacheBytesMax: 10 * 1024 * mib,
};
