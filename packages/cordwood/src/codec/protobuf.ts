/**
 * Protocol Buffers wire format (https://protobuf.dev/programming-guides/encoding/): just enough to read and write the few
 * messages of Loki, OTLP and Prometheus by hand. No schema, no reflection, no object per field: a reader walks the bytes and
 * whoever calls it picks up what it knows.
 */

/** Lowest three bits of a tag. */
export const wireVarint = 0;
export const wireFixed64 = 1;
export const wireBytes = 2;
export const wireFixed32 = 5;

/** The bytes are not what the message says they are. Caught by the decoders, which answer with `error`. */
export class ProtobufError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtobufError';
  }
}

const unexpectedEnd = 'unexpected EOF';
const overflow = 'proto: integer overflow';

/**
 * Reads one message. `next()` steps to the next field; then exactly one read or `skip()` per field.
 * All reads are bounded by `end`; reading past it is a ProtobufError.
 */
export class ProtobufReader {
  readonly bytes: Buffer;
  position: number;
  end: number;
  /** Of the field that `next()` stepped to. */
  field = 0;
  wireType = 0;
  /** Range that `readRange()` found. */
  rangeStart = 0;
  rangeEnd = 0;
  readonly #message: string;

  /** `message` names the message in error texts. */
  constructor(bytes: Uint8Array, message: string, start = 0, end = bytes.length) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
    this.#message = message;
  }

  /** False at the end of the message. */
  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.wireType === 4) throw new ProtobufError(`proto: ${this.#message}: wiretype end group for non-group`);
    if (this.field === 0 || this.field > 0x1fffffff) {
      throw new ProtobufError(`proto: ${this.#message}: illegal tag ${this.field} (wire type ${tag})`);
    }
    return true;
  }

  /** Refuses the field unless it has this wire type. */
  expect(wireType: number, name: string): void {
    if (this.wireType !== wireType) {
      throw new ProtobufError(`proto: wrong wireType = ${this.wireType} for field ${name}`);
    }
  }

  /** A varint as a number; exact up to 2^53, rounded above (`varint64` is exact). */
  varint(): number {
    const { bytes, end } = this;
    let position = this.position;
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (position >= end) throw new ProtobufError(unexpectedEnd);
      const byte = bytes[position++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.position = position;
        return value;
      }
      factor *= 128;
    }
    throw new ProtobufError(overflow);
  }

  /** A varint as a signed 64-bit integer. */
  varint64(): bigint {
    const start = this.position;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value);
    let exact = 0n;
    for (let position = start, shift = 0n; position < this.position; position++, shift += 7n) {
      exact |= BigInt(this.bytes[position]! & 0x7f) << shift;
    }
    return BigInt.asIntN(64, exact);
  }

  fixed64(): bigint {
    this.#need(8);
    this.position += 8;
    return this.bytes.readBigUInt64LE(this.position - 8);
  }

  fixed32(): number {
    this.#need(4);
    this.position += 4;
    return this.bytes.readUInt32LE(this.position - 4);
  }

  double(): number {
    this.#need(8);
    this.position += 8;
    return this.bytes.readDoubleLE(this.position - 8);
  }

  /** Steps over a length-delimited field and leaves its place in `rangeStart` and `rangeEnd`. */
  readRange(): void {
    const length = this.varint();
    const start = this.position;
    if (length > this.end - start) throw new ProtobufError(unexpectedEnd);
    this.rangeStart = start;
    this.rangeEnd = this.position = start + length;
  }

  /** A length-delimited field as a view of the input. */
  view(): Buffer {
    this.readRange();
    return this.bytes.subarray(this.rangeStart, this.rangeEnd);
  }

  /** A length-delimited field as text; bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    this.readRange();
    return this.bytes.toString('utf8', this.rangeStart, this.rangeEnd);
  }

  skip(): void {
    switch (this.wireType) {
      case wireVarint:
        this.varint();
        return;
      case wireFixed64:
        this.#need(8);
        this.position += 8;
        return;
      case wireBytes:
        this.readRange();
        return;
      case wireFixed32:
        this.#need(4);
        this.position += 4;
        return;
      case 3:
        this.#skipGroup();
        return;
      default:
        throw new ProtobufError(`proto: illegal wireType ${this.wireType}`);
    }
  }

  /** Groups are long deprecated, but a decoder has to step over them. */
  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      if (this.position >= this.end) throw new ProtobufError(unexpectedEnd);
      const wireType = this.varint() % 8;
      if (wireType === 3) depth++;
      else if (wireType === 4) depth--;
      else {
        this.wireType = wireType;
        this.skip();
      }
    }
  }

  #need(count: number): void {
    if (this.end - this.position < count) throw new ProtobufError(unexpectedEnd);
  }
}

