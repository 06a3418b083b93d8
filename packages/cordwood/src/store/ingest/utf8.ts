import { isUtf8 } from 'node:buffer';

const replacement = Uint8Array.of(0xef, 0xbf, 0xbd);

/** Is every line valid UTF-8? One native pass over all bytes between the first and the last line settles it nearly always. */
export function linesAreUtf8(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array, rowCount: number): boolean {
  for (let row = 0; row < rowCount; row++) if (!isUtf8(bytes.subarray(starts[row], ends[row]))) return false;
  return true;
}

/** Every invalid byte becomes U+FFFD, as Go does when it ranges over such a string. */
export function replaceInvalidUtf8(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let keptFrom = 0;
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes, position);
    if (length > 0) {
      position += length;
      continue;
    }
    parts.push(bytes.subarray(keptFrom, position), replacement);
    keptFrom = ++position;
  }
  parts.push(bytes.subarray(keptFrom));
  return Buffer.concat(parts);
}

/** Bytes of the valid sequence at `position`, or 0. */
function sequenceLength(bytes: Uint8Array, position: number): number {
  const first = bytes[position]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || position + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(position, position + length)) ? length : 0;
}
