import { ByteReader, MalformedBytes } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

/**
 * A column of integers (|value| < 2^52) as bytes that a general compressor packs well.
 *
 *   mode     uint8: 0 constant, 1 values, 2 deltas (a running sum gives the values back)
 *   base     varint, zigzag: the smallest value or delta; the value itself when constant
 *   divisor  varint: greatest common divisor of what is left after subtracting the base
 *   width    uint8: bytes per value, 1 to 7
 *   planes   `width` times `count` bytes: first the lowest byte of every value, then the second, ...
 *
 * What is stored is (value - base) / divisor. Planes keep bytes of the same significance together: the random low bytes
 * stay random, and the high ones, nearly constant, cost next to nothing once compressed.
 */
export function encodeIntegers(values: Float64Array | Uint32Array, count: number): Uint8Array {
  const writer = new ByteWriter(32);
  writeIntegers(writer, values, count);
  return writer.bytes();
}

export function writeIntegers(writer: ByteWriter, values: Float64Array | Uint32Array, count: number): void {
  if (count === 0) {
    writer.uint8(modeConstant);
    writer.varint(0);
    return;
  }
  let min = values[0]!;
  let max = min;
  let minDelta = 0;
  let maxDelta = 0;
  let previous = min;
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    const delta = value - previous;
    if (value < min) min = value;
    else if (value > max) max = value;
    if (i === 1) minDelta = maxDelta = delta;
    else if (delta < minDelta) minDelta = delta;
    else if (delta > maxDelta) maxDelta = delta;
    previous = value;
  }
  if (min === max) {
    writer.uint8(modeConstant);
    writer.varint(zigzag(min));
    return;
  }
  // The first delta is counted from zero, which would spoil the range; it is stored as base + 0 and corrected by `first`.
  const deltas = (maxDelta - minDelta) * 2 < max - min;
  const base = deltas ? minDelta : min;
  const divisor = deltas ? deltaDivisor(values, count, base) : valueDivisor(values, count, base);
  const range = (deltas ? maxDelta - minDelta : max - min) / divisor;
  const width = byteWidth(range);
  writer.uint8(deltas ? modeDeltas : modeValues);
  writer.varint(zigzag(base));
  writer.varint(divisor);
  writer.uint8(width);
  if (deltas) writer.varint(zigzag(values[0]!));
  const planes = writer.space(width * count);
  let before = values[0]! - base;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    let left = (deltas ? value - before - base : value - base) / divisor;
    before = value;
    // Bit operations only below 2^32.
    let at = i;
    for (; left > 0xffffffff; at += count) {
      planes[at] = left % 256;
      left = Math.floor(left / 256);
    }
    for (; left > 0; left >>>= 8, at += count) planes[at] = left;
  }
}

const modeConstant = 0;
const modeValues = 1;
const modeDeltas = 2;

/** Decodes `count` integers into a new Float64Array. */
export function decodeIntegers(bytes: Uint8Array, count: number): Float64Array {
  return decodeInto(new ByteReader(bytes), new Float64Array(count), count);
}

/** Decodes `count` integers that fit 32 bits without sign. */
export function decodeUint32s(bytes: Uint8Array, count: number): Uint32Array {
  return decodeInto(new ByteReader(bytes), new Uint32Array(count), count);
}

/** Reads a column from where `reader` stands and moves it behind. */
export function readIntegers(reader: ByteReader, count: number): Float64Array {
  return decodeInto(reader, new Float64Array(count), count);
}
export function readUint32s(reader: ByteReader, count: number): Uint32Array {
  return decodeInto(reader, new Uint32Array(count), count);
}

function decodeInto<Column extends Float64Array | Uint32Array>(
  reader: ByteReader,
  into: Column,
  count: number,
): Column {
  const mode = reader.uint8();
  const base = unzigzag(reader.varint());
  if (mode === modeConstant) {
    into.fill(base);
    return into;
  }
  if (mode !== modeValues && mode !== modeDeltas)
    throw new MalformedBytes(`unknown integer mode ${mode}`, reader.offset);
  const divisor = reader.varint();
  const width = reader.uint8();
  if (width < 1 || width > 7) throw new MalformedBytes(`integers of ${width} bytes`, reader.offset);
  const first = mode === modeDeltas ? unzigzag(reader.varint()) : 0;
  const planes = reader.raw(width * count);
  joinPlanes(planes, width, count, into);
  if (mode === modeValues) {
    if (base !== 0 || divisor !== 1) for (let i = 0; i < count; i++) into[i] = into[i]! * divisor + base;
    return into;
  }
  let sum = first - base;
  for (let i = 0; i < count; i++) {
    sum += into[i]! * divisor + base;
    into[i] = sum;
  }
  return into;
}

function joinPlanes(planes: Uint8Array, width: number, count: number, into: Float64Array | Uint32Array): void {
  switch (width) {
    case 1:
      for (let i = 0; i < count; i++) into[i] = planes[i]!;
      return;
    case 2:
      for (let i = 0; i < count; i++) into[i] = planes[i]! | (planes[count + i]! << 8);
      return;
    case 3:
      for (let i = 0; i < count; i++) {
        into[i] = planes[i]! | (planes[count + i]! << 8) | (planes[2 * count + i]! << 16);
      }
      return;
    default: {
      const high = new Uint32Array(count);
      for (let plane = width - 1; plane >= 4; plane--) {
        for (let i = 0; i < count; i++) high[i] = (high[i]! << 8) | planes[plane * count + i]!;
      }
      for (let i = 0; i < count; i++) {
        const low =
          (planes[i]! | (planes[count + i]! << 8) | (planes[2 * count + i]! << 16) | (planes[3 * count + i]! << 24)) >>>
          0;
        into[i] = high[i]! * 0x100000000 + low;
      }
    }
  }
}

function byteWidth(range: number): number {
  let width = 1;
  for (let limit = 256; range >= limit; limit *= 256) width++;
  return width;
}

function valueDivisor(values: Float64Array | Uint32Array, count: number, base: number): number {
  let divisor = 0;
  for (let i = 0; i < count && divisor !== 1; i++) divisor = greatestCommonDivisor(divisor, values[i]! - base);
  return divisor || 1;
}

function deltaDivisor(values: Float64Array | Uint32Array, count: number, base: number): number {
  let divisor = 0;
  for (let i = 1; i < count && divisor !== 1; i++) {
    divisor = greatestCommonDivisor(divisor, values[i]! - values[i - 1]! - base);
  }
  return divisor || 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [left, right] = [a, b];
  while (right !== 0) [left, right] = [right, left % right];
  return left;
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
