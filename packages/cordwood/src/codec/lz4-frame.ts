/**
 * LZ4 frames, decoding only: OTLP clients may send them and Node has no LZ4
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md). Checksums are stepped over: the
 * transport has its own, and nothing is stored as LZ4.
 */
export type Lz4Result =
  | { readonly bytes: Buffer; readonly error?: undefined }
  | { readonly bytes?: undefined; readonly error: string; readonly tooLarge?: boolean };

const magic = 0x184d2204;
const skippableMagic = 0x184d2a50;

class Lz4Error extends Error {
  readonly tooLarge: boolean;
  constructor(message: string, tooLarge = false) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

/** Decompresses one or more concatenated frames to at most `maxBytes`. */
export function decompressLz4(input: Uint8Array, maxBytes: number): Lz4Result {
  const source = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const output = new Output(maxBytes);
  try {
    let position = 0;
    do position = readFrame(source, position, output);
    while (position < source.length);
    return { bytes: output.finish() };
  } catch (error) {
    if (error instanceof Lz4Error) return { error: error.message, tooLarge: error.tooLarge };
    if (error instanceof RangeError) return { error: 'lz4: unexpected end of input' };
    throw error;
  }
}

function readFrame(source: Buffer, start: number, output: Output): number {
  const word = source.readUInt32LE(start);
  if (word >>> 4 === skippableMagic >>> 4) return start + 8 + source.readUInt32LE(start + 4);
  if (word !== magic) throw new Lz4Error('lz4: bad magic number');
  const flags = source.readUInt8(start + 4);
  if (flags >> 6 !== 1) throw new Lz4Error('lz4: unsupported frame version');
  const independent = (flags & 0x20) !== 0;
  const blockChecksum = (flags & 0x10) !== 0;
  const contentSize = (flags & 0x08) !== 0;
  const contentChecksum = (flags & 0x04) !== 0;
  if ((flags & 0x01) !== 0) throw new Lz4Error('lz4: frames with a dictionary are not supported');
  const blockSizeId = (source.readUInt8(start + 5) >> 4) & 7;
  if (blockSizeId < 4) throw new Lz4Error('lz4: bad block size');
  const blockMaxBytes = 2 ** (8 + 2 * blockSizeId);
  let position = start + 7 + (contentSize ? 8 : 0);
  const frameStart = output.length;
  for (;;) {
    const header = source.readUInt32LE(position);
    position += 4;
    if (header === 0) break;
    const size = header & 0x7fffffff;
    const end = position + size;
    if (size > blockMaxBytes || end > source.length) throw new Lz4Error('lz4: bad block size');
    if (header > 0x7fffffff) output.append(source, position, end);
    else readBlock(source, position, end, output, independent ? output.length : frameStart, blockMaxBytes);
    position = end + (blockChecksum ? 4 : 0);
  }
  return position + (contentChecksum ? 4 : 0);
}

/** Sequences of literals and matches; a match reaches back to `windowStart` at most. */
function readBlock(
  source: Buffer,
  start: number,
  end: number,
  output: Output,
  windowStart: number,
  blockMaxBytes: number,
): void {
  const outputEnd = output.length + blockMaxBytes;
  let position = start;
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble === 15) {
      let byte: number;
      do {
        if (position >= end) throw new Lz4Error('lz4: corrupt block');
        byte = source[position++]!;
        total += byte;
      } while (byte === 255);
    }
    return total;
  };
  while (position < end) {
    const token = source[position++]!;
    const literals = length(token >> 4);
    if (position + literals > end || output.length + literals > outputEnd) throw new Lz4Error('lz4: corrupt block');
    output.append(source, position, position + literals);
    position += literals;
    if (position === end) return;
    if (position + 2 > end) throw new Lz4Error('lz4: corrupt block');
    const offset = source[position]! | (source[position + 1]! << 8);
    position += 2;
    const match = 4 + length(token & 15);
    if (offset === 0 || output.length - offset < windowStart || output.length + match > outputEnd) {
      throw new Lz4Error('lz4: corrupt block');
    }
    output.repeat(offset, match);
  }
}

class Output {
  length = 0;
  #bytes = Buffer.allocUnsafe(64 * 1024);
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  append(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.#bytes, this.length, start, end);
    this.length += end - start;
  }

  /** Copies `count` bytes from `offset` back; the two may overlap, which repeats a pattern. */
  repeat(offset: number, count: number): void {
    this.#reserve(count);
    const bytes = this.#bytes;
    let write = this.length;
    if (offset >= count) bytes.copyWithin(write, write - offset, write - offset + count);
    else for (const end = write + count; write < end; write++) bytes[write] = bytes[write - offset]!;
    this.length += count;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.#maxBytes) {
      throw new Lz4Error(`decompressed message size too large than max (more than ${this.#maxBytes})`, true);
    }
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
