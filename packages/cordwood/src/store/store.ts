import type { Batch, StreamRef } from '../model/batch.ts';
import type { PushStream } from '../model/entry.ts';
import type { Labels } from '../model/labels.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Select } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { TimeRange } from '../model/time-range.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { ObjectStore } from '../world/object-store.ts';
import type { SelectorCompiler } from './ingest/policy.ts';
import { LogStore } from './log-store.ts';
import type { Metric } from './metrics.ts';
import type { PinnedPortableSnapshot } from './portable-snapshot.ts';
import type { StoreSettings } from './store-settings.ts';

/** How the streams of a push came in. It decides a few of Loki's rules (OTLP's `severity_number`) and labels the metrics. */
export interface PushAbout {
  readonly format: 'json' | 'protobuf' | 'otlp';
  /** `X-Loki-Ingestion-Policy`, when given. */
  readonly policy?: string;
}

/** What Loki would answer: 204 and '' when all is well, else its status and text (without the final newline). */
export interface PushOutcome {
  readonly status: number;
  readonly message: string;
}

export interface StoreStatistics {
  readonly streams: number;
  readonly chunks: number;
  /** Bytes of lines. */
  readonly bytes: number;
  readonly entries: number;
}

/** Does a stream with these labels count? */
export type MatchesStream = (labels: Labels) => boolean;

/** Many tenants' logs, durable. Every method works on one tenant, named by its argument; nothing crosses. */
export interface Store {
  /**
   * Applies Loki's rules and stores what passes them, even when the rest is refused. Resolves when what was stored is
   * durable (WAL synced). Keeps no reference into `streams` after that. Throws WorldError (DISK_FULL, DISK_WRITE,
   * OVERLOADED, SHUTTING_DOWN) when nothing of the push is stored and the client should send it again.
   */
  push(tenant: Tenant, streams: readonly PushStream[], about: PushAbout): Promise<PushOutcome>;
  readonly select: Select;
  /**
   * What a query of the range sees now, as data that a SnapshotReader in another thread can read. Undefined: nothing. Whoever takes
   * one releases it when he has read. A store without this method can only be read through `select`.
   */
  portableSnapshot?(tenant: Tenant, range: TimeRange): Promise<PinnedPortableSnapshot | undefined>;
  /** Bytes of the chunk files that a query of the range may read: how heavy it is, without looking at any. */
  chunkBytes?(tenant: Tenant, range: TimeRange): number;
  /** Streams with entries in the range (to the precision of a chunk), sorted by labels. */
  streams(tenant: Tenant, range: TimeRange, matches: MatchesStream): Promise<readonly StreamRef[]>;
  statistics(tenant: Tenant, range: TimeRange, matches: MatchesStream): Promise<StoreStatistics>;
  streamBytes(
    tenant: Tenant,
    range: TimeRange,
    matches: MatchesStream,
  ): Promise<readonly { readonly stream: StreamRef; readonly bytes: number }[]>;
  /** Calls back with every batch of entries once they are durable, in arrival order. Returns the cancel function. */
  subscribe(tenant: Tenant, listener: (batch: Batch) => void): () => void;
  /** From now on pushes are refused (SHUTTING_DOWN); everything else goes on. */
  stopIngestion(): void;
  /** Every tenant that has data here. */
  tenants(): Tenant[];
  /** Loki's ingest metrics with their values now. */
  metrics(): Metric[];
  /** Seals all heads into chunks, and tries to bring the bucket up to date if there is one. */
  flush(): Promise<void>;
  /** Joins small chunks and, with retention enabled, removes what has expired. Also runs by itself, at intervals. */
  maintain(): Promise<void>;
  /**
   * Removes entries for good: `find` marks them (1) in batches of the range. They leave memory, log and chunks before this
   * resolves; the files of replaced chunks go when their last reader is done. Resolves with the number of entries.
   */
  removeRows(tenant: Tenant, range: TimeRange, find: (batch: Batch) => Uint8Array | undefined): Promise<number>;
  /** Seals what is in memory, stops background work and gives the folder free. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly disk: Disk;
  /** The data folder; made if it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly limitsFor: LimitsFor;
  /** LogQL stream selectors of the limits (policies, retention). The store itself knows no LogQL. */
  readonly compileSelector: SelectorCompiler;
  readonly log: LogMessage;
  /** The bucket that sealed data is published to; undefined: the folder is all there is. Bring one that retries. */
  readonly objects?: ObjectStore;
  /** What differs from `defaultStoreSettings`. */
  readonly settings?: Partial<StoreSettings>;
}

/**
 * Opens a data folder, recovering what is there. Fails with WorldError: DIRECTORY_LOCKED when another process uses the
 * folder, FORMAT_VERSION when a newer Cordwood wrote it, DISK_READ and DISK_WRITE when it cannot be used.
 */
export function openStore(options: StoreOptions): Promise<Store> {
  return LogStore.open(options);
}
