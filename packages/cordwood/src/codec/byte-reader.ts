const decoder = new TextDecoder();

/** Bytes ended early or made no sense. Whoever knows the file turns it into a WorldError with path and offset. */
export class MalformedBytes extends Error {
  /** Relative to the start of the reader's bytes. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.name = 'MalformedBytes';
    this.offset = offset;
  }
}

/** The reverse of ByteWriter. Every read checks its bounds and throws MalformedBytes. */
export class ByteReader {
  offset = 0;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  uint8(): number {
    this.#need(1);
    return this.bytes[this.offset++]!;
  }

  uint32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  int64(): bigint {
    this.#need(8);
    const value = this.#view.getBigInt64(this.offset, true);
    this.offset += 8;
    return value;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.uint8();
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 128;
    }
    throw new MalformedBytes('number out of range', this.offset);
  }

  /** A varint that counts things of at least `itemBytes` each that must still follow; so a lie cannot allocate memory. */
  count(itemBytes = 1): number {
    const value = this.varint();
    if (value * itemBytes > this.remaining)
      throw new MalformedBytes(`count ${value} is more than there is`, this.offset);
    return value;
  }

  text(): string {
    return decoder.decode(this.block());
  }

  /** A view, not a copy. */
  block(): Uint8Array {
    return this.raw(this.varint());
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    this.#need(length);
    const bytes = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return bytes;
  }

  #need(count: number): void {
    if (count > this.remaining)
      throw new MalformedBytes(`${count} bytes expected, ${this.remaining} left`, this.offset);
  }
}
