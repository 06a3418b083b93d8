import { ByteReader, MalformedBytes } from '../codec/byte-reader.ts';
import { ByteWriter } from '../codec/byte-writer.ts';
import { checksum } from '../codec/checksum.ts';
import { WorldError } from '../model/failure.ts';
import { type Disk, replaceFile } from '../world/disk.ts';

/**
 * A tenant's manifest: the one file that says what the tenant's data is. A chunk file exists for everybody once the manifest
 * lists it, and the manifest is replaced atomically; what it does not list is left over from a crash and removed.
 */
export interface Manifest {
  readonly tenant: string;
  /** Every row up to this sequence is in a chunk; WAL records up to it are done with. */
  readonly sealedSequence: number;
  readonly nextChunkId: number;
  readonly chunks: readonly ChunkEntry[];
}

export interface ChunkEntry {
  readonly id: number;
  readonly day: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Sequences of its rows, and of all chunks that were written with it, lie between these; those of no others do. */
  readonly minSequence: number;
  readonly maxSequence: number;
  readonly rowCount: number;
  readonly lineBytes: number;
  readonly fileBytes: number;
  /** 0: as sealed; one more than the highest of its sources when written again. */
  readonly level: number;
}

/** Version 1 did not say which chunks were written together. */
export const manifestVersion = 2;
const manifestMagic = Uint8Array.of(...Buffer.from('CWMANIF'), manifestVersion);

export function emptyManifest(tenant: string): Manifest {
  return { tenant, sealedSequence: 0, nextChunkId: 1, chunks: [] };
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  const writer = new ByteWriter(manifest.chunks.length * 40 + 64);
  writer.raw(manifestMagic);
  writer.text(manifest.tenant);
  writer.varint(manifest.sealedSequence);
  writer.varint(manifest.nextChunkId);
  writer.varint(manifest.chunks.length);
  for (const chunk of manifest.chunks) {
    writer.varint(chunk.id);
    writer.int64(BigInt(chunk.day));
    writer.varint(chunk.minOffset);
    writer.varint(chunk.maxOffset);
    writer.varint(chunk.minSequence);
    writer.varint(chunk.maxSequence);
    writer.varint(chunk.rowCount);
    writer.varint(chunk.lineBytes);
    writer.varint(chunk.fileBytes);
    writer.varint(chunk.level);
  }
  writer.uint32(checksum(writer.bytes()));
  return writer.bytes();
}

/** Fails with CORRUPT or FORMAT_VERSION. */
export function decodeManifest(bytes: Uint8Array, path: string): Manifest {
  if (
    bytes.length < manifestMagic.length + 4 ||
    Buffer.compare(bytes.subarray(0, 7), manifestMagic.subarray(0, 7)) !== 0
  ) {
    throw new WorldError('CORRUPT', 'this is no manifest', { path });
  }
  if (bytes[7]! > manifestVersion) {
    throw new WorldError(
      'FORMAT_VERSION',
      `manifest of format ${bytes[7]}, this Cordwood reads up to ${manifestVersion}`,
      {
        path,
      },
    );
  }
  const content = bytes.subarray(0, bytes.length - 4);
  if (new ByteReader(bytes.subarray(content.length)).uint32() !== checksum(content)) {
    throw new WorldError('CORRUPT', 'the manifest does not match its checksum', { path });
  }
  try {
    return readContent(new ByteReader(content.subarray(manifestMagic.length)), bytes[7]!);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    throw new WorldError('CORRUPT', error.message, { path, cause: error });
  }
}

function readContent(reader: ByteReader, version: number): Manifest {
  const tenant = reader.text();
  const sealedSequence = reader.varint();
  const nextChunkId = reader.varint();
  const chunks: ChunkEntry[] = [];
  for (let left = reader.count(15); left > 0; left--) {
    chunks.push({
      id: reader.varint(),
      day: Number(reader.int64()),
      minOffset: reader.varint(),
      maxOffset: reader.varint(),
      // Of version 1 nothing is known but this: they count as written together, and are not joined.
      minSequence: version === 1 ? 0 : reader.varint(),
      maxSequence: version === 1 ? sealedSequence : reader.varint(),
      rowCount: reader.varint(),
      lineBytes: reader.varint(),
      fileBytes: reader.varint(),
      level: reader.varint(),
    });
  }
  return { tenant, sealedSequence, nextChunkId, chunks };
}

export function chunkFileName(id: number): string {
  return `${String(id).padStart(10, '0')}.chunk`;
}

export async function readManifest(disk: Disk, path: string): Promise<Manifest | undefined> {
  const bytes = await disk.readFile(path);
  return bytes === undefined ? undefined : decodeManifest(bytes, path);
}

export function publishManifest(disk: Disk, path: string, manifest: Manifest): Promise<void> {
  return replaceFile(disk, path, [encodeManifest(manifest)]);
}
