import type { LabelSet } from '../label-set.ts';
import type { LogEntry } from '../log-entry.ts';
import type { Held, Receipt } from '../receipt.ts';

/**
 * Entries of one tenant on their way to a Loki, encoded as they come: for each stream the bytes of its entries in the format
 * of a PushRequest (see codec/push-request.ts for the messages). Nothing of an entry is kept but its bytes and its receipt.
 */
export class PushBatch {
  readonly tenant: string;
  entryCount = 0;
  /** Lines and structured metadata: what counts against the batch size. */
  sizeBytes = 0;
  readonly #streams = new Map<string, StreamBytes>();
  /** The same streams by label set: most entries find theirs without a text. */
  readonly #bySet = new Map<LabelSet, StreamBytes>();
  readonly #held = new Map<Receipt, number>();
  #lastReceipt: Receipt | undefined;

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Is the entry's stream in this batch already? `text` gives the text of its labels. */
  hasStream(labels: LabelSet, text: (labels: LabelSet) => string): boolean {
    return this.#bySet.has(labels) || this.#streams.has(text(labels));
  }

  add(entry: LogEntry, sizeBytes: number, text: (labels: LabelSet) => string): void {
    let stream = this.#bySet.get(entry.labels);
    if (stream === undefined) {
      const key = text(entry.labels);
      stream = this.#streams.get(key);
      if (stream === undefined) {
        stream = new StreamBytes();
        this.#streams.set(key, stream);
      }
      this.#bySet.set(entry.labels, stream);
    }
    stream.append(entry);
    this.entryCount++;
    this.sizeBytes += sizeBytes;
    const { receipt } = entry;
    if (receipt === this.#lastReceipt) return;
    this.#lastReceipt = receipt;
    // Offsets rise within a receipt, so the first one covers the others.
    if (this.#held.has(receipt)) return;
    receipt.hold(entry.offset);
    this.#held.set(receipt, entry.offset);
  }

  /** Whose entries these are; to be released when they are delivered or dropped. */
  held(): Held[] {
    return Array.from(this.#held, ([receipt, offset]) => ({ receipt, offset }));
  }

  /** The PushRequest, uncompressed. */
  encode(): Buffer {
    let length = 0;
    const parts: { labels: Buffer; stream: StreamBytes; bodyLength: number }[] = [];
    for (const [text, stream] of this.#streams) {
      const labels = Buffer.from(text);
      const bodyLength = 1 + varintLength(labels.length) + labels.length + stream.length;
      parts.push({ labels, stream, bodyLength });
      length += 1 + varintLength(bodyLength) + bodyLength;
    }
    const out = Buffer.allocUnsafe(length);
    let at = 0;
    for (const { labels, stream, bodyLength } of parts) {
      out[at++] = 0x0a;
      at = writeVarint(out, at, bodyLength);
      out[at++] = 0x0a;
      at = writeVarint(out, at, labels.length);
      at += labels.copy(out, at);
      at += stream.copyTo(out, at);
    }
    return out;
  }
}

const streamInitialBytes = 4096;

/** Entries of one stream as the repeated field 2 of a Stream message. */
class StreamBytes {
  length = 0;
  #bytes = Buffer.allocUnsafe(streamInitialBytes);

  append(entry: LogEntry): void {
    const { chunk } = entry;
    const line = chunk === undefined ? entry.bytes() : chunk.bytes;
    const start = chunk === undefined ? 0 : entry.start;
    const lineLength = chunk === undefined ? line.length : entry.end - start;
    let size = lineLength === 0 ? 0 : 1 + varintLength(lineLength) + lineLength;
    const { seconds, nanos } = entry;
    // Before 1970 a varint is the 64-bit two's complement, ten bytes long.
    const secondsLength = seconds < 0 ? 10 : varintLength(seconds);
    const timeSize = (seconds === 0 ? 0 : 1 + secondsLength) + (nanos === 0 ? 0 : 1 + varintLength(nanos));
    size += 2 + timeSize;
    const pairs = entry.structuredMetadata.length === 0 ? noPairs : entry.structuredMetadata.map(encodePair);
    for (const pair of pairs) size += pair.length;

    this.#reserve(size + 11);
    const bytes = this.#bytes;
    let at = this.length;
    bytes[at++] = 0x12;
    at = writeVarint(bytes, at, size);
    bytes[at++] = 0x0a;
    bytes[at++] = timeSize;
    if (seconds !== 0) {
      bytes[at++] = 0x08;
      at = seconds < 0 ? writeNegativeVarint(bytes, at, seconds) : writeVarint(bytes, at, seconds);
    }
    if (nanos !== 0) {
      bytes[at++] = 0x10;
      at = writeVarint(bytes, at, nanos);
    }
    if (lineLength > 0) {
      bytes[at++] = 0x12;
      at = writeVarint(bytes, at, lineLength);
      line.copy(bytes, at, start, start + lineLength);
      at += lineLength;
    }
    for (const pair of pairs) at += pair.copy(bytes, at);
    this.length = at;
  }

  copyTo(target: Buffer, at: number): number {
    return this.#bytes.copy(target, at, 0, this.length);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + count));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

const noPairs: readonly Buffer[] = [];

/** Field 3 of an entry: one pair of structured metadata. */
function encodePair({ name, value }: { readonly name: string; readonly value: string }): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length =
    2 + varintLength(nameBytes.length) + nameBytes.length + varintLength(valueBytes.length) + valueBytes.length;
  const out = Buffer.allocUnsafe(1 + varintLength(length) + length);
  out[0] = 0x1a;
  let at = writeVarint(out, 1, length);
  out[at++] = 0x0a;
  at = writeVarint(out, at, nameBytes.length);
  at += nameBytes.copy(out, at);
  out[at++] = 0x12;
  at = writeVarint(out, at, valueBytes.length);
  valueBytes.copy(out, at);
  return out;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++;
  return length;
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7fffffff) {
    bytes[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

function writeNegativeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  bytes[at++] = Number(rest);
  return at;
}
