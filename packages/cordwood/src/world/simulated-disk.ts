import { assert, WorldError } from '../model/failure.ts';
import type { DirectoryLock, Disk, DiskSpace, ReadableFile, WritableFile } from './disk.ts';
import { parentDirectory } from './disk.ts';
import { type Random, randomInt, seededRandom } from './random.ts';

export interface SimulatedDiskOptions {
  readonly seed: number;
  /** Appending beyond this fails with DISK_FULL after the bytes that still fit. */
  readonly capacityBytes?: number;
  /** Probability that an append, a sync or a change of names fails. */
  readonly writeFailureRate?: number;
  readonly readFailureRate?: number;
}

/** Called before each operation; may throw a WorldError to make it fail, or crash the disk. */
export type BeforeOperation = (operation: DiskOperation, path: string) => void;
export type DiskOperation =
  | 'openRead'
  | 'openWrite'
  | 'read'
  | 'append'
  | 'sync'
  | 'rename'
  | 'remove'
  | 'syncDirectory';

/**
 * A disk in memory that is as nasty as a real one may be, by seed:
 *
 * - Bytes live twice: as the process sees them, and as the platter has them. `sync` copies the first to the second.
 * - `crash()` keeps the platter. Of the appends since the last sync it keeps a random prefix, and of the last one that made
 *   it a random part, whose end may be garbage: a torn write.
 * - Names are a journal: creating, renaming and removing take effect for the process at once and for the platter at
 *   `syncDirectory`. A crash keeps a random prefix of the operations that were not synced.
 * - A write that fails may have written a part; a sync that fails has lost what was pending (as Linux does: the pages are
 *   marked clean), and says so only once.
 *
 * `kill()` ends the process but not the machine. After either, every open file and lock of the old life is dead, and with
 * `startProcess()` the whole disk is: operations of a process that did not notice its end fail.
 */
export class SimulatedDisk implements Disk {
  /** The disk itself, also when asked through `startProcess`. */
  readonly machine: SimulatedDisk = this;
  /** Set by tests to fail or crash at a chosen point. */
  beforeOperation: BeforeOperation | undefined;
  /** Operations so far; a test picks its kill point by it. */
  operationCount = 0;
  writeFailureRate: number;
  readFailureRate: number;
  capacityBytes: number;
  readonly #random: Random;
  #life = 0;
  #names = new Map<string, SimulatedFile>();
  #durableNames = new Map<string, SimulatedFile>();
  #directories = new Set<string>(['/']);
  #pendingNames: NameOperation[] = [];
  #locks = new Set<string>();

  constructor(options: SimulatedDiskOptions) {
    this.#random = seededRandom(options.seed);
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.writeFailureRate = options.writeFailureRate ?? 0;
    this.readFailureRate = options.readFailureRate ?? 0;
  }

  /** The disk as one process sees it: after the next `crash` or `kill` nothing that this process still does arrives. */
  startProcess(): Disk {
    const life = this.#life;
    const disk = this;
    return new Proxy<Disk>(this, {
      get(_, property) {
        const value = disk[property as keyof SimulatedDisk] as unknown;
        if (typeof value !== 'function') return value;
        return (...values: unknown[]) => {
          disk.#checkLife(life, typeof values[0] === 'string' ? values[0] : '');
          return value.apply(disk, values);
        };
      },
    });
  }

