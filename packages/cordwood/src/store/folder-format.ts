import { WorldError } from '../model/failure.ts';
import { type Disk, replaceFile } from '../world/disk.ts';

const formatVersion = 1;

/** The version that the file FORMAT of a data folder names; undefined when it is not such a file. */
export function folderFormatOf(bytes: Uint8Array): number | undefined {
  const digits = /^cordwood data folder, format (\d+)\n$/.exec(Buffer.from(bytes).toString())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Marks a new folder. Fails with CORRUPT or FORMAT_VERSION when the folder cannot be used. */
export async function checkFolderFormat(disk: Disk, directory: string): Promise<void> {
  const path = `${directory}/FORMAT`;
  const bytes = await disk.readFile(path);
  if (bytes === undefined || bytes.length === 0) {
    return replaceFile(disk, path, [Buffer.from(`cordwood data folder, format ${formatVersion}\n`)]);
  }
  const version = folderFormatOf(bytes);
  if (version === undefined) {
    throw new WorldError('CORRUPT', 'this is not the mark of a Cordwood data folder', { path });
  }
  if (version > formatVersion) {
    const message = `data folder of format ${version}, this Cordwood reads up to ${formatVersion}`;
    throw new WorldError('FORMAT_VERSION', message, { path });
  }
}
