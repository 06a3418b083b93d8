import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FilePosition } from './positions.ts';
import { hasSignature } from './signature.ts';

/** A file in the folder of a log that could be the log under an older name. */
export interface RotatedFile {
  readonly path: string;
  /** See `fileKey`. */
  readonly key: string;
  readonly device: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Inode numbers are used again; the time of birth tells who has one now. */
export function fileKey(stats: Pick<Stats, 'dev' | 'ino' | 'birthtimeMs'>): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeMs}`;
}

/**
 * Files beside the log whose names begin as the log's does (`app.log` to `app.log.1`, `app.log-20260101`, `app-2026.log`),
 * not compressed, oldest first. Other neighbours (`app.log.err`) are other logs.
 */
export async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  const name = basename(path);
  const stem = name.replace(/\.[^.]*$/, '');
  const directory = dirname(path);
  const out: RotatedFile[] = [];
  for (const other of await readdir(directory).catch(() => [])) {
    if (!isRotationOf(other, name, stem)) continue;
    const file = await stat(join(directory, other)).catch(() => undefined);
    if (file?.isFile()) {
      out.push({
        path: join(directory, other),
        key: fileKey(file),
        device: file.dev,
        inode: file.ino,
        sizeBytes: file.size,
        modifiedMs: file.mtimeMs,
      });
    }
  }
  return out.sort((a, b) => a.modifiedMs - b.modifiedMs);
}

/** `app.log.1`, `app.log.20260101-101500`, `app.log-20260101`, `app.log.old`; and before the extension `app-20260101.log`. */
function isRotationOf(other: string, name: string, stem: string): boolean {
  if (other === name) return false;
  if (other.startsWith(name)) return rotationSuffix.test(other.slice(name.length));
  const extension = name.slice(stem.length);
  if (stem === '' || extension === '' || !other.startsWith(stem) || !other.endsWith(extension)) return false;
  return dateSuffix.test(other.slice(stem.length, other.length - extension.length));
}
const rotationSuffix = /^(?:[-._](?:\d[-_.T:+\d]*Z?|old|bak|prev)|~)$/i;
const dateSuffix = /^[-._]\d[-_.T:+\d]*Z?$/;

/** The file that a position speaks of, wherever it is now: at the path, or rotated beside it. */
export async function findFile(path: string, position: FilePosition): Promise<RotatedFile | undefined> {
  const here = await stat(path).catch(() => undefined);
  const candidates = await rotatedFiles(path);
  if (here?.isFile()) {
    candidates.unshift({
      path,
      key: fileKey(here),
      device: here.dev,
      inode: here.ino,
      sizeBytes: here.size,
      modifiedMs: here.mtimeMs,
    });
  }
  for (const candidate of candidates) {
    if (candidate.inode !== position.inode || candidate.device !== position.device) continue;
    // Inode numbers are used again: the first bytes tell.
    if (candidate.sizeBytes >= position.offset && (await startsLike(candidate.path, position))) return candidate;
  }
  return undefined;
}

/** A copy that copytruncate made of the file: it begins as the file did and reaches further than what was read. */
export async function findCopy(path: string, position: FilePosition): Promise<RotatedFile | undefined> {
  if (position.signature.length === 0) return undefined;
  for (const candidate of (await rotatedFiles(path)).reverse()) {
    if (candidate.sizeBytes >= position.offset && (await startsLike(candidate.path, position))) return candidate;
  }
  return undefined;
}

async function startsLike(path: string, position: FilePosition): Promise<boolean> {
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    return await hasSignature(handle, position.signature);
  } finally {
    await handle.close();
  }
}

/** Renames that may come between finding a file and opening it. */
const openAttempts = 5;

/** Opens a file that was found; if it has got another name in the meantime, under that. */
export async function openFound(path: string, file: RotatedFile): Promise<FileHandle | undefined> {
  let name = file.path;
  for (let attempt = 0; attempt < openAttempts; attempt++) {
    const handle = await open(name, 'r').catch(() => undefined);
    if (handle !== undefined && fileKey(await handle.stat()) === file.key) return handle;
    await handle?.close();
    const moved = (await rotatedFiles(path)).find((candidate) => candidate.key === file.key);
    name = moved?.path ?? path;
  }
  return undefined;
}
