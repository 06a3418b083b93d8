import { WorldError } from '../model/failure.ts';
import { type Clock, sleep } from './clock.ts';
import type { ObjectOperation, ObjectStore } from './object-store.ts';
import { type Random, randomInt, seededRandom } from './random.ts';

export interface FaultyObjectStoreOptions {
  readonly seed: number;
  readonly clock: Clock;
  /** Share of requests that fail. Of failed `put` and `delete` a half takes effect all the same: the answer was lost. */
  readonly failureRate?: number;
  /** Share of answers to `get` that end early. */
  readonly tornReadRate?: number;
  /** Longest time that a request takes, on the clock. */
  readonly delayMsMax?: number;
  /** Lists may miss, or still show, this many of the last changes. */
  readonly listLag?: number;
}

/** A bucket as nasty as a real one may be, by seed, over one that is not. */
export class FaultyObjectStore implements ObjectStore {
  failureRate: number;
  tornReadRate: number;
  /** Every request fails while this is set. */
  isDown = false;
  /** Keys of objects that were moved to an archive. */
  readonly archived = new Set<string>();
  /** Called before each request, for tests that wait for a moment. */
  beforeRequest: ((operation: ObjectOperation, key: string) => void) | undefined;
  requests = 0;
  failures = 0;
  readonly #inner: ObjectStore;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #delayMsMax: number;
  readonly #listLag: number;
  readonly #lastChanges: { readonly key: string; readonly kind: 'put' | 'delete' }[] = [];

  constructor(inner: ObjectStore, options: FaultyObjectStoreOptions) {
    this.#inner = inner;
    this.#random = seededRandom(options.seed);
    this.#clock = options.clock;
    this.failureRate = options.failureRate ?? 0;
    this.tornReadRate = options.tornReadRate ?? 0;
    this.#delayMsMax = options.delayMsMax ?? 0;
    this.#listLag = options.listLag ?? 0;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.#request('get', key);
    if (this.archived.has(key)) {
      throw new WorldError('OBJECT_ARCHIVED', "InvalidObjectState: the object's storage class does not allow this", {
        path: key,
      });
    }
    const bytes = await this.#inner.get(key);
    if (bytes === undefined || this.#random() >= this.tornReadRate) return bytes;
    return bytes.subarray(0, randomInt(this.#random, bytes.length + 1));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#request('put', key, () => this.#inner.put(key, bytes));
    await this.#inner.put(key, bytes);
    this.#changed(key, 'put');
  }

  async delete(key: string): Promise<void> {
    await this.#request('delete', key, () => this.#inner.delete(key));
    await this.#inner.delete(key);
    this.#changed(key, 'delete');
  }

  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    await this.#request('list', prefix);
    const unseen = this.#lastChanges.slice(-this.#listLag).filter(({ key }) => key.startsWith(prefix));
    const hidden = new Set(unseen.filter(({ kind }) => kind === 'put').map(({ key }) => key));
    const still = unseen.filter(({ kind }) => kind === 'delete').map(({ key }) => key);
    for await (const page of this.#inner.list(prefix)) {
      const keys = page.filter((key) => !hidden.has(key));
      if (keys.length > 0) yield keys;
      await this.#request('list', prefix);
    }
    if (this.#listLag > 0 && still.length > 0) yield [...new Set(still)].sort();
  }

  #changed(key: string, kind: 'put' | 'delete'): void {
    this.#lastChanges.push({ key, kind });
    if (this.#lastChanges.length > this.#listLag) this.#lastChanges.shift();
  }

  async #request(operation: ObjectOperation, key: string, effect?: () => Promise<void>): Promise<void> {
    this.requests++;
    this.beforeRequest?.(operation, key);
    const delayMs = this.#delayMsMax > 0 ? this.#random() * this.#delayMsMax : 0;
    if (delayMs > 0) await sleep(this.#clock, delayMs);
    if (!this.isDown && this.#random() >= this.failureRate) return;
    this.failures++;
    if (!this.isDown && this.#random() < 0.5) await effect?.();
    throw new WorldError('OBJECT_STORE_UNAVAILABLE', `SlowDown: simulated failure of ${operation}`, { path: key });
  }
}
