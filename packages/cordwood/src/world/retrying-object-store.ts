import { WorldError } from '../model/failure.ts';
import { type Clock, sleep } from './clock.ts';
import type { ObjectOperation, ObjectStore } from './object-store.ts';
import type { Random } from './random.ts';

export interface RetryPolicy {
  /** The wait before the second attempt; it doubles with every further one. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** One attempt may take this long. */
  readonly attemptTimeoutMs: number;
  /** All attempts together. */
  readonly deadlineMs: number;
}

/** `backoff_config` of Loki's S3 client, and deadlines that keep a request from hanging for ever. */
export const defaultRetryPolicy: RetryPolicy = {
  minBackoffMs: 100,
  maxBackoffMs: 3_000,
  maxRetries: 5,
  attemptTimeoutMs: 60_000,
  deadlineMs: 180_000,
};

export interface RetryingObjectStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly policy?: Partial<RetryPolicy>;
  /** Told of every attempt. */
  readonly observe?: (operation: ObjectOperation, failed: boolean, durationMs: number) => void;
}

/**
 * Tries again what is worth it (OBJECT_STORE_UNAVAILABLE), after a wait of random length below a bound that doubles: many
 * clients that failed at once do not come back at once.
 */
export class RetryingObjectStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #options: RetryingObjectStoreOptions;
  readonly #policy: RetryPolicy;

  constructor(inner: ObjectStore, options: RetryingObjectStoreOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#policy = { ...defaultRetryPolicy, ...options.policy };
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#attempt('get', key, (signal) => this.#inner.get(key, signal));
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#attempt('put', key, (signal) => this.#inner.put(key, bytes, signal));
  }

  delete(key: string): Promise<void> {
    return this.#attempt('delete', key, (signal) => this.#inner.delete(key, signal));
  }

  /** All pages again from the start after a failure: callers that see a page twice must not mind. */
  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    const pages = await this.#attempt('list', prefix, async (signal) => {
      const all: (readonly string[])[] = [];
      for await (const page of this.#inner.list(prefix, signal)) all.push(page);
      return all;
    });
    yield* pages;
  }

  async #attempt<Value>(
    operation: ObjectOperation,
    key: string,
    request: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const { clock, random } = this.#options;
    const { minBackoffMs, maxBackoffMs, maxRetries, deadlineMs } = this.#policy;
    const endMs = clock.monotonicMs() + deadlineMs;
    for (let retry = 0; ; retry++) {
      try {
        return await this.#once(operation, key, request, endMs);
      } catch (error) {
        if (!(error instanceof WorldError) || error.code !== 'OBJECT_STORE_UNAVAILABLE') throw error;
        const waitMs = random() * Math.min(maxBackoffMs, minBackoffMs * 2 ** retry);
        if (retry >= maxRetries || clock.monotonicMs() + waitMs >= endMs) throw error;
        await sleep(clock, waitMs);
      }
    }
  }

  async #once<Value>(
    operation: ObjectOperation,
    key: string,
    request: (signal: AbortSignal) => Promise<Value>,
    endMs: number,
  ): Promise<Value> {
    const { clock, observe } = this.#options;
    const startMs = clock.monotonicMs();
    const limitMs = Math.min(this.#policy.attemptTimeoutMs, endMs - startMs);
    const aborter = new AbortController();
    let failed = true;
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(limitMs, () => {
        reject(
          new WorldError('OBJECT_STORE_UNAVAILABLE', `no answer to ${operation} for ${limitMs} ms`, { path: key }),
        );
        aborter.abort();
      });
    });
    try {
      const value = await Promise.race([request(aborter.signal), late]);
      failed = false;
      return value;
    } finally {
      cancel();
      observe?.(operation, failed, clock.monotonicMs() - startMs);
    }
  }
}
