import { ByteReader, MalformedBytes } from '../../codec/byte-reader.ts';
import { ByteWriter } from '../../codec/byte-writer.ts';
import { checksum } from '../../codec/checksum.ts';
import { zstdPack, zstdUnpack } from '../../codec/zstd-block.ts';
import { WorldError } from '../../model/failure.ts';
import type { Label, Labels } from '../../model/labels.ts';
import { type ShapeSlot, type SlotKind, slotKinds } from './lines/line-shape.ts';

/**
 * Bytes of a chunk file (docs/format/chunk.md):
 *
 *   "CWCHUNK" version(1)
 *   section ...                     columns, each packed and checksummed by itself
 *   footer                          what the chunk is and where its sections are
 *   packed length, raw length, checksum of the footer (uint32 each), "CWCHEND" version(1)
 *
 * A chunk is written once and read from its end.
 */
export const chunkVersion = 1;
export const chunkMagic = magic('CWCHUNK');
export const chunkEndMagic = magic('CWCHEND');
export const chunkTailBytes = 20;

function magic(text: string): Uint8Array {
  return Uint8Array.of(...Buffer.from(text), chunkVersion);
}

/** Kinds are written to disk: never renumber, never reuse. */
export const sectionKinds = {
  offsets: 1,
  streamIndexes: 2,
  sequences: 3,
  lineLengths: 4,
  /** Bytes of the lines that are kept whole, one after the other. */
  wholeLines: 5,
  /** One per name of structured metadata; the section's name is the metadata's. */
  metadata: 6,
  /** Shapes of lines and headers of the value columns; absent when all lines are kept whole. */
  shapes: 7,
  /** Row -> 0 for a line kept whole, else 1 + index of its shape; absent when all lines have the first shape. */
  shapeIndexes: 8,
  /** Data of a column of values, in the order in which shapes number them; the name is the slot's kind and path. */
  values: 9,
} as const;
export type SectionKind = (typeof sectionKinds)[keyof typeof sectionKinds];

export interface Section {
  readonly kind: number;
  /** '' where a kind occurs once. */
  readonly name: string;
  readonly offset: number;
  /** Bytes in the file; equal to rawBytes when the section is stored as it is. */
  readonly packedBytes: number;
  readonly rawBytes: number;
  /** Of the bytes in the file. */
  readonly checksum: number;
}

/** One stream's part of a chunk. */
export interface ChunkStream {
  readonly labels: Labels;
  readonly rowCount: number;
  readonly lineBytes: number;
  /** Nanoseconds within the day, inclusive. */
  readonly minOffset: number;
  readonly maxOffset: number;
}

export interface ChunkFooter {
  readonly tenant: string;
  readonly day: number;
  readonly rowCount: number;
  readonly lineBytes: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly minSequence: number;
  readonly maxSequence: number;
  /** Of all line bytes in row order: what is put together out of columns must give this again. */
  readonly linesChecksum: number;
  /** What some line contains. */
  readonly contains: ChunkContains;
  readonly streams: readonly ChunkStream[];
  readonly sections: readonly Section[];
}

/** Queries ask for these to know whether a text may be spelt differently in a line. */
export interface ChunkContains {
  /** The two bytes `\u`. */
  readonly unicodeEscape: boolean;
  /** U+FFFD, which also stands for bytes that were no UTF-8. */
  readonly replacementCharacter: boolean;
}

/** Footer and tail: the end of the file. */
export async function encodeFooter(footer: ChunkFooter): Promise<Uint8Array> {
  const writer = new ByteWriter();
  writer.varint(chunkVersion);
  writer.text(footer.tenant);
  writer.int64(BigInt(footer.day));
  writer.varint(footer.rowCount);
  writer.varint(footer.lineBytes);
  writer.varint(footer.minOffset);
  writer.varint(footer.maxOffset);
  writer.varint(footer.minSequence);
  writer.varint(footer.maxSequence);
  writer.uint32(footer.linesChecksum);
  writer.uint8((footer.contains.unicodeEscape ? 1 : 0) | (footer.contains.replacementCharacter ? 2 : 0));
  writer.varint(footer.streams.length);
  for (const stream of footer.streams) {
    writeLabels(writer, stream.labels);
    writer.varint(stream.rowCount);
    writer.varint(stream.lineBytes);
    writer.varint(stream.minOffset);
    writer.varint(stream.maxOffset);
  }
  writer.varint(footer.sections.length);
  for (const section of footer.sections) {
    writer.uint8(section.kind);
    writer.text(section.name);
    writer.varint(section.offset);
    writer.varint(section.packedBytes);
    writer.varint(section.rawBytes);
    writer.uint32(section.checksum);
  }
  const raw = writer.bytes();
  const packed = (await zstdPack(raw)) ?? raw;
  const end = new ByteWriter(packed.length + chunkTailBytes);
  end.raw(packed);
  end.uint32(packed.length);
  end.uint32(raw.length);
  end.uint32(checksum(packed));
  end.raw(chunkEndMagic);
  return end.bytes();
}

