import { ByteReader, MalformedBytes } from '../../codec/byte-reader.ts';
import { ByteWriter } from '../../codec/byte-writer.ts';
import type { Labels } from '../../model/labels.ts';
import { noLabels } from '../../model/labels.ts';
import { readLabels, writeLabels } from '../chunk/chunk-format.ts';

/**
 * Payload of a WAL record: entries of one push of one tenant.
 *
 *   type     uint8: 1
 *   lines    the bytes of all lines, one after the other, in the order of the rows
 *   trailer  tenant, first sequence; per stream: labels, rows, their timestamps, line lengths, metadata
 *   length   uint32 of the trailer
 *
 * Lines stand first, so that the memory they are copied into once is both what goes to the disk and what the head reads;
 * the trailer is a second buffer that is let go after writing. Row i of the record has sequence `firstSequence + i`.
 */
export const entriesRecordType = 1;

/** Collects the trailer row by row. */
export class EntriesTrailer {
  readonly #writer: ByteWriter;
  rowCount = 0;

  /** What to expect: to take memory once. */
  constructor(tenant: string, firstSequence: number, expectedStreams: number, expectedRows: number) {
    this.#writer = new ByteWriter(1024 + expectedStreams * bytesOfStream + expectedRows * bytesOfRow);
    this.#writer.text(tenant);
    this.#writer.varint(firstSequence);
  }

  /** `words`: the halves of the timestamps, low first. `rows`: which of them. */
  addStream(
    labels: Labels,
    words: Int32Array,
    starts: Uint32Array,
    ends: Uint32Array,
    metadata: readonly Labels[],
    rows: readonly number[],
  ): void {
    const writer = this.#writer;
    writeLabels(writer, labels);
    writer.varint(rows.length);
    for (const row of rows) {
      writer.uint32(words[row * 2]!);
      writer.uint32(words[row * 2 + 1]!);
    }
    for (const row of rows) writer.varint(ends[row]! - starts[row]!);
    let previous: Labels | undefined;
    for (const row of rows) {
      // Most rows have the metadata of the row before: one byte.
      const own = metadata[row]!;
      writer.uint8(own === previous ? sameMetadata : ownMetadata);
      if (own !== previous) writeLabels(writer, own);
      previous = own;
    }
    this.rowCount += rows.length;
  }

  finish(): Uint8Array {
    const length = this.#writer.length;
    this.#writer.uint32(length);
    return this.#writer.bytes();
  }
}

/** Labels of a usual stream. */
const bytesOfStream = 256;
/** Time, length, and some metadata of its own now and then. */
const bytesOfRow = 24;

const sameMetadata = 0;
const ownMetadata = 1;

export interface RecordedStream {
  readonly labels: Labels;
  readonly rowCount: number;
  readonly timestampsNs: BigInt64Array;
  /** In the payload. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly metadata: readonly Labels[];
}

export interface EntriesRecord {
  readonly tenant: string;
  readonly firstSequence: number;
  readonly streams: readonly RecordedStream[];
}

/** Throws MalformedBytes. */
export function decodeEntriesRecord(payload: Uint8Array): EntriesRecord {
  if (payload.length < 5 || payload[0] !== entriesRecordType) throw new MalformedBytes('no record of entries', 0);
  const trailerEnd = payload.length - 4;
  const trailerLength = new DataView(payload.buffer, payload.byteOffset + trailerEnd, 4).getUint32(0, true);
  if (trailerLength > trailerEnd - 1) throw new MalformedBytes('trailer longer than the record', trailerEnd);
  const linesEnd = trailerEnd - trailerLength;
  const reader = new ByteReader(payload.subarray(linesEnd, trailerEnd));
  const tenant = reader.text();
  const firstSequence = reader.varint();
  const streams: RecordedStream[] = [];
  let offset = 1;
  while (reader.remaining > 0) {
    const labels = readLabels(reader);
    const rowCount = reader.count(8);
    const timestampsNs = new BigInt64Array(rowCount);
    new Uint8Array(timestampsNs.buffer).set(reader.raw(rowCount * 8));
    const starts = new Uint32Array(rowCount);
    const ends = new Uint32Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      starts[row] = offset;
      offset += reader.varint();
      if (offset > linesEnd) throw new MalformedBytes('lines longer than the record', reader.offset);
      ends[row] = offset;
    }
    const metadata: Labels[] = [];
    let previous: Labels = noLabels;
    for (let row = 0; row < rowCount; row++) {
      if (reader.uint8() === ownMetadata) previous = readLabels(reader);
      metadata.push(previous);
    }
    streams.push({ labels, rowCount, timestampsNs, starts, ends, metadata });
  }
  return { tenant, firstSequence, streams };
}
