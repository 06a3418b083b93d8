import { WorldError } from '../../model/failure.ts';
import { type Disk, writeSynced } from '../../world/disk.ts';
import type { ObjectStore } from '../../world/object-store.ts';
import { inParallel } from '../in-parallel.ts';
import { type ChunkEntry, chunkFileName, decodeManifest, encodeManifest, type Manifest } from '../manifest.ts';
import { type Bucket, manifestKey, readChecked } from './bucket.ts';

/** Uploads at a time, of one tenant. */
const uploadsMax = 4;

/** One tenant's part of a bucket: follows the manifest on disk, and gives chunks back. */
export class TenantBucket {
  readonly #objects: ObjectStore;
  readonly #bucket: Bucket;
  readonly #name: string;
  /** Chunks that the manifest in the bucket lists; undefined: not asked yet. */
  #listed: Set<number> | undefined;
  /** Uploaded, and not in a manifest yet. */
  readonly #uploaded = new Set<number>();
  /** Objects that no manifest lists any more. */
  readonly #garbage = new Set<number>();

  constructor(objects: ObjectStore, bucket: Bucket, name: string) {
    this.#objects = objects;
    this.#bucket = bucket;
    this.#name = name;
  }

  get firstChunkId(): number {
    return this.#bucket.firstChunkId;
  }

  has(id: number): boolean {
    return this.#listed?.has(id) === true;
  }

  /** Chunks that must be uploaded before the manifest can be. */
  async missing(manifest: Manifest): Promise<ChunkEntry[]> {
    const listed = await this.#load(manifest);
    return manifest.chunks.filter(({ id }) => !listed.has(id) && !this.#uploaded.has(id));
  }

  /**
   * Brings the bucket to this manifest: first the chunks, then the manifest, then objects that it no longer lists go. What
   * was done stays done when it fails half-way. `files`: the missing chunks, which stay on disk meanwhile.
   */
  async publish(manifest: Manifest, files: readonly { entry: ChunkEntry; path: string }[], disk: Disk): Promise<void> {
    await inParallel(files, uploadsMax, async ({ entry, path }) => {
      const bytes = await disk.readFile(path);
      if (bytes?.length !== entry.fileBytes) {
        throw new WorldError('CORRUPT', 'a chunk that is not in the bucket yet is missing or cut on disk', { path });
      }
      await this.#objects.put(this.#chunkKey(entry.id), bytes);
      this.#uploaded.add(entry.id);
    });
    await this.#bucket.assertOwned();
    await this.#bucket.register(this.#name);
    await this.#objects.put(manifestKey(this.#name), encodeManifest(manifest));
    const listed = new Set(manifest.chunks.map(({ id }) => id));
    for (const id of [...this.#listed!, ...this.#uploaded]) if (!listed.has(id)) this.#garbage.add(id);
    this.#listed = listed;
    this.#uploaded.clear();
    for (const id of [...this.#garbage]) {
      await this.#objects.delete(this.#chunkKey(id));
      this.#garbage.delete(id);
    }
  }

  /** Something that was replaced or removed is still there. */
  get hasGarbage(): boolean {
    return this.#garbage.size > 0;
  }

  /** Brings a chunk to the disk. */
  async fetch(entry: ChunkEntry, path: string, disk: Disk): Promise<void> {
    const key = this.#chunkKey(entry.id);
    const bytes = await readChecked(this.#objects, key, (bytes) => {
      if (bytes.length === entry.fileBytes) return bytes;
      throw new WorldError('CORRUPT', `the object has ${bytes.length} bytes instead of ${entry.fileBytes}`, {
        path: key,
      });
    });
    if (bytes === undefined) {
      throw new WorldError('CORRUPT', 'the chunk is neither on disk nor in the bucket', { path: key });
    }
    const temporary = `${path}.tmp`;
    await writeSynced(disk, temporary, [bytes]);
    await disk.rename(temporary, path);
  }

  /** What the bucket lists; removes what an earlier life uploaded and did not list. */
  async #load(manifest: Manifest): Promise<Set<number>> {
    if (this.#listed !== undefined) return this.#listed;
    const key = manifestKey(this.#name);
    const inBucket = await readChecked(this.#objects, key, (bytes) => decodeManifest(bytes, key));
    const listed = new Set(inBucket?.chunks.map(({ id }) => id));
    const known = new Set([...listed, ...manifest.chunks.map(({ id }) => id)]);
    const prefix = this.#chunkKey('');
    for await (const keys of this.#objects.list(prefix)) {
      for (const key of keys) {
        const id = Number.parseInt(key.slice(prefix.length), 10);
        // Before the first upload: afterwards a list that is behind could name what is new.
        if (!known.has(id)) await this.#objects.delete(key);
      }
    }
    this.#listed = listed;
    return listed;
  }

  #chunkKey(id: number | ''): string {
    return `cordwood/tenants/${this.#name}/chunks/${id === '' ? '' : chunkFileName(id)}`;
  }
}
