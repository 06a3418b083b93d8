import type { EntryColumns, PushStream } from '../model/entry.ts';
import { type Label, type Labels, noLabels, printLabels } from '../model/labels.ts';
import { ProtobufError, ProtobufReader, ProtobufWriter, wireBytes, wireVarint } from './protobuf.ts';
import { fastSecondsMax, writeTimestampWords } from './timestamp-words.ts';

/**
 * Loki's protobuf push (logproto.PushRequest), after snappy was taken off:
 *
 *   PushRequest { repeated Stream streams = 1 }
 *   Stream      { string labels = 1; repeated Entry entries = 2; uint64 hash = 3 }
 *   Entry       { Timestamp timestamp = 1; string line = 2; repeated LabelPair structuredMetadata = 3 }
 *   Timestamp   { int64 seconds = 1; int32 nanos = 2 }
 *   LabelPair   { string name = 1; string value = 2 }
 *
 * This is the hottest decoder there is: lines stay where they are and become offsets into `bytes`.
 */

/** Text of a label set -> labels, with the message of Prometheus' parser when it is none. */
export type LabelsParser = (
  text: string,
) => { readonly labels: Labels; readonly error?: undefined } | { readonly labels?: undefined; readonly error: string };

export type PushRequestResult =
  /** `received` counts the streams of the request, also those without entries, which are left out of `streams`. */
  | { readonly streams: PushStream[]; readonly received: number; readonly error?: undefined }
  | { readonly streams?: undefined; readonly error: string };

/** What a request may carry, so that a small body cannot ask for gigabytes of columns. Far above any real client. */
export const pushRequestLimits = {
  streams: 100_000,
  entries: 4_000_000,
  metadataPairs: 8_000_000,
} as const;

/** One of `pushRequestLimits` was passed. */
export function tooMany(what: keyof typeof pushRequestLimits): string {
  return `push request with more than ${pushRequestLimits[what]} ${what}: send it in several requests`;
}

/**
 * Decodes the bytes of a PushRequest. The columns of the streams are views of `bytes`. Streams without entries are left out;
 * `hash` and unknown fields are ignored. Labels are what `parseLabels` makes of the stream's label text.
 */
export function decodePushRequest(bytes: Uint8Array, parseLabels: LabelsParser): PushRequestResult {
  const streams: PushStream[] = [];
  const reader = new ProtobufReader(bytes, 'PushRequest');
  let received = 0;
  const budget: Budget = { entries: pushRequestLimits.entries, metadataPairs: pushRequestLimits.metadataPairs };
  try {
    while (reader.next()) {
      if (reader.field !== 1) {
        reader.skip();
        continue;
      }
      reader.expect(wireBytes, 'Streams');
      reader.readRange();
      received++;
      const { rangeStart, rangeEnd } = reader;
      const outcome = decodeStream(reader, rangeStart, rangeEnd, parseLabels, budget);
      reader.position = rangeEnd;
      reader.end = bytes.length;
      if (outcome === undefined) continue;
      if (typeof outcome === 'string') return { error: outcome };
      if (streams.length === pushRequestLimits.streams) return { error: tooMany('streams') };
      streams.push(outcome);
    }
  } catch (error) {
    if (error instanceof ProtobufError) return { error: error.message };
    throw error;
  }
  return { streams, received };
}

interface Budget {
  entries: number;
  metadataPairs: number;
}

/** A stream, nothing when it is without entries, or what is wrong with it. Moves the reader. */
function decodeStream(
  reader: ProtobufReader,
  start: number,
  end: number,
  parseLabels: LabelsParser,
  budget: Budget,
): PushStream | string | undefined {
  reader.position = start;
  reader.end = end;
  let labelText = '';
  let rowCount = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      reader.expect(wireBytes, 'Labels');
      labelText = reader.text();
    } else {
      if (reader.field === 2) {
        reader.expect(wireBytes, 'Entries');
        rowCount++;
      }
      reader.skip();
    }
  }
  const parsed = parseLabels(labelText);
  if (parsed.error !== undefined) return `couldn't parse labels: ${parsed.error}`;
  if (rowCount === 0) return undefined;
  budget.entries -= rowCount;
  if (budget.entries < 0) return tooMany('entries');

  const columns = new Columns(rowCount, reader.bytes);
  reader.position = start;
  for (let row = 0; row < rowCount; ) {
    reader.end = end;
    reader.next();
    if (reader.field !== 2) {
      reader.skip();
      continue;
    }
    reader.readRange();
    reader.position = reader.rangeStart;
    reader.end = reader.rangeEnd;
    const entryEnd = reader.rangeEnd;
    decodeEntry(reader, columns, row++);
    reader.position = entryEnd;
  }
  if (columns.metadataPairs > 0) {
    budget.metadataPairs -= columns.metadataPairs;
    if (budget.metadataPairs < 0) return tooMany('metadataPairs');
  }
  return { labels: parsed.labels, entries: columns };
}

