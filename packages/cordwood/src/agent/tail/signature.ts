import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Signature } from './positions.ts';

/** First bytes that tell one file from another. */
const signatureBytesMax = 1024;

export const noSignature: Signature = { length: 0, hash: '' };

/** Signature of a file as long as it is now. */
export async function readSignature(handle: FileHandle, length = signatureBytesMax): Promise<Signature> {
  const bytes = Buffer.alloc(Math.min(length, signatureBytesMax));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  return {
    length: bytesRead,
    hash: createHash('sha256').update(bytes.subarray(0, bytesRead)).digest('base64').slice(0, 22),
  };
}

/** Does the file still begin with what it began with? A file that has become shorter does not. */
export async function hasSignature(handle: FileHandle, signature: Signature): Promise<boolean> {
  if (signature.length === 0) return true;
  const now = await readSignature(handle, signature.length);
  return now.length === signature.length && now.hash === signature.hash;
}

/** A signature of fewer bytes than the file now has can be made longer, until it has its full length. */
export function canGrow(signature: Signature, sizeBytes: number): boolean {
  return signature.length < signatureBytesMax && sizeBytes > signature.length;
}
