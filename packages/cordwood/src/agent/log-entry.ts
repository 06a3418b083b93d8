import { isAscii, isUtf8 } from 'node:buffer';
import { type Labels, noLabels } from '../model/labels.ts';
import type { LabelSet } from './label-set.ts';
import type { Receipt } from './receipt.ts';

/**
 * Bytes that a source read at once and that many lines are views of. ASCII, the usual case, is decoded once for the whole
 * chunk; a line is then a slice of that text and costs no copy.
 */
export class Chunk {
  readonly bytes: Buffer;
  readonly ascii: boolean;
  #text: string | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.ascii = isAscii(bytes);
  }

  text(start: number, end: number): string {
    if (!this.ascii) return decodeLine(this.bytes, start, end);
    this.#text ??= this.bytes.toString('latin1');
    return this.#text.slice(start, end);
  }
}

/**
 * Text of bytes. A byte that is not UTF-8 becomes a lone surrogate U+DC80..U+DCFF, which `encodeLine` turns back into the
 * byte: a stage that changes a part of a line leaves the other bytes as they were.
 */
export function decodeLine(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\ufffd')) return text;
  const view = bytes.subarray(start, end);
  return isUtf8(view) ? text : decodeEscaped(view);
}

function decodeEscaped(bytes: Buffer): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) text += String.fromCharCode(0xdc00 + bytes[i++]!);
    else {
      text += bytes.toString('utf8', i, i + length);
      i += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

const escapedByte = /[\udc80-\udcff]/;

/** Bytes of a line's text: the inverse of `decodeLine`. */
export function encodeLine(text: string): Buffer {
  if (!escapedByte.test(text) || text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const part of text.match(/[\udc80-\udcff]|[^\udc80-\udcff]+/gu) ?? []) {
    const code = part.charCodeAt(0);
    if (part.length === 1 && code >= 0xdc80 && code <= 0xdcff) parts.push(Buffer.of(code - 0xdc00));
    else parts.push(Buffer.from(part, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** One entry on its way from a source to the sinks. Those who get it do not change it: a pipeline works on its own copy. */
export class LogEntry {
  labels: LabelSet;
  /** Seconds since the epoch, and the nanoseconds beyond them (0..999999999). */
  seconds: number;
  nanos: number;
  structuredMetadata: Labels;
  receipt: Receipt;
  /** Place of the entry in its receipt: of a file, the offset of the line. */
  offset = 0;
  /** The line as bytes of a chunk; undefined once the line was changed. */
  chunk: Chunk | undefined;
  start = 0;
  end = 0;
  #text: string | undefined;

  constructor(labels: LabelSet, seconds: number, nanos: number, receipt: Receipt) {
    this.labels = labels;
    this.seconds = seconds;
    this.nanos = nanos;
    this.receipt = receipt;
    this.structuredMetadata = noLabels;
  }

  /** An entry whose line is a part of a chunk. */
  static ofChunk(
    labels: LabelSet,
    seconds: number,
    nanos: number,
    receipt: Receipt,
    chunk: Chunk,
    start: number,
    end: number,
  ): LogEntry {
    const entry = new LogEntry(labels, seconds, nanos, receipt);
    entry.chunk = chunk;
    entry.start = start;
    entry.end = end;
    return entry;
  }

  static ofText(labels: LabelSet, timestampNs: bigint, receipt: Receipt, text: string): LogEntry {
    const entry = new LogEntry(labels, 0, 0, receipt);
    entry.setTimestampNs(timestampNs);
    entry.setText(text);
    return entry;
  }

  /** Takes over the line of another entry. */
  protected takeLine(other: LogEntry): void {
    this.chunk = other.chunk;
    this.start = other.start;
    this.end = other.end;
    this.#text = other.#text;
  }

  get text(): string {
    this.#text ??= this.chunk!.text(this.start, this.end);
    return this.#text;
  }

  setText(text: string): void {
    this.#text = text;
    this.chunk = undefined;
  }

  /** The line becomes a part of what it was (offsets into the chunk). */
  narrow(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.#text = undefined;
  }

  /** Length of the line in bytes. */
  lineBytes(): number {
    if (this.chunk !== undefined) return this.end - this.start;
    const text = this.#text!;
    return escapedByte.test(text) ? encodeLine(text).length : Buffer.byteLength(text);
  }

  /** The line as bytes: a view for an unchanged line. */
  bytes(): Buffer {
    return this.chunk === undefined ? encodeLine(this.#text!) : this.chunk.bytes.subarray(this.start, this.end);
  }

  get timestampNs(): bigint {
    return BigInt(this.seconds) * 1_000_000_000n + BigInt(this.nanos);
  }

  setTimestampNs(timestampNs: bigint): void {
    const nanos = BigInt.asUintN(64, ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
    this.seconds = Number((timestampNs - nanos) / 1_000_000_000n);
    this.nanos = Number(nanos);
  }
}

/** Bytes that count against a batch size: line and structured metadata, not labels. */
export function entrySizeBytes(entry: LogEntry): number {
  let size = entry.lineBytes();
  for (const label of entry.structuredMetadata) size += Buffer.byteLength(label.name) + Buffer.byteLength(label.value);
  return size;
}
