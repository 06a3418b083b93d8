import type { ObjectStore } from './object-store.ts';

/** A bucket in memory. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  readonly #pageKeys: number;

  constructor(options: { readonly pageKeys?: number } = {}) {
    this.#pageKeys = options.pageKeys ?? 1000;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.objects.get(key)?.slice();
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(key, bytes.slice());
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    let after = '';
    for (;;) {
      // Each page is asked for by itself, so what changes meanwhile may show, as on S3.
      const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      const page = keys.slice(0, this.#pageKeys);
      if (page.length > 0) yield page;
      if (keys.length <= this.#pageKeys) return;
      after = page.at(-1)!;
    }
  }
}
