import { assert } from '../../model/failure.ts';
import type { Disk } from '../../world/disk.ts';
import type { ChunkEntry } from '../manifest.ts';
import type { StreamRegistry } from '../rows/stream-registry.ts';
import { ChunkReader } from './chunk-reader.ts';
import { SectionCache } from './section-cache.ts';

/** Keeps a number of chunk files open for the next query, the least recently used closed first, and what was unpacked of them. */
export class OpenChunks {
  readonly sections: SectionCache;
  readonly #max: number;
  /** Not pinned by anybody, oldest first. */
  readonly #idle = new Set<ChunkHandle>();

  constructor(max: number, sectionBytesMax: number) {
    this.#max = max;
    this.sections = new SectionCache(sectionBytesMax);
  }

  used(handle: ChunkHandle): void {
    this.#idle.delete(handle);
  }

  async unused(handle: ChunkHandle): Promise<void> {
    this.#idle.add(handle);
    if (this.#idle.size <= this.#max) return;
    const [oldest] = this.#idle;
    this.#idle.delete(oldest!);
    await oldest!.close();
  }

  async close(): Promise<void> {
    for (const handle of this.#idle) await handle.close();
    this.#idle.clear();
  }
}

/**
 * A live chunk. Whoever reads it pins it first; a chunk that compaction or retention replaced keeps its file until the last
 * pin is gone.
 */
export class ChunkHandle {
  readonly entry: ChunkEntry;
  readonly path: string;
  readonly #disk: Disk;
  readonly #tenant: string;
  readonly #registry: StreamRegistry;
  readonly #open: OpenChunks;
  #pins = 0;
  #reader: Promise<ChunkReader> | undefined;
  #retired: (() => void) | undefined;

  constructor(options: {
    entry: ChunkEntry;
    path: string;
    disk: Disk;
    tenant: string;
    registry: StreamRegistry;
    open: OpenChunks;
  }) {
    this.entry = options.entry;
    this.path = options.path;
    this.#disk = options.disk;
    this.#tenant = options.tenant;
    this.#registry = options.registry;
    this.#open = options.open;
  }

  get isPinned(): boolean {
    return this.#pins > 0;
  }

  pin(): void {
    this.#pins++;
    this.#open.used(this);
  }

  async unpin(): Promise<void> {
    assert(this.#pins > 0, 'a chunk is unpinned once per pin');
    this.#pins--;
    if (this.#pins > 0) return;
    if (this.#retired !== undefined) this.#retired();
    else if (this.#reader !== undefined) await this.#open.unused(this);
  }

  /** Only while pinned. A failed open is tried again by the next caller. */
  reader(): Promise<ChunkReader> {
    assert(this.#pins > 0, 'a chunk is pinned while it is read');
    if (this.#reader === undefined) {
      const opening = ChunkReader.open(this.#disk, this.path, this.#tenant, this.#registry, this.#open.sections);
      this.#reader = opening;
      opening.catch(() => {
        if (this.#reader === opening) this.#reader = undefined;
      });
    }
    return this.#reader;
  }

  /** Closes the file when nobody reads it. */
  async close(): Promise<void> {
    if (this.#pins > 0 || this.#reader === undefined) return;
    const reader = this.#reader;
    this.#reader = undefined;
    await (await reader).close();
  }

  /** The chunk is no longer live: removes the file as soon as nobody reads it. Resolves when it is gone. */
  async retire(): Promise<void> {
    this.#open.used(this);
    if (this.#pins > 0)
      await new Promise<void>((resolve) => {
        this.#retired = resolve;
      });
    await this.close();
    await this.#disk.remove(this.path);
  }
}
