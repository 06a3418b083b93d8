import { checksum } from '../../codec/checksum.ts';

/**
 * Bytes of a WAL segment (docs/format/wal.md): "CWWALSG" version(1), then records one after the other:
 *
 *   mark     uint32  0x4c415743: where reading goes on behind damage
 *   length   uint32  of the payload
 *   checksum uint32  of the payload
 *   payload
 *
 * A record counts when its mark, length and checksum fit. The log ends at the first that does not, unless good records
 * follow: then it is damaged, and what is good is still read.
 */
export const walVersion = 1;
export const segmentMagic = Uint8Array.of(...Buffer.from('CWWALSG'), walVersion);
export const recordHeaderBytes = 12;
const recordMark = 0x4c415743;

export function writeRecordHeader(
  into: Uint8Array,
  offset: number,
  payloadLength: number,
  payloadChecksum: number,
): void {
  const view = new DataView(into.buffer, into.byteOffset + offset, recordHeaderBytes);
  view.setUint32(0, recordMark, true);
  view.setUint32(4, payloadLength, true);
  view.setUint32(8, payloadChecksum, true);
}

export interface SegmentScan {
  /** Payloads of good records, as views. */
  readonly payloads: Uint8Array[];
  /** Where damage lies that good records follow. Bytes lost there were perhaps acknowledged. */
  readonly damagedAt: readonly number[];
  /** Bytes behind the last good record: an append that was cut off. */
  readonly tornBytes: number;
}

/** Reads what is good in a segment. `undefined` when the file does not even begin as one. */
export function scanSegment(bytes: Uint8Array): SegmentScan | undefined {
  if (bytes.length < segmentMagic.length) {
    return Buffer.compare(bytes, segmentMagic.subarray(0, bytes.length)) === 0
      ? { payloads: [], damagedAt: [], tornBytes: bytes.length }
      : undefined;
  }
  if (Buffer.compare(bytes.subarray(0, 7), segmentMagic.subarray(0, 7)) !== 0) return undefined;
  const payloads: Uint8Array[] = [];
  const damagedAt: number[] = [];
  let position = segmentMagic.length;
  for (;;) {
    const payload = recordAt(bytes, position);
    if (payload !== undefined) {
      payloads.push(payload);
      position += recordHeaderBytes + payload.length;
      continue;
    }
    const next = nextRecord(bytes, position + 1);
    if (next === undefined) return { payloads, damagedAt, tornBytes: bytes.length - position };
    damagedAt.push(position);
    position = next;
  }
}

function recordAt(bytes: Uint8Array, position: number): Uint8Array | undefined {
  if (position + recordHeaderBytes > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, recordHeaderBytes);
  if (view.getUint32(0, true) !== recordMark) return undefined;
  const length = view.getUint32(4, true);
  const start = position + recordHeaderBytes;
  if (start + length > bytes.length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return checksum(payload) === view.getUint32(8, true) ? payload : undefined;
}

const markBytes = Buffer.alloc(4);
markBytes.writeUInt32LE(recordMark);

function nextRecord(bytes: Uint8Array, from: number): number | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = buffer.indexOf(markBytes, from); at >= 0; at = buffer.indexOf(markBytes, at + 1)) {
    if (recordAt(bytes, at) !== undefined) return at;
  }
  return undefined;
}
