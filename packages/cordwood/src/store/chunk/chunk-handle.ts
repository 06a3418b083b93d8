import { assert, WorldError } from '../../model/failure.ts';
import type { Disk } from '../../world/disk.ts';
import type { ChunkCache } from '../bucket/chunk-cache.ts';
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

/** Where a chunk comes from when its file is not here. */
export interface RemoteChunks {
  /** The bucket has it: the file may go. */
  has(id: number): boolean;
  /** Brings the file. */
  fetch(entry: ChunkEntry, path: string): Promise<void>;
  readonly cache: ChunkCache;
}

export interface ChunkHandleOptions {
  readonly entry: ChunkEntry;
  readonly path: string;
  readonly disk: Disk;
  readonly tenant: string;
  readonly registry: StreamRegistry;
  readonly open: OpenChunks;
  /** Undefined: the file is the only one there is. */
  readonly remote?: RemoteChunks | undefined;
  readonly isLocal?: boolean;
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
  readonly #remote: RemoteChunks | undefined;
  #isLocal: boolean;
  #fetching: Promise<void> | undefined;
  #pins = 0;
  #reader: Promise<ChunkReader> | undefined;
  #retired: (() => void) | undefined;

  constructor(options: ChunkHandleOptions) {
    this.entry = options.entry;
    this.path = options.path;
    this.#disk = options.disk;
    this.#tenant = options.tenant;
    this.#registry = options.registry;
    this.#open = options.open;
    this.#remote = options.remote;
    this.#isLocal = options.isLocal ?? true;
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
      const opening = this.#openReader();
      this.#reader = opening;
      opening.catch(() => {
        if (this.#reader === opening) this.#reader = undefined;
      });
    }
    return this.#reader;
  }

  async #openReader(): Promise<ChunkReader> {
    await this.ensureLocal();
    const open = () => ChunkReader.open(this.#disk, this.path, this.#tenant, this.#registry, this.#open.sections);
    try {
      return await open();
    } catch (error) {
      const damaged = error instanceof WorldError && (error.code === 'CORRUPT' || error.code === 'DISK_READ');
      if (!damaged || this.#remote?.has(this.entry.id) !== true) throw error;
      // The file is a copy.
      this.#isLocal = false;
      await this.ensureLocal();
      return open();
    }
  }

  /** Only while pinned: afterwards the file is here. */
  async ensureLocal(): Promise<void> {
    const remote = this.#remote;
    if (remote === undefined) return;
    if (!this.#isLocal) {
      this.#fetching ??= remote.fetch(this.entry, this.path).finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
      this.#isLocal = true;
    }
    if (!remote.has(this.entry.id)) return;
    remote.cache.hold(this);
    await remote.cache.evict();
  }

  /** The bucket lists the chunk now: the file here is a copy. */
  becameRemote(): void {
    if (this.#isLocal) this.#remote?.cache.hold(this);
  }

  /** Makes room. Only when the bucket has the chunk and nobody reads it. */
  async removeLocal(): Promise<void> {
    assert(this.#pins === 0, 'nobody reads a file that goes');
    this.#open.used(this);
    this.#isLocal = false;
    await this.close();
    await this.#disk.remove(this.path);
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
    this.#remote?.cache.drop(this);
    if (this.#pins > 0)
      await new Promise<void>((resolve) => {
        this.#retired = resolve;
      });
    await this.close();
    await this.#disk.remove(this.path);
  }
}
