const encoder = new TextEncoder();
const initialCapacityBytes = 256;

/** Appends numbers, texts and bytes to a buffer that grows. Little endian; varints are LEB128. */
export class ByteWriter {
  length = 0;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(capacityBytes = initialCapacityBytes) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was written so far. A view: valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  /** Any integer from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    // Beyond 2^31 bit operations would lose bits, division does not.
    while (rest > 0x7fffffff) {
      this.#bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.length++] = rest;
  }

  /** Length as varint, then UTF-8. */
  text(value: string): void {
    // UTF-8 needs at most 3 bytes for a UTF-16 unit. Short ASCII texts, the usual case, are cheaper without the encoder.
    this.#reserve(value.length * 3 + 8);
    const start = this.length;
    if (value.length < 128 && this.#shortAscii(value)) return;
    this.length = start;
    const bytes = encoder.encode(value);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  #shortAscii(value: string): boolean {
    const bytes = this.#bytes;
    bytes[this.length++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      bytes[this.length++] = code;
    }
    return true;
  }

  /** Length as varint, then the bytes. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** `length` bytes of zeros to be filled in; a view, valid until the next write. */
  space(length: number): Uint8Array {
    this.#reserve(length);
    const start = this.length;
    this.length += length;
    return this.#bytes.fill(0, start, this.length).subarray(start, this.length);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + count, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
