/**
 * The disk as the rooms see it: few operations, typed failures, and nothing durable until it is synced.
 *
 * What holds on every implementation:
 * - `append` of a file and `sync` of it resolve in order; bytes survive a crash only after `sync`.
 * - A new, renamed or removed name survives a crash only after `syncDirectory` of its folder.
 * - `rename` replaces the target atomically: a reader sees the old or the new file, never a mixture.
 * - After a failed `append` or `sync` the tail of that file is unknown: write elsewhere and go on.
 * Every failure is a WorldError (DISK_READ, DISK_WRITE, DISK_FULL, DIRECTORY_LOCKED) that names the path.
 */
export interface Disk {
  /** Opens a file to read. Fails with DISK_READ when it is not there. */
  openRead(path: string): Promise<ReadableFile>;
  /** Creates a file, or empties the one that is there, and opens it for appending. The folder must exist. */
  openWrite(path: string): Promise<WritableFile>;
  /** Makes what a file holds now durable; no error when there is none. */
  syncFile(path: string): Promise<void>;
  /** The whole file, or undefined when there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Bytes of a file, or undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(directory: string): Promise<string[]>;
  /** Creates a folder and those above it; no error when it is there. */
  createDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** No error when there is no such file. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all that is in it. */
  removeDirectory(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  space(path: string): Promise<DiskSpace>;
  /**
   * Takes a folder for this process until `release` or the end of the process, however it ends. Fails with
   * DIRECTORY_LOCKED while another process has it.
   */
  lock(directory: string): Promise<DirectoryLock>;
}

export interface DiskSpace {
  readonly totalBytes: number;
  /** For an ordinary user. */
  readonly freeBytes: number;
}

export interface DirectoryLock {
  release(): Promise<void>;
}

export interface ReadableFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Exactly `length` bytes; DISK_READ when the file ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same at once, for columns that a reader asks for in the middle of a computation. */
  readSync(offset: number, length: number): Uint8Array;
  close(): Promise<void>;
}

export interface WritableFile {
  readonly path: string;
  /** Bytes appended so far. */
  readonly sizeBytes: number;
  append(parts: readonly Uint8Array[]): Promise<void>;
  /** Makes what was appended durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Writes a new file and makes its bytes durable. Its name is durable after `disk.syncDirectory` of the folder. */
export async function writeSynced(disk: Disk, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await disk.openWrite(path);
  try {
    await file.append(parts);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces a file atomically and durably: after a crash the old or the new bytes are there, whole. */
export async function replaceFile(disk: Disk, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeSynced(disk, temporary, parts);
  await disk.rename(temporary, path);
  await disk.syncDirectory(parentDirectory(path));
}

export function parentDirectory(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}
