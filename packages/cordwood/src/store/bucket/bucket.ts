import { randomUUID } from 'node:crypto';
import { WorldError } from '../../model/failure.ts';
import type { LogMessage } from '../../model/log-message.ts';
import type { Disk } from '../../world/disk.ts';
import { replaceFile } from '../../world/disk.ts';
import type { ObjectStore } from '../../world/object-store.ts';
import { decodeManifest } from '../manifest.ts';
import { TenantBucket } from './tenant-bucket.ts';

/**
 * What a bucket holds of a data folder:
 *
 *   cordwood/owner                       which data folder writes here, and how many did before it
 *   cordwood/tenant-list                 names of the tenants' folders
 *   cordwood/tenants/<name>/manifest     as on disk
 *   cordwood/tenants/<name>/chunks/...   as on disk
 *
 * The folder is what counts while it lives: chunks are sealed into it, the WAL is in it, and the bucket follows, manifest
 * after chunks, so that at every moment the bucket holds a whole, perhaps a little older state. An empty folder that opens
 * the bucket takes that state over, and is its owner from then on; the folder before, should it come back, is refused. Each
 * owner numbers its chunks in a range of its own, so that one that does not know yet that it lost the bucket cannot write
 * over what its successor put there.
 */
const ownerKey = 'cordwood/owner';
const tenantsKey = 'cordwood/tenant-list';
const claimVersion = 1;
/** Ids of chunks that one owner may use. */
const idsOfOwner = 2 ** 32;

interface Owner {
  readonly folder: string;
  readonly epoch: number;
}

export interface BucketOptions {
  readonly objects: ObjectStore;
  readonly disk: Disk;
  /** The data folder. */
  readonly directory: string;
  readonly log: LogMessage;
}

/** What the folder knows about its bucket: the file `bucket` in it. */
interface Claim {
  readonly version: number;
  readonly folder: string;
  /** False while taking over: a crash came in between, and what was begun is done again. */
  readonly claimed: boolean;
  readonly wasEmpty: boolean;
  /** As in the bucket; known when claimed. */
  readonly epoch: number;
}