/** Where the footer is, by the last `chunkTailBytes` of the file. */
export function decodeTail(
  tail: Uint8Array,
  path: string,
): { packedBytes: number; rawBytes: number; checksum: number } {
  const reader = new ByteReader(tail);
  const [packedBytes, rawBytes, sum] = [reader.uint32(), reader.uint32(), reader.uint32()];
  const end = reader.raw(8);
  if (Buffer.compare(end.subarray(0, 7), chunkEndMagic.subarray(0, 7)) !== 0) {
    throw new WorldError('CORRUPT', 'the chunk has no end mark', { path });
  }
  if (end[7]! > chunkVersion) {
    throw new WorldError('FORMAT_VERSION', `chunk of format ${end[7]}, this Cordwood reads up to ${chunkVersion}`, {
      path,
    });
  }
  return { packedBytes, rawBytes, checksum: sum };
}

export function decodeFooter(packed: Uint8Array, rawBytes: number): ChunkFooter {
  const reader = new ByteReader(packed.length === rawBytes ? packed : zstdUnpack(packed, rawBytes));
  const version = reader.varint();
  if (version !== chunkVersion) throw new MalformedBytes(`footer of version ${version}`, 0);
  const tenant = reader.text();
  const day = Number(reader.int64());
  const rowCount = reader.varint();
  const lineBytes = reader.varint();
  const minOffset = reader.varint();
  const maxOffset = reader.varint();
  const minSequence = reader.varint();
  const maxSequence = reader.varint();
  const linesChecksum = reader.uint32();
  const flags = reader.uint8();
  const streams: ChunkStream[] = [];
  for (let left = reader.count(); left > 0; left--) {
    streams.push({
      labels: readLabels(reader),
      rowCount: reader.varint(),
      lineBytes: reader.varint(),
      minOffset: reader.varint(),
      maxOffset: reader.varint(),
    });
  }
  const sections: Section[] = [];
  for (let left = reader.count(); left > 0; left--) {
    sections.push({
      kind: reader.uint8(),
      name: reader.text(),
      offset: reader.varint(),
      packedBytes: reader.varint(),
      rawBytes: reader.varint(),
      checksum: reader.uint32(),
    });
  }
  if (reader.remaining > 0) throw new MalformedBytes('bytes after the footer', reader.offset);
  return {
    tenant,
    day,
    rowCount,
    lineBytes,
    minOffset,
    maxOffset,
    minSequence,
    maxSequence,
    linesChecksum,
    contains: { unicodeEscape: (flags & 1) !== 0, replacementCharacter: (flags & 2) !== 0 },
    streams,
    sections,
  };
}

export function writeLabels(writer: ByteWriter, labels: Labels): void {
  writer.varint(labels.length);
  for (const { name, value } of labels) {
    writer.text(name);
    writer.text(value);
  }
}

export function readLabels(reader: ByteReader): Labels {
  const labels: Label[] = [];
  for (let left = reader.count(2); left > 0; left--) labels.push({ name: reader.text(), value: reader.text() });
  return Object.freeze(labels);
}

/** Name of a section of values: `0["data","supplier"]`. */
export function slotName({ kind, path }: ShapeSlot): string {
  return `${kind}${JSON.stringify(path)}`;
}

export function parseSlotName(name: string): ShapeSlot {
  const kind = Number(name[0]);
  try {
    const path: unknown = JSON.parse(name.slice(1));
    if (kind <= slotKinds.array && Array.isArray(path) && path.every((key) => typeof key === 'string')) {
      return { kind: kind as SlotKind, path };
    }
  } catch {
    // Falls through to the error below.
  }
  throw new MalformedBytes(`no name of a column: ${name}`, 0);
}
