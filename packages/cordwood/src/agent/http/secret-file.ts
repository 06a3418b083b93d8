import { readFile } from 'node:fs/promises';
import { WorldError } from '../../model/failure.ts';

/** A password or token from its file, without the newline at the end. Fails with DISK_READ. */
export async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new WorldError('DISK_READ', `the file with the credentials cannot be read: ${(cause as Error).message}`, {
      path,
      cause,
    });
  }
}