/** The entry columns while they are filled. */
class Columns implements EntryColumns {
  readonly rowCount: number;
  readonly bytes: Uint8Array;
  readonly timestampsNs: BigInt64Array;
  readonly lineStarts: Uint32Array;
  readonly lineEnds: Uint32Array;
  structuredMetadata: Labels[] | undefined;
  metadataPairs = 0;
  /** The timestamps as 32-bit halves: writing them so needs no bigint per row. */
  readonly words: Uint32Array;

  constructor(rowCount: number, bytes: Uint8Array) {
    this.rowCount = rowCount;
    this.bytes = bytes;
    this.timestampsNs = new BigInt64Array(rowCount);
    this.words = new Uint32Array(this.timestampsNs.buffer);
    this.lineStarts = new Uint32Array(rowCount);
    this.lineEnds = new Uint32Array(rowCount);
  }
}

function decodeEntry(reader: ProtobufReader, columns: Columns, row: number): void {
  let metadata: Label[] | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1: {
        reader.expect(wireBytes, 'Timestamp');
        reader.readRange();
        const { rangeEnd, end } = reader;
        reader.position = reader.rangeStart;
        reader.end = rangeEnd;
        decodeTimestamp(reader, columns, row);
        reader.position = rangeEnd;
        reader.end = end;
        break;
      }
      case 2:
        reader.expect(wireBytes, 'Line');
        reader.readRange();
        columns.lineStarts[row] = reader.rangeStart;
        columns.lineEnds[row] = reader.rangeEnd;
        break;
      case 3: {
        reader.expect(wireBytes, 'StructuredMetadata');
        reader.readRange();
        const { rangeEnd, end } = reader;
        reader.position = reader.rangeStart;
        reader.end = rangeEnd;
        metadata ??= [];
        metadata.push(decodeLabelPair(reader));
        columns.metadataPairs++;
        reader.position = rangeEnd;
        reader.end = end;
        break;
      }
      default:
        reader.skip();
    }
  }
  if (metadata !== undefined) {
    columns.structuredMetadata ??= new Array<Labels>(columns.rowCount).fill(noLabels);
    columns.structuredMetadata[row] = metadata;
  }
}

function decodeTimestamp(reader: ProtobufReader, columns: Columns, row: number): void {
  let seconds = 0;
  let nanos = 0;
  let exactSeconds: bigint | undefined;
  while (reader.next()) {
    if (reader.field === 1) {
      reader.expect(wireVarint, 'Seconds');
      const at = reader.position;
      seconds = reader.varint();
      if (seconds > fastSecondsMax) {
        reader.position = at;
        exactSeconds = reader.varint64();
      }
    } else if (reader.field === 2) {
      reader.expect(wireVarint, 'Nanos');
      nanos = Number(BigInt.asIntN(32, BigInt(Math.trunc(reader.varint()))));
    } else reader.skip();
  }
  if (exactSeconds !== undefined || nanos < 0) {
    columns.timestampsNs[row] = (exactSeconds ?? BigInt(seconds)) * 1_000_000_000n + BigInt(nanos);
    return;
  }
  writeTimestampWords(columns.words, row, seconds, nanos);
}

function decodeLabelPair(reader: ProtobufReader): Label {
  let name = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) {
      reader.expect(wireBytes, 'Name');
      name = reader.text();
    } else if (reader.field === 2) {
      reader.expect(wireBytes, 'Value');
      value = reader.text();
    } else reader.skip();
  }
  return { name, value };
}

/** The bytes of a PushRequest, ready for `compressSnappy`: what agent, logger and `cordwood push` send. */
export function encodePushRequest(streams: readonly PushStream[]): Buffer {
  let sizeHintBytes = 64;
  for (const { entries } of streams) sizeHintBytes += 256 + entries.bytes.length + entries.rowCount * 24;
  const writer = new ProtobufWriter(Math.min(sizeHintBytes, 64 * 1024 * 1024));
  for (const stream of streams) {
    writer.messageField(1, () => {
      writer.textField(1, printLabels(stream.labels));
      for (let row = 0; row < stream.entries.rowCount; row++) encodeEntry(writer, stream.entries, row);
    });
  }
  return writer.finish();
}

function encodeEntry(writer: ProtobufWriter, entries: EntryColumns, row: number): void {
  writer.messageField(2, () => {
    const timestampNs = entries.timestampsNs[row]!;
    writer.messageField(1, () => {
      // Nanoseconds are 0..999999999 counted forward, also before 1970.
      const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
      const seconds = (timestampNs - nanos) / 1_000_000_000n;
      if (seconds !== 0n) writer.varintField(1, seconds >= 0n ? Number(seconds) : seconds);
      if (nanos !== 0n) writer.varintField(2, Number(nanos));
    });
    const start = entries.lineStarts[row]!;
    const end = entries.lineEnds[row]!;
    if (end > start) writer.bytesField(2, entries.bytes, start, end);
    for (const label of entries.structuredMetadata?.[row] ?? noLabels) {
      writer.messageField(3, () => {
        writer.textField(1, label.name);
        writer.textField(2, label.value);
      });
    }
  });
}
