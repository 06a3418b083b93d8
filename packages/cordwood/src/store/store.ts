import type { Batch, StreamRef } from '../model/batch.ts';
import type { PushStream } from '../model/entry.ts';
import type { Labels } from '../model/labels.ts';
import type { Select } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { TimeRange } from '../model/time-range.ts';

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
  /** Every tenant that has data here. */
  tenants(): Tenant[];
  /** Seals all heads into chunks. */
  flush(): Promise<void>;
  /** Seals what is in memory, stops background work and gives the folder free. */
  close(): Promise<void>;
}
