import type { ChunkHandle } from '../chunk/chunk-handle.ts';

/**
 * Chunk files on the local disk that the bucket has too, the least recently used first: when they are more than the limit,
 * the oldest that nobody reads are removed, and fetched again when a query wants them.
 */
export class ChunkCache {
  readonly #maxBytes: number;
  readonly #held = new Set<ChunkHandle>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The file is here and in the bucket, and was used just now. */
  hold(handle: ChunkHandle): void {
    if (this.#held.delete(handle)) this.#bytes -= handle.entry.fileBytes;
    this.#held.add(handle);
    this.#bytes += handle.entry.fileBytes;
  }

  /** The file is not here any more. */
  drop(handle: ChunkHandle): void {
    if (this.#held.delete(handle)) this.#bytes -= handle.entry.fileBytes;
  }

  async evict(): Promise<void> {
    for (const handle of [...this.#held]) {
      if (this.#bytes <= this.#maxBytes) return;
      if (handle.isPinned) continue;
      this.drop(handle);
      await handle.removeLocal();
    }
  }
}
