import { compressSync, uncompressSync } from 'snappy';

/**
 * Snappy block format, the body of Loki's and Prometheus' protobuf requests
 * (https://github.com/google/snappy/blob/main/format_description.txt).
 */

export type SnappyResult =
  | { readonly bytes: Buffer; readonly error?: undefined }
  | { readonly bytes?: undefined; readonly error: string; readonly tooLarge?: boolean };

/** A copy element of three bytes gives at most 64: no honest block expands more than this. */
const expansionMax = 64 / 3 + 1;

const corrupt: SnappyResult = { error: 'snappy: corrupt input' };

/**
 * Decompresses a block. Its claimed size is checked before memory is taken: against `maxBytes`, and against what so few
 * compressed bytes could ever give.
 */
export function decompressSnappy(block: Uint8Array, maxBytes: number): SnappyResult {
  const size = decompressedSize(block);
  if (size === undefined) return corrupt;
  if (size > maxBytes) {
    return { error: `decompressed message size too large than max (${size} vs ${maxBytes})`, tooLarge: true };
  }
  if (size > (block.length + 1) * expansionMax) return corrupt;
  try {
    const bytes = uncompressSync(block, { asBuffer: true }) as Buffer;
    return bytes.length === size ? { bytes } : corrupt;
  } catch {
    return corrupt;
  }
}

export function compressSnappy(bytes: Uint8Array): Buffer {
  return compressSync(bytes);
}

/** The size that a block starts with: a varint of at most 32 bits. */
function decompressedSize(block: Uint8Array): number | undefined {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) return undefined;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size <= 0xffffffff ? size : undefined;
  }
  return undefined;
}
