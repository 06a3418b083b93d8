import type { Batch } from '../model/batch.ts';
import type { SelectRequest } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Disk } from '../world/disk.ts';
import { ChunkHandle, OpenChunks } from './chunk/chunk-handle.ts';
import { HeadCopyTable, type PortableSnapshot } from './portable-snapshot.ts';
import { StreamRegistry } from './rows/stream-registry.ts';
import { selectBatches } from './select.ts';
import type { StoreSettings } from './store-settings.ts';

/** Reads portable snapshots in another thread than the store's, and keeps chunk files open for the next query. */
export class SnapshotReader {
  readonly #disk: Disk;
  readonly #open: OpenChunks;
  readonly #registries = new Map<Tenant, StreamRegistry>();
  #handles = new Map<string, ChunkHandle>();

  constructor(disk: Disk, { openChunksMax, sectionCacheBytes }: StoreSettings) {
    this.#disk = disk;
    this.#open = new OpenChunks(openChunksMax, sectionCacheBytes);
  }

  /** As Store.select over the moment at which the snapshot was taken. */
  async *select(
    { tenant, chunks, heads, batchRowsMax }: PortableSnapshot,
    request: SelectRequest,
  ): AsyncGenerator<Batch> {
    let registry = this.#registries.get(tenant);
    if (registry === undefined) {
      registry = new StreamRegistry();
      this.#registries.set(tenant, registry);
    }
    const handles: ChunkHandle[] = [];
    for (const { entry, path } of chunks) {
      let handle = this.#handles.get(path);
      if (handle === undefined) {
        handle = new ChunkHandle({ entry, path, disk: this.#disk, tenant, registry, open: this.#open });
        this.#handles.set(path, handle);
      }
      handle.pin();
      handles.push(handle);
    }
    try {
      const tables = heads.map((head) => new HeadCopyTable(head, registry));
      yield* selectBatches({ chunks: handles, heads: tables }, request, { batchRowsMax });
    } finally {
      for (const handle of handles) await handle.unpin();
    }
  }

  /** Lets go of all files: chunks that were replaced meanwhile give their space back. Only while nothing is read. */
  async close(): Promise<void> {
    this.#handles = new Map();
    await this.#open.close();
  }
}
