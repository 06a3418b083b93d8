import { assert, WorldError } from '../../model/failure.ts';
import type { LogMessage } from '../../model/log-message.ts';
import type { Disk, WritableFile } from '../../world/disk.ts';
import { scanSegment, segmentMagic, walVersion } from './wal-format.ts';

/** A record on its way to the disk. */
export interface WalRecord {
  /** Header and payload as they go to the file, in order. They must not change until one of the callbacks. */
  readonly parts: readonly Uint8Array[];
  /** The record is durable. Called in the order of `append`. */
  readonly durable: () => void;
  /** The record is not acknowledged; it may or may not be found again after a crash. */
  readonly failed: (error: unknown) => void;
}

export interface WalReport {
  readonly segments: number;
  readonly records: number;
  readonly bytes: number;
  readonly tornBytes: number;
  /** Places of damage that cost records. */
  readonly damage: readonly { readonly path: string; readonly offset: number }[];
}

/**
 * The write-ahead log: numbered segment files, shared by all tenants, so that one sync makes the pushes of all of them
 * durable (group commit): while one group is being synced the next one gathers.
 *
 * After a failed write or sync nobody knows what the segment holds at its end. It is left as it is, everything in flight is
 * reported failed, and the next record opens a new segment.
 */
export class Wal {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentBytesMax: number;
  #file: WritableFile | undefined;
  #segment: number;
  #queue: WalRecord[] = [];
  #writing: Promise<void> | undefined;
  #bytes = 0;
  #closed = false;
  /** Sizes of the segments on disk, oldest first. */
  readonly #sizes = new Map<number, number>();

  private constructor(disk: Disk, directory: string, segmentBytesMax: number, nextSegment: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#segmentBytesMax = segmentBytesMax;
    this.#segment = nextSegment;
  }

  /** Reads every record there is, oldest first, and starts a new segment. First start and recovery are the same. */
  static async open(options: {
    disk: Disk;
    directory: string;
    segmentBytesMax: number;
    log: LogMessage;
    replay: (payload: Uint8Array, segment: number) => void | Promise<void>;
  }): Promise<{ wal: Wal; report: WalReport }> {
    const { disk, directory, log } = options;
    await disk.createDirectory(directory);
    const report = {
      segments: 0,
      records: 0,
      bytes: 0,
      tornBytes: 0,
      damage: [] as { path: string; offset: number }[],
    };
    const numbers = (await disk.list(directory)).map(segmentNumber).filter((number) => number !== undefined);
    numbers.sort((a, b) => a - b);
    const wal = new Wal(disk, directory, options.segmentBytesMax, (numbers.at(-1) ?? 0) + 1);
    for (const number of numbers) {
      const path = wal.#path(number);
      const bytes = (await disk.readFile(path)) ?? new Uint8Array(0);
      if (
        bytes.length >= 8 &&
        bytes[7]! > walVersion &&
        Buffer.compare(bytes.subarray(0, 7), segmentMagic.subarray(0, 7)) === 0
      ) {
        throw new WorldError('FORMAT_VERSION', `WAL of format ${bytes[7]}, this Cordwood reads up to ${walVersion}`, {
          path,
        });
      }
      // A killed process may have left bytes that were never synced. They count from now on, so they must stay.
      await disk.syncFile(path);
      wal.#sizes.set(number, bytes.length);
      report.segments++;
      report.bytes += bytes.length;
      const scan = scanSegment(bytes);
      if (scan === undefined) {
        report.damage.push({ path, offset: 0 });
        log('error', 'A WAL segment has no valid beginning and is skipped. Its entries are lost if no copy exists.', {
          path,
        });
        continue;
      }
      for (const offset of scan.damagedAt) {
        report.damage.push({ path, offset });
        log('error', 'Damage in the middle of a WAL segment: records there are lost, those behind it are read.', {
          path,
          offset,
        });
      }
      report.tornBytes += scan.tornBytes;
      for (const payload of scan.payloads) {
        report.records++;
        await options.replay(payload, number);
      }
    }
    return { wal, report };
  }

  /** The segment that records appended from now on go to, or a later one. */
  get segment(): number {
    return this.#segment;
  }

  /** Bytes of all segments on disk. */
  get sizeBytes(): number {
    let total = this.#bytes;
    for (const size of this.#sizes.values()) total += size;
    return total;
  }

  append(record: WalRecord): void {
    if (this.#closed) {
      record.failed(new WorldError('SHUTTING_DOWN', 'the store is closed'));
      return;
    }
    this.#queue.push(record);
    this.#writing ??= this.#write();
  }

  /** Resolves when everything appended so far is durable or has failed. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Ends the current segment, unless it is being written: once all its entries are in chunks it can be removed. */
  async endSegment(): Promise<void> {
    if (this.#writing === undefined && this.#file !== undefined) await this.#nextSegment();
  }

  /** Removes segments below `segment`: everything in them is in chunks. */
  async removeBefore(segment: number): Promise<void> {
    for (const number of [...this.#sizes.keys()]) {
      if (number >= segment) continue;
      await this.#disk.remove(this.#path(number));
      this.#sizes.delete(number);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        const file = await this.#currentFile();
        await file.append(group.flatMap((record) => record.parts));
        await file.sync();
        this.#bytes = file.sizeBytes;
      } catch (error) {
        // What waits behind the failed group was ordered after it and fails with it, before anything new can be appended.
        const rest = this.#queue;
        this.#queue = [];
        for (const record of [...group, ...rest]) record.failed(error);
        await this.#abandonSegment();
        continue;
      }
      for (const record of group) record.durable();
    }
    this.#writing = undefined;
  }

  #takeGroup(): WalRecord[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || bytes < groupBytesMax)) {
      for (const part of this.#queue[count]!.parts) bytes += part.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #currentFile(): Promise<WritableFile> {
    if (this.#file !== undefined && this.#file.sizeBytes >= this.#segmentBytesMax) await this.#nextSegment();
    if (this.#file === undefined) {
      const file = await this.#disk.openWrite(this.#path(this.#segment));
      this.#file = file;
      await file.append([segmentMagic]);
      await this.#disk.syncDirectory(this.#directory);
    }
    return this.#file;
  }

  /** From here on records go to a new segment. */
  async #nextSegment(): Promise<void> {
    const file = this.#file;
    assert(file !== undefined, 'a segment is open');
    this.#sizes.set(this.#segment, file.sizeBytes);
    this.#file = undefined;
    this.#bytes = 0;
    this.#segment++;
    await file.close();
  }

  async #abandonSegment(): Promise<void> {
    if (this.#file === undefined) {
      this.#segment++;
      return;
    }
    try {
      await this.#nextSegment();
    } catch {
      // Closing a file that failed may fail too; its number is used up either way.
    }
  }

  #path(number: number): string {
    return `${this.#directory}/${String(number).padStart(12, '0')}.wal`;
  }
}

/** Enough for one sync to pay, small enough that nobody waits long for a group. */
const groupBytesMax = 16 * 1024 * 1024;

function segmentNumber(name: string): number | undefined {
  const match = /^(\d{12})\.wal$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
