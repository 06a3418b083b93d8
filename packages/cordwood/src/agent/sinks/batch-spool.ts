import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { WorldError } from '../../model/failure.ts';
import { type Disk, replaceFile } from '../../world/disk.ts';
import type { SealedBatch } from './sealed-batch.ts';

/**
 * Batches on disk, while the server is away and the memory queue is full: one file per batch, in the order of their numbers.
 *
 *   bytes 0..3   crc32 (little endian) of everything behind it
 *   bytes 4..7   length of the header
 *   header       JSON {tenant, entryCount, sizeBytes}
 *   rest         the compressed PushRequest
 *
 * A batch is here once its file has its final name; from then on its entries count as kept, and a crash costs nothing. A file
 * is removed after delivery; a crash in between sends its batch twice.
 */
export class BatchSpool {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #limitBytes: number;
  readonly #files: SpoolFile[] = [];
  #bytes = 0;
  #lastNumber = 0;

  constructor(disk: Disk, directory: string, limitBytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#limitBytes = limitBytes;
  }

  /** Finds what an earlier run left behind. Returns the number of batches. */
  async open(): Promise<number> {
    await this.#disk.createDirectory(this.#directory);
    for (const name of await this.#disk.list(this.#directory)) {
      const number = /^(\d{12})\.batch$/.exec(name)?.[1];
      if (number === undefined) {
        await this.#disk.remove(join(this.#directory, name));
        continue;
      }
      const bytes = (await this.#disk.size(join(this.#directory, name))) ?? 0;
      this.#files.push({ name, bytes, number: Number(number) });
      this.#bytes += bytes;
      this.#lastNumber = Number(number);
    }
    return this.#files.length;
  }

  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** Number of the newest batch that an earlier run left; new batches are numbered from there. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Number of the oldest batch. */
  get firstNumber(): number | undefined {
    return this.#files[0]?.number;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoomFor(batch: SealedBatch): boolean {
    return this.#bytes + batch.body.length <= this.#limitBytes;
  }

  /** Keeps a batch. Resolves when it is durable. */
  async add(batch: SealedBatch): Promise<void> {
    const { number } = batch;
    const name = `${String(number).padStart(12, '0')}.batch`;
    const { tenant, entryCount, sizeBytes } = batch;
    const header = Buffer.from(JSON.stringify({ tenant, entryCount, sizeBytes }));
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(header.length, 4);
    lengths.writeUInt32LE(crc32(batch.body, crc32(header, crc32(lengths.subarray(4)))), 0);
    await replaceFile(this.#disk, join(this.#directory, name), [lengths, header, batch.body]);
    const bytes = 8 + header.length + batch.body.length;
    this.#files.push({ name, bytes, number });
    this.#files.sort((a, b) => a.number - b.number);
    this.#bytes += bytes;
  }

  /** The oldest batch, still on disk. A file that is damaged is moved aside and reported through `damaged`. */
  async first(damaged: (path: string) => void): Promise<SealedBatch | undefined> {
    for (;;) {
      const [file] = this.#files;
      if (file === undefined) return undefined;
      const path = join(this.#directory, file.name);
      const bytes = await this.#disk.readFile(path);
      const batch = bytes && decode(Buffer.from(bytes), file.number);
      if (batch !== undefined) return batch;
      this.#files.shift();
      this.#bytes -= file.bytes;
      damaged(path);
      if (bytes !== undefined) await this.#disk.rename(path, `${path}.damaged`);
    }
  }

  /** The oldest batch was delivered. */
  async removeFirst(): Promise<void> {
    const file = this.#files.shift();
    if (file === undefined) throw new WorldError('CORRUPT', 'there is no batch to remove', { path: this.#directory });
    this.#bytes -= file.bytes;
    await this.#disk.remove(join(this.#directory, file.name));
  }
}

function decode(bytes: Buffer, number: number): SealedBatch | undefined {
  if (bytes.length < 8 || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
  const headerEnd = 8 + bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as {
    tenant: string;
    entryCount: number;
    sizeBytes: number;
  };
  return { ...header, number, body: bytes.subarray(headerEnd), held: [] };
}

interface SpoolFile {
  readonly name: string;
  readonly bytes: number;
  readonly number: number;
}