const text = new TextEncoder();

/** Writes one message into a buffer that grows. Fields without a value are the caller's to leave out. */
export class ProtobufWriter {
  #bytes: Buffer;
  #position = 0;

  constructor(sizeHintBytes = 1024) {
    this.#bytes = Buffer.allocUnsafe(sizeHintBytes);
  }

  /** What was written so far, as a view: valid until more is written. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#position);
  }

  tag(field: number, wireType: number): void {
    this.#rawVarint(field * 8 + wireType);
  }

  varintField(field: number, value: number | bigint): void {
    this.tag(field, wireVarint);
    if (typeof value === 'number' && value >= 0) this.#rawVarint(value);
    else this.#rawVarint64(BigInt.asUintN(64, BigInt(value)));
  }

  fixed64Field(field: number, value: bigint): void {
    this.tag(field, wireFixed64);
    this.#reserve(8);
    this.#position = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#position);
  }

  fixed32Field(field: number, value: number): void {
    this.tag(field, wireFixed32);
    this.#reserve(4);
    this.#position = this.#bytes.writeUInt32LE(value >>> 0, this.#position);
  }

  doubleField(field: number, value: number): void {
    this.tag(field, wireFixed64);
    this.#reserve(8);
    this.#position = this.#bytes.writeDoubleLE(value, this.#position);
  }

  bytesField(field: number, source: Uint8Array, start = 0, end = source.length): void {
    this.tag(field, wireBytes);
    const length = end - start;
    this.#rawVarint(length);
    this.#reserve(length);
    this.#bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.#position);
    this.#position += length;
  }

  textField(field: number, value: string): void {
    this.tag(field, wireBytes);
    // UTF-8 needs at most three bytes for a UTF-16 unit, so most texts need no second pass to learn their length.
    if (value.length * 3 < 0x80) {
      this.#reserve(1 + value.length * 3);
      const { written } = text.encodeInto(value, this.#bytes.subarray(this.#position + 1));
      this.#bytes[this.#position] = written;
      this.#position += 1 + written;
      return;
    }
    const length = Buffer.byteLength(value);
    this.#rawVarint(length);
    this.#reserve(length);
    this.#position += this.#bytes.write(value, this.#position, length, 'utf8');
  }

  /** A nested message: what `write` writes, prefixed with its length. */
  messageField(field: number, write: () => void): void {
    this.tag(field, wireBytes);
    // One byte is kept for the length; a longer one moves the message up. Most messages here are short.
    this.#reserve(1);
    const lengthAt = this.#position++;
    write();
    const start = lengthAt + 1;
    const length = this.#position - start;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#position);
    }
    this.#position = lengthAt;
    this.#rawVarint(length);
    this.#position += length;
  }

  #rawVarint(value: number): void {
    this.#reserve(10);
    const bytes = this.#bytes;
    let position = this.#position;
    let rest = value;
    while (rest > 0x7fffffff) {
      bytes[position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[position++] = rest;
    this.#position = position;
  }

  #rawVarint64(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#position++] = Number(rest);
  }

  #reserve(count: number): void {
    if (this.#position + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#position + count));
    this.#bytes.copy(larger, 0, 0, this.#position);
    this.#bytes = larger;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