  /** Power off and on again. */
  crash(): void {
    this.#life++;
    this.#locks.clear();
    const kept = randomInt(this.#random, this.#pendingNames.length + 1);
    for (const operation of this.#pendingNames.slice(0, kept)) applyNameOperation(this.#durableNames, operation);
    this.#pendingNames = [];
    this.#names = new Map(this.#durableNames);
    for (const file of new Set(this.#names.values())) file.crash(this.#random);
  }

  /** The process dies and another one starts, the machine stays on: what was not synced is still there, and still not synced. */
  kill(): void {
    this.#life++;
    this.#locks.clear();
  }

  /** The bytes of a file as the process sees them; tests damage them on purpose. */
  bytesOf(path: string): Uint8Array {
    const file = this.#names.get(path);
    assert(file !== undefined, `no such file: ${path}`);
    return file.current();
  }

  /** Puts bytes into a file, durable at once. */
  overwrite(path: string, bytes: Uint8Array): void {
    const file = new SimulatedFile(bytes);
    this.#names.set(path, file);
    this.#durableNames.set(path, file);
  }

  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  usedBytes(): number {
    let total = 0;
    for (const file of this.#names.values()) total += file.length;
    return total;
  }

  async openRead(path: string): Promise<ReadableFile> {
    await this.#step('openRead', path, this.readFailureRate, 'DISK_READ');
    const file = this.#names.get(path);
    if (file === undefined) throw new WorldError('DISK_READ', 'no such file', { path });
    const life = this.#life;
    return {
      path,
      sizeBytes: file.length,
      read: async (offset, length) => {
        await null;
        return this.#read(file, path, offset, length, life);
      },
      readSync: (offset, length) => this.#read(file, path, offset, length, life),
      close: async () => {},
    };
  }

  async openWrite(path: string): Promise<WritableFile> {
    await this.#step('openWrite', path, this.writeFailureRate, 'DISK_WRITE');
    if (!this.#directories.has(parentDirectory(path))) {
      throw new WorldError('DISK_WRITE', 'no such folder', { path: parentDirectory(path) });
    }
    const file = new SimulatedFile(new Uint8Array(0));
    this.#name({ kind: 'link', path, file });
    const life = this.#life;
    let sizeBytes = 0;
    return {
      path,
      get sizeBytes() {
        return sizeBytes;
      },
      append: async (parts) => {
        await this.#step('append', path, 0, 'DISK_WRITE', life);
        const bytes = Buffer.concat(parts);
        const room = this.capacityBytes - this.usedBytes();
        const fails = this.#random() < this.writeFailureRate;
        if (bytes.length > room || fails) {
          const written = Math.min(Math.max(0, room), randomInt(this.#random, bytes.length + 1));
          file.append(bytes.subarray(0, written));
          sizeBytes += written;
          if (fails) throw new WorldError('DISK_WRITE', 'simulated write error', { path, offset: sizeBytes });
          throw new WorldError('DISK_FULL', 'the disk is full', { path });
        }
        file.append(bytes);
        sizeBytes += bytes.length;
      },
      sync: async () => {
        await this.#step('sync', path, 0, 'DISK_WRITE', life);
        if (this.#random() < this.writeFailureRate) {
          file.losePending(this.#random);
          throw new WorldError('DISK_WRITE', 'simulated sync error', { path });
        }
        file.sync();
      },
      close: async () => {},
    };
  }

  async syncFile(path: string): Promise<void> {
    await this.#step('sync', path, this.writeFailureRate, 'DISK_WRITE');
    this.#names.get(path)?.sync();
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    if (!this.#names.has(path)) return undefined;
    const file = await this.openRead(path);
    return file.read(0, file.sizeBytes);
  }

  async size(path: string): Promise<number | undefined> {
    return this.#names.get(path)?.length;
  }

  async list(directory: string): Promise<string[]> {
    const prefix = directory.endsWith('/') ? directory : `${directory}/`;
    const names = new Set<string>();
    for (const path of [...this.#names.keys(), ...this.#directories]) {
      if (path.startsWith(prefix) && path.length > prefix.length) names.add(path.slice(prefix.length).split('/')[0]!);
    }
    return [...names].sort();
  }

  /** Folders are durable at once: nothing here depends on losing one. */
  async createDirectory(path: string): Promise<void> {
    for (let directory = path; directory !== '/'; directory = parentDirectory(directory))
      this.#directories.add(directory);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename', from, this.writeFailureRate, 'DISK_WRITE');
    const file = this.#names.get(from);
    if (file === undefined) throw new WorldError('DISK_WRITE', 'no such file', { path: from });
    this.#name({ kind: 'rename', path: to, from, file });
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove', path, this.writeFailureRate, 'DISK_WRITE');
    if (this.#names.has(path)) this.#name({ kind: 'unlink', path });
  }

  async removeDirectory(path: string): Promise<void> {
    for (const name of this.paths()) if (name.startsWith(`${path}/`)) await this.remove(name);
    for (const directory of [...this.#directories]) {
      if (directory === path || directory.startsWith(`${path}/`)) this.#directories.delete(directory);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#step('syncDirectory', path, this.writeFailureRate, 'DISK_WRITE');
    const rest: NameOperation[] = [];
    for (const operation of this.#pendingNames) {
      if (parentDirectory(operation.path) === path) applyNameOperation(this.#durableNames, operation);
      else rest.push(operation);
    }
    this.#pendingNames = rest;
  }

  async space(): Promise<DiskSpace> {
    const total = Number.isFinite(this.capacityBytes) ? this.capacityBytes : 2 ** 40;
    return { totalBytes: total, freeBytes: Math.max(0, total - this.usedBytes()) };
  }

  async lock(directory: string): Promise<DirectoryLock> {
    if (this.#locks.has(directory)) {
      throw new WorldError('DIRECTORY_LOCKED', 'another process uses this data folder', { path: directory });
    }
    this.#locks.add(directory);
    return {
      release: async () => {
        this.#locks.delete(directory);
      },
    };
  }

  #name(operation: NameOperation): void {
    applyNameOperation(this.#names, operation);
    this.#pendingNames.push(operation);
  }

  #read(file: SimulatedFile, path: string, offset: number, length: number, life: number): Uint8Array {
    this.#stepNow('read', path, this.readFailureRate, 'DISK_READ', life);
    const bytes = file.current();
    const missing = offset + length - bytes.length;
    if (missing > 0) throw new WorldError('DISK_READ', `the file ends ${missing} bytes too early`, { path, offset });
    return bytes.slice(offset, offset + length);
  }

  async #step(
    operation: DiskOperation,
    path: string,
    failureRate: number,
    code: 'DISK_READ' | 'DISK_WRITE',
    life = this.#life,
  ): Promise<void> {
    // A turn of the event loop, so that operations interleave as they would on a real disk.
    await null;
    this.#stepNow(operation, path, failureRate, code, life);
  }

  #stepNow(
    operation: DiskOperation,
    path: string,
    failureRate: number,
    code: 'DISK_READ' | 'DISK_WRITE',
    life: number,
  ): void {
    this.#checkLife(life, path);
    this.operationCount++;
    this.beforeOperation?.(operation, path);
    this.#checkLife(life, path);
    if (failureRate > 0 && this.#random() < failureRate) {
      throw new WorldError(code, `simulated ${operation} error`, { path });
    }
  }

  #checkLife(life: number, path: string): void {
    if (life !== this.#life) throw new WorldError('DISK_WRITE', 'the process died', { path });
  }
}

type NameOperation =
  | { readonly kind: 'link'; readonly path: string; readonly file: SimulatedFile }
  | { readonly kind: 'rename'; readonly path: string; readonly from: string; readonly file: SimulatedFile }
  | { readonly kind: 'unlink'; readonly path: string };

function applyNameOperation(names: Map<string, SimulatedFile>, operation: NameOperation): void {
  switch (operation.kind) {
    case 'link':
      names.set(operation.path, operation.file);
      break;
    case 'rename':
      names.delete(operation.from);
      names.set(operation.path, operation.file);
      break;
    case 'unlink':
      names.delete(operation.path);
      break;
  }
}

class SimulatedFile {
  #durable: Uint8Array;
  #pending: Uint8Array[] = [];

  constructor(durable: Uint8Array) {
    this.#durable = durable;
  }

  get length(): number {
    return this.#pending.reduce((sum, bytes) => sum + bytes.length, this.#durable.length);
  }

  current(): Uint8Array {
    return Buffer.concat([this.#durable, ...this.#pending]);
  }

  append(bytes: Uint8Array): void {
    this.#pending.push(bytes);
  }

  sync(): void {
    this.#durable = this.current();
    this.#pending = [];
  }

  losePending(random: Random): void {
    this.crash(random);
  }

  crash(random: Random): void {
    const kept = this.#pending.slice(0, randomInt(random, this.#pending.length + 1));
    const last = kept.pop();
    if (last !== undefined) {
      const torn = last.slice(0, randomInt(random, last.length + 1));
      // The file may have grown before its last sector was written: then the end is whatever was there.
      if (torn.length > 0 && random() < 0.3) {
        const garbage = Math.min(torn.length, randomInt(random, 512));
        for (let i = torn.length - garbage; i < torn.length; i++) torn[i] = randomInt(random, 256);
      }
      kept.push(torn);
    }
    this.#durable = Buffer.concat([this.#durable, ...kept]);
    this.#pending = [];
  }
}
