import type { Limits } from '../../model/limits.ts';
import { timestampOf } from '../day-time.ts';
import type { StoreSettings } from '../store-settings.ts';
import type { AcceptedStream } from './accepted-stream.ts';
import { formatDataSize } from './data-size.ts';
import type { DiscardCounter } from './distributor.ts';
import { formatGoTime, formatRfc3339 } from './go-time.ts';
import type { StreamState } from './stream-state.ts';

/** A push, or a part of it, that is not stored: Loki's status and text. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Loki's ingester: per entry of one stream, the per-stream rate and how far it may lie behind the stream's newest. */
export class RowChecks {
  readonly #state: StreamState;
  readonly #stream: AcceptedStream;
  readonly #limits: Limits;
  readonly #windowNs: number;
  readonly #maxReturnedErrors: number;
  readonly #discarded: DiscardCounter;
  readonly #failures: string[] = [];
  #failedRows = 0;
  #status = 400;

  constructor(
    state: StreamState,
    stream: AcceptedStream,
    limits: Limits,
    settings: StoreSettings,
    discarded: DiscardCounter,
  ) {
    this.#state = state;
    this.#stream = stream;
    this.#limits = limits;
    this.#windowNs = (settings.maxChunkAgeMs / 2) * 1e6;
    this.#maxReturnedErrors = settings.maxReturnedErrors;
    this.#discarded = discarded;
  }

  passes(row: number, day: number, offset: number): boolean {
    const { perStreamRateLimitBytes: rate, perStreamRateLimitBurstBytes: burst, shardStreams } = this.#limits;
    // With sharding on, Loki splits a hot stream until each part is below the limit; so does nothing here refuse it.
    if (!shardStreams.enabled && rate > 0) {
      const bytes = this.#bytesOf(row);
      if (!this.#state.bucket.take(bytes, rate, burst)) {
        this.#fail(row, day, offset, 429, 'per_stream_rate_limit', () => {
          return (
            `Per stream rate limit exceeded (limit: ${formatDataSize(rate)}/sec) while attempting to ingest for stream ` +
            `'${this.#stream.text}' totaling ${formatDataSize(bytes)}, consider splitting a stream via additional labels ` +
            'or contact your Loki administrator to see if the limit can be increased'
          );
        });
        return false;
      }
    }
    if (this.#state.isTooFarBehind(day, offset, this.#windowNs)) {
      this.#fail(row, day, offset, 400, 'too_far_behind', () => {
        const cutoff = this.#state.cutoff();
        return (
          `entry too far behind, entry timestamp is: ${formatRfc3339(timestampOf(day, offset))}, ` +
          `oldest acceptable timestamp is: ${formatRfc3339(timestampOf(cutoff.day, cutoff.offset))}`
        );
      });
      return false;
    }
    return true;
  }

  refusal(tenant: string): Refusal | undefined {
    if (this.#failedRows === 0) return undefined;
    const { rowCount, text } = this.#stream;
    const total = `user '${tenant}', total ignored: ${this.#failedRows} out of ${rowCount} for stream: ${text}`;
    return { status: this.#status, message: [...this.#failures, total].join('\n') };
  }

  #fail(row: number, day: number, offset: number, status: number, reason: string, text: () => string): void {
    this.#failedRows++;
    this.#status = status;
    this.#discarded(reason, 1, this.#bytesOf(row));
    if (this.#maxReturnedErrors > 0 && this.#failures.length >= this.#maxReturnedErrors) return;
    this.#failures.push(`entry with timestamp ${formatGoTime(timestampOf(day, offset))} ignored, reason: '${text()}',`);
  }

  #bytesOf(row: number): number {
    const { starts, ends, metadataBytes } = this.#stream;
    return ends[row]! - starts[row]! + metadataBytes[row]!;
  }
}

export function streamLimit(limits: Limits, policy: string): number {
  const own = Object.hasOwn(limits.policyOverrideLimits, policy) ? limits.policyOverrideLimits[policy]! : {};
  const local = own.maxStreamsPerUser ?? limits.maxStreamsPerUser;
  const global = own.maxGlobalStreamsPerUser ?? limits.maxGlobalStreamsPerUser;
  return local > 0 && global > 0 ? Math.min(local, global) : Math.max(local, global);
}

export function streamLimitMessage(text: string, tenant: string): string {
  return (
    `maximum active stream limit exceeded when trying to create stream ${text}, reduce the number of active streams ` +
    '(reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, ' +
    `user: '${tenant}'`
  );
}
