import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FilePosition } from './positions.ts';
import { hasSignature } from './signature.ts';

/** A file in the folder of a log that could be the log under an older name. */
export interface RotatedFile {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/**
 * Files beside the log whose names begin as the log's does (`app.log` to `app.log.1`, `app.log-20260101`, `app-2026.log`),
 * not compressed, oldest first.
 */
export async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  const name = basename(path);
  const stem = name.replace(/\.[^.]*$/, '');
  const directory = dirname(path);
  const out: RotatedFile[] = [];
  for (const other of await readdir(directory).catch(() => [])) {
    if (other === name || !(other.startsWith(`${name}.`) || other.startsWith(`${name}-`) || isDated(other, stem, name)))
      continue;
    if (/\.(gz|zst|bz2|xz|z|lz4|tmp)$/i.test(other)) continue;
    const file = await stat(join(directory, other)).catch(() => undefined);
    if (file?.isFile()) {
      out.push({
        path: join(directory, other),
        device: file.dev,
        inode: file.ino,
        sizeBytes: file.size,
        modifiedMs: file.mtimeMs,
      });
    }
  }
  return out.sort((a, b) => a.modifiedMs - b.modifiedMs);
}

/** `app-20260101.log`, `app.2026-01-01.log` for `app.log`. */
function isDated(other: string, stem: string, name: string): boolean {
  const extension = name.slice(stem.length);
  if (stem === '' || extension === '' || !other.startsWith(stem) || !other.endsWith(extension)) return false;
  return /^[-._][-_.T:\d]+$/.test(other.slice(stem.length, other.length - extension.length));
}

/** The file that a position speaks of, wherever it is now: at the path, or rotated beside it. */
export async function findFile(path: string, position: FilePosition): Promise<RotatedFile | undefined> {
  const here = await stat(path).catch(() => undefined);
  const candidates = await rotatedFiles(path);
  if (here?.isFile()) {
    candidates.unshift({ path, device: here.dev, inode: here.ino, sizeBytes: here.size, modifiedMs: here.mtimeMs });
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
