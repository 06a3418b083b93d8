import { readSync } from 'node:fs';
import {
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { WorldError, type WorldFailureCode } from '../model/failure.ts';
import type { DirectoryLock, Disk, ReadableFile, WritableFile } from './disk.ts';

/** The machine's file system. */
export const systemDisk: Disk = {
  async openRead(path) {
    const handle = await attempt('DISK_READ', path, () => open(path, 'r'));
    const { size } = await attempt('DISK_READ', path, () => handle.stat());
    return new SystemReadableFile(path, handle, size);
  },
  async openWrite(path) {
    return new SystemWritableFile(path, await attempt('DISK_WRITE', path, () => open(path, 'w')));
  },
  syncFile: (path) =>
    attempt('DISK_WRITE', path, async () => {
      const handle = await absentAs(undefined, open(path, 'r+'));
      if (handle === undefined) return;
      try {
        await handle.datasync();
      } finally {
        await handle.close();
      }
    }),
  readFile: (path) => attempt('DISK_READ', path, () => absentAs(undefined, readFile(path))),
  size: (path) => attempt('DISK_READ', path, async () => (await absentAs(undefined, stat(path)))?.size),
  list: (directory) => attempt('DISK_READ', directory, async () => (await absentAs([], readdir(directory))).sort()),
  createDirectory: (path) => attempt('DISK_WRITE', path, () => makeDirectory(path)),
  rename: (from, to) => attempt('DISK_WRITE', from, () => rename(from, to)),
  remove: (path) => attempt('DISK_WRITE', path, () => absentAs(undefined, unlink(path))),
  removeDirectory: (path) => attempt('DISK_WRITE', path, () => rm(path, { recursive: true, force: true })),
  syncDirectory: (path) =>
    attempt('DISK_WRITE', path, async () => {
      const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }),
  space: (path) =>
    attempt('DISK_READ', path, async () => {
      const numbers = await statfs(path);
      return { totalBytes: numbers.blocks * numbers.bsize, freeBytes: numbers.bavail * numbers.bsize };
    }),
  lock: lockDirectory,
};

/**
 * Not mkdir with `recursive`: where a folder can never be made although its parent is there (`/proc/x`), that turns in a
 * circle for ever.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await absentAs(undefined, stat(parent))) !== undefined) throw error;
    await makeDirectory(parent);
    await makeDirectory(path);
  }
}

/**
 * Node has no file locks of its own, but SQLite has: an open exclusive transaction on a file holds a lock of the operating
 * system. It ends with the process, also by `kill -9`, and works between containers that share a volume, which a file with
 * a process id does not.
 */
async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const { DatabaseSync } = await import('node:sqlite');
  const path = join(directory, 'lock');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    const sqlite = cause as { errcode?: number; message: string };
    const busy = sqlite.errcode !== undefined && (sqlite.errcode & 0xff) === 5;
    if (!busy) throw new WorldError('DISK_WRITE', `cannot lock the data folder: ${sqlite.message}`, { path, cause });
    throw new WorldError('DIRECTORY_LOCKED', 'another process uses this data folder', {
      path: directory,
      cause,
    });
  }
  const held = database;
  return {
    async release() {
      held.close();
    },
  };
}

class SystemReadableFile implements ReadableFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return attempt('DISK_READ', this.path, async () => {
      const buffer = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw endsEarly(this.path, offset + filled, length - filled);
        filled += bytesRead;
      }
      return buffer;
    });
  }

  readSync(offset: number, length: number): Uint8Array {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      let count: number;
      try {
        count = readSync(this.#handle.fd, buffer, filled, length - filled, offset + filled);
      } catch (cause) {
        throw failure('DISK_READ', this.path, cause);
      }
      if (count === 0) throw endsEarly(this.path, offset + filled, length - filled);
      filled += count;
    }
    return buffer;
  }

  close(): Promise<void> {
    return attempt('DISK_READ', this.path, () => this.#handle.close());
  }
}

class SystemWritableFile implements WritableFile {
  readonly path: string;
  sizeBytes = 0;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  append(parts: readonly Uint8Array[]): Promise<void> {
    return attempt('DISK_WRITE', this.path, async () => {
      for (let start = 0; start < parts.length; start += partsPerWrite) {
        await this.#writeAll(parts.slice(start, start + partsPerWrite));
      }
    });
  }

  /** writev may write less than it was given. */
  async #writeAll(parts: Uint8Array[]): Promise<void> {
    let rest = parts.filter((part) => part.length > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest, this.sizeBytes);
      this.sizeBytes += bytesWritten;
      rest = dropBytes(rest, bytesWritten);
    }
  }

  sync(): Promise<void> {
    return attempt('DISK_WRITE', this.path, () => this.#handle.datasync());
  }

  close(): Promise<void> {
    return attempt('DISK_WRITE', this.path, () => this.#handle.close());
  }
}

/** IOV_MAX is 1024 on Linux. */
const partsPerWrite = 1024;

function dropBytes(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (left >= part.length) left -= part.length;
    else {
      rest.push(left > 0 ? part.subarray(left) : part);
      left = 0;
    }
  }
  return rest;
}

async function absentAs<Value, Absent>(absent: Absent, promise: Promise<Value>): Promise<Value | Absent> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
}

async function attempt<Value>(code: WorldFailureCode, path: string, action: () => Promise<Value>): Promise<Value> {
  try {
    return await action();
  } catch (cause) {
    throw failure(code, path, cause);
  }
}

function failure(code: WorldFailureCode, path: string, cause: unknown): WorldError {
  if (cause instanceof WorldError) return cause;
  const error = cause as NodeJS.ErrnoException;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new WorldError(full ? 'DISK_FULL' : code, full ? 'the disk is full' : error.message, { path, cause });
}

function endsEarly(path: string, offset: number, missingBytes: number): WorldError {
  return new WorldError('DISK_READ', `the file ends ${missingBytes} bytes too early`, { path, offset });
}
