import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface ContainerLogOptions {
  /** `<pods>/<namespace>_<pod>_<uid>/<container>`. */
  readonly directory: string;
  /** How often the container was restarted: the name of the file. */
  readonly restarts: number;
  /** containerLogMaxSize of the kubelet. */
  readonly bytesMax: number;
  /** containerLogMaxFiles: the current one and the rotated ones together. */
  readonly filesMax: number;
  readonly now?: () => Date;
}

export interface ContainerLog {
  readonly write: (records: readonly Buffer[]) => void;
  /** Resolves when everything written is in the file. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * One container's log file, rotated by size as the kubelet does it: the file is renamed to `0.log.<time>`, a new `0.log` is
 * opened, rotated files but the latest are compressed, the oldest are removed.
 */
export async function openContainerLog(options: ContainerLogOptions): Promise<ContainerLog> {
  const { directory, bytesMax, filesMax } = options;
  const name = `${options.restarts}.log`;
  const path = join(directory, name);
  const now = options.now ?? (() => new Date());
  await mkdir(directory, { recursive: true });
  let file: FileHandle = await open(path, 'a');
  let size = (await file.stat()).size;
  let pending: Buffer[] = [];
  let work: Promise<void> | undefined;
  let closed = false;

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      const bytes = Buffer.concat(pending);
      pending = [];
      await file.appendFile(bytes);
      size += bytes.length;
      if (size > bytesMax) await rotate();
    }
  }

  async function rotate(): Promise<void> {
    await rename(path, join(directory, `${name}.${stamp(now())}`));
    await file.close();
    file = await open(path, 'a');
    size = 0;
    const rotated = (await readdir(directory)).filter((entry) => entry.startsWith(`${name}.`)).sort();
    for (const old of rotated.slice(0, Math.max(0, rotated.length - (filesMax - 1)))) await rm(join(directory, old));
    for (const old of rotated.slice(Math.max(0, rotated.length - (filesMax - 1)), -1)) {
      if (!old.endsWith('.gz')) await compress(join(directory, old));
    }
  }

  return {
    write(records) {
      if (closed || records.length === 0) return;
      pending.push(...records);
      work ??= drain().finally(() => {
        work = undefined;
      });
    },
    async flush() {
      while (work !== undefined || pending.length > 0) await (work ?? drain());
    },
    async close() {
      closed = true;
      while (work !== undefined) await work;
      await file.close();
    },
  };
}

async function compress(path: string): Promise<void> {
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.tmp`));
  await rename(`${path}.tmp`, `${path}.gz`);
  await rm(path);
}

/** `20260204-120000`, with milliseconds where the kubelet rotates at most every ten seconds and needs none. */
function stamp(time: Date): string {
  return time.toISOString().replace(/[-:]/g, '').replace('T', '-').replace('.', '').slice(0, 18);
}
