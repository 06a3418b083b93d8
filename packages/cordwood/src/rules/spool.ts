import { checksum } from '../codec/checksum.ts';
import { WorldError } from '../model/failure.ts';
import type { LogMessage } from '../model/log-message.ts';
import { type Disk, parentDirectory, replaceFile } from '../world/disk.ts';

/**
 * A queue of messages that survives the end of the process: one file a message, named by its number and time, so that there
 * is no index to repair. A message is there once `add` has resolved, and until `remove`.
 *
 * While the disk refuses writes, messages are kept in memory: then they only survive as long as the process.
 */
export interface Spool {
  /** Durable when resolved, unless the disk refuses. */
  add(bytes: Uint8Array, items: number, timeMs: number): Promise<void>;
  /** The oldest message, unread ones that are damaged or too old left out. */
  first(): Promise<SpooledMessage | undefined>;
  remove(message: SpooledMessage): Promise<void>;
  statistics(): SpoolStatistics;
}

export interface SpooledMessage {
  readonly number: number;
  readonly timeMs: number;
  /** How many things the message holds, for statistics. */
  readonly items: number;
  readonly bytes: Uint8Array;
}

export interface SpoolStatistics {
  readonly messages: number;
  readonly items: number;
  readonly sizeBytes: number;
  /** Items lost because they were too old, too many, or damaged. */
  readonly itemsDropped: number;
}

export interface SpoolOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly log: LogMessage;
  /** Messages older than this are dropped when their turn comes. */
  readonly ageMsMax: number;
  /** Beyond it the oldest messages are dropped. */
  readonly sizeBytesMax: number;
  readonly nowMs: () => number;
}

interface Entry {
  readonly number: number;
  readonly timeMs: number;
  readonly items: number;
  readonly sizeBytes: number;
  /** Only while the disk does not have it. */
  readonly inMemory: Uint8Array | undefined;
}

const checksumBytes = 4;
const fileName = /^([0-9]{16})-([0-9]+)-([0-9]+)$/;

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { disk, directory, log } = options;
  await disk.createDirectory(directory);
  // The folders of the tenant and of the queue may be new.
  await disk.syncDirectory(parentDirectory(directory));
  await disk.syncDirectory(parentDirectory(parentDirectory(directory)));
  const entries: Entry[] = [];
  let sizeBytes = 0;
  let itemsDropped = 0;
  let nextNumber = 1;
  const pathOf = ({ number, timeMs, items }: Pick<Entry, 'number' | 'timeMs' | 'items'>): string =>
    `${directory}/${String(number).padStart(16, '0')}-${timeMs}-${items}`;

  for (const name of await disk.list(directory)) {
    const match = fileName.exec(name);
    // What a crash left half written.
    if (!match) {
      await disk.remove(`${directory}/${name}`);
      continue;
    }
    const size = (await disk.size(`${directory}/${name}`)) ?? 0;
    const [number, timeMs, items] = match.slice(1).map(Number) as [number, number, number];
    entries.push({ number, timeMs, items, sizeBytes: size, inMemory: undefined });
    sizeBytes += size;
    nextNumber = Math.max(nextNumber, number + 1);
  }

  async function drop(entry: Entry, why: string): Promise<void> {
    itemsDropped += entry.items;
    log('error', `queued samples are dropped: ${why}`, { path: pathOf(entry), samples: entry.items });
    await removeEntry(entry);
  }

  async function removeEntry(entry: Entry): Promise<void> {
    const index = entries.indexOf(entry);
    if (index < 0) return;
    entries.splice(index, 1);
    sizeBytes -= entry.sizeBytes;
    if (entry.inMemory !== undefined) return;
    // A name that comes back after a crash is sent once more; the receiver knows its samples already.
    await disk.remove(pathOf(entry)).catch((error: Error) => {
      log('warn', 'a sent message cannot be removed', { path: pathOf(entry), error: error.message });
    });
  }

  /** Undefined when the file is damaged. A disk that fails throws. */
  async function read(entry: Entry): Promise<Uint8Array | undefined> {
    if (entry.inMemory !== undefined) return entry.inMemory;
    const stored = await disk.readFile(pathOf(entry));
    if (stored === undefined || stored.length < checksumBytes) return undefined;
    const bytes = stored.subarray(checksumBytes);
    const expected = new DataView(stored.buffer, stored.byteOffset).getUint32(0);
    return checksum(bytes) === expected ? bytes : undefined;
  }

  return {
    async add(bytes, items, timeMs) {
      const entry = { number: nextNumber++, timeMs, items, sizeBytes: bytes.length + checksumBytes };
      const header = new Uint8Array(checksumBytes);
      new DataView(header.buffer).setUint32(0, checksum(bytes));
      let inMemory: Uint8Array | undefined;
      try {
        await replaceFile(disk, pathOf(entry), [header, bytes]);
      } catch (error) {
        if (!(error instanceof WorldError)) throw error;
        log('error', 'samples cannot be queued on disk; they wait in memory', { directory, error: error.message });
        inMemory = bytes;
      }
      entries.push({ ...entry, inMemory });
      sizeBytes += entry.sizeBytes;
      while (sizeBytes > options.sizeBytesMax && entries.length > 1)
        await drop(entries[0]!, `more than ${options.sizeBytesMax} bytes wait`);
    },
    async first() {
      for (let entry = entries[0]; entry; entry = entries[0]) {
        if (options.nowMs() - entry.timeMs > options.ageMsMax) {
          await drop(entry, `older than ${options.ageMsMax / 3_600_000} hours`);
          continue;
        }
        const bytes = await read(entry);
        if (bytes !== undefined) return { number: entry.number, timeMs: entry.timeMs, items: entry.items, bytes };
        await drop(entry, 'the file is damaged');
      }
      return undefined;
    },
    async remove({ number }) {
      const entry = entries.find((candidate) => candidate.number === number);
      if (entry) await removeEntry(entry);
    },
    statistics: () => ({
      messages: entries.length,
      items: entries.reduce((sum, { items }) => sum + items, 0),
      sizeBytes,
      itemsDropped,
    }),
  };
}