export class Bucket {
  readonly #objects: ObjectStore;
  readonly #owner: Owner;
  /** Undefined: not asked yet. */
  #tenants: Set<string> | undefined;
  #registering: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(objects: ObjectStore, owner: Owner, tenants: readonly string[] | undefined) {
    this.#objects = objects;
    this.#owner = owner;
    this.#tenants = tenants && new Set(tenants);
  }

  /**
   * Binds folder and bucket to each other. Afterwards the folder has the manifest of every tenant of the bucket. Fails with
   * BUCKET_TAKEN when the bucket belongs to another folder and this one has data of its own. A folder that owned the bucket
   * also opens while the bucket is away: whether it still does is asked before anything is published.
   */
  static async open(options: BucketOptions): Promise<Bucket> {
    const { disk, directory, log } = options;
    const claim = await readClaim(disk, `${directory}/bucket`);
    try {
      return await Bucket.#bind(options, claim);
    } catch (error) {
      const isAway = error instanceof WorldError && error.code === 'OBJECT_STORE_UNAVAILABLE';
      if (!isAway || claim?.claimed !== true) throw error;
      log('warn', 'The bucket is away: what is not on this disk cannot be read until it is back.', {
        error: error.message,
      });
      return new Bucket(options.objects, { folder: claim.folder, epoch: claim.epoch }, undefined);
    }
  }

  static async #bind({ objects, disk, directory }: BucketOptions, claim: Claim | undefined): Promise<Bucket> {
    const path = `${directory}/bucket`;
    let owner = await readJson<Owner>(objects, ownerKey);
    const tenants = (await readJson<string[]>(objects, tenantsKey)) ?? [];
    const folder = claim?.folder ?? randomUUID();
    const wasEmpty = claim?.wasEmpty ?? (await isEmpty(disk, directory));
    const write = (claimed: boolean, epoch: number) => {
      const next: Claim = { version: claimVersion, folder, claimed, wasEmpty, epoch };
      return replaceFile(disk, path, [Buffer.from(JSON.stringify(next))]);
    };
    if (owner?.folder !== folder) {
      if (owner !== undefined && (claim?.claimed === true || !wasEmpty)) throw taken(directory);
      await write(false, 0);
      await downloadManifests(objects, disk, directory, tenants);
      owner = { folder, epoch: owner === undefined ? 0 : owner.epoch + 1 };
      await objects.put(ownerKey, Buffer.from(JSON.stringify(owner)));
    }
    if (claim?.claimed !== true) await write(true, owner.epoch);
    return new Bucket(objects, owner, tenants);
  }

  /** Below are chunks of earlier owners. */
  get firstChunkId(): number {
    return this.#owner.epoch * idsOfOwner;
  }

  tenant(name: string): TenantBucket {
    return new TenantBucket(this.#objects, this, name);
  }

  /** Before each manifest. Fails with BUCKET_TAKEN when another folder took over, SHUTTING_DOWN after `stop`. */
  async assertOwned(): Promise<void> {
    const owner = await readJson<Owner>(this.#objects, ownerKey);
    if (owner?.folder !== this.#owner.folder) throw taken(ownerKey);
    if (this.#stopped) throw new WorldError('SHUTTING_DOWN', 'the bucket is brought up to date by the next start');
  }

  /** No manifest is published from here on: the folder may be opened by another process. */
  stop(): void {
    this.#stopped = true;
  }

  /** The tenant is found by whoever takes over. */
  register(name: string): Promise<void> {
    const registered = this.#registering.then(async () => {
      this.#tenants ??= new Set(await readJson<string[]>(this.#objects, tenantsKey));
      if (this.#tenants.has(name)) return;
      const tenants = [...this.#tenants, name].sort();
      await this.#objects.put(tenantsKey, Buffer.from(JSON.stringify(tenants)));
      this.#tenants = new Set(tenants);
    });
    this.#registering = registered.catch(() => {});
    return registered;
  }
}

function taken(path: string): WorldError {
  return new WorldError(
    'BUCKET_TAKEN',
    'another data folder owns this bucket now; only one may write to it. To take over from it, stop its process and start with an empty folder',
    { path },
  );
}

async function isEmpty(disk: Disk, directory: string): Promise<boolean> {
  const [tenants, segments] = await Promise.all([disk.list(`${directory}/tenants`), disk.list(`${directory}/wal`)]);
  return tenants.length === 0 && segments.length === 0;
}

async function readClaim(disk: Disk, path: string): Promise<Claim | undefined> {
  const bytes = await disk.readFile(path);
  if (bytes === undefined) return undefined;
  try {
    const claim = JSON.parse(Buffer.from(bytes).toString()) as Claim;
    if (claim.version !== claimVersion) throw new Error(`version ${claim.version}`);
    return claim;
  } catch (cause) {
    throw new WorldError('CORRUPT', `the folder does not know its bucket: ${(cause as Error).message}`, {
      path,
      cause,
    });
  }
}

async function downloadManifests(
  objects: ObjectStore,
  disk: Disk,
  directory: string,
  tenants: readonly string[],
): Promise<void> {
  for (const name of tenants) {
    const key = manifestKey(name);
    const bytes = await readChecked(objects, key, (bytes) => {
      decodeManifest(bytes, key);
      return bytes;
    });
    if (bytes === undefined) continue;
    await disk.createDirectory(`${directory}/tenants/${name}/chunks`);
    await replaceFile(disk, `${directory}/tenants/${name}/manifest`, [bytes]);
    await disk.syncDirectory(`${directory}/tenants`);
  }
}

export function manifestKey(name: string): string {
  return `cordwood/tenants/${name}/manifest`;
}

function readJson<Value>(objects: ObjectStore, key: string): Promise<Value | undefined> {
  return readChecked(objects, key, (bytes) => {
    try {
      return JSON.parse(Buffer.from(bytes).toString()) as Value;
    } catch (cause) {
      throw new WorldError('CORRUPT', 'the object is no JSON', { path: key, cause });
    }
  });
}

const readAttempts = 5;

/** A whole object: an answer that ended early does not decode and is asked for again. */
export async function readChecked<Value>(
  objects: ObjectStore,
  key: string,
  decode: (bytes: Uint8Array) => Value,
): Promise<Value | undefined> {
  for (let left = readAttempts; ; left--) {
    const bytes = await objects.get(key);
    if (bytes === undefined) return undefined;
    try {
      return decode(bytes);
    } catch (error) {
      if (left <= 1 || !(error instanceof WorldError) || error.code !== 'CORRUPT') throw error;
    }
  }
}
