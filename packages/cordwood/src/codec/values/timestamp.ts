import { MalformedBytes } from '../byte-reader.ts';
import { readIntegers, writeIntegers } from '../integer-column.ts';
import type { ValueCodec, ValueSource } from './value-codec.ts';
import {
  alphabet,
  copyBytes,
  decodeText,
  isMadeOf,
  searchEach,
  type ValueColumn,
  type ValueCondition,
  type ValueList,
  type ValueTimes,
} from './value-column.ts';

/**
 * Times of day as `2026-11-24T19:04:05.123Z`: one spelling per column, up to nine digits of a second, any constant end. Most
 * logs repeat the time of the entry, so what is stored is the difference to it.
 *
 *   header
 *   separator  uint8: `T` or a space
 *   point      uint8: `.`, `,`, or 0 without fraction
 *   digits     uint8: of the fraction
 *   suffix     varint length and bytes: `Z`, `+00:00`, nothing ...
 *   data
 *   integers   integer column: time minus the entry's time, in units of the last digit
 */
export const timestampCodec: ValueCodec = {
  id: 7,
  name: 'timestamp',
  encode(values, header, data) {
    const spelling = spellingOf(values);
    if (spelling === undefined) return false;
    const differences = readDifferences(values, spelling);
    if (differences === undefined) return false;
    header.uint8(spelling.separator);
    header.uint8(spelling.point);
    header.uint8(spelling.digits);
    header.block(spelling.suffix);
    writeIntegers(data, differences, values.count);
    return true;
  },
  decode(header, source) {
    const separator = header.uint8();
    const pointByte = header.uint8();
    const digits = header.uint8();
    const suffix = header.block();
    if (digits > 9 || suffix.length > suffixMax)
      throw new MalformedBytes('time with too long a fraction', header.offset);
    return new TimestampColumn(source, { separator, point: pointByte, digits, suffix });
  },
};

interface Spelling {
  readonly separator: number;
  readonly point: number;
  readonly digits: number;
  readonly suffix: Uint8Array;
}

const dateLength = 10;
const minuteLength = 16;
const timeLength = 19;
const suffixMax = 16;
const zero = 0x30;
const daySeconds = 86_400;

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39;
}

function spellingOf({ bytes, starts, ends }: ValueList): Spelling | undefined {
  const start = starts[0]!;
  const end = ends[0]!;
  if (end - start < timeLength) return undefined;
  const separator = bytes[start + dateLength]!;
  if ((separator !== 0x54 && separator !== 0x20) || bytes[start + 4] !== 0x2d) return undefined;
  let at = start + timeLength;
  let point = 0;
  let digits = 0;
  if (at < end && (bytes[at] === 0x2e || bytes[at] === 0x2c) && isDigit(bytes[at + 1])) {
    point = bytes[at]!;
    at++;
    while (at < end && digits < 9 && isDigit(bytes[at])) {
      at++;
      digits++;
    }
  }
  if (end - at > suffixMax) return undefined;
  return { separator, point, digits, suffix: bytes.slice(at, end) };
}

/** Undefined as soon as a value is spelt differently. */
function readDifferences(values: ValueList, { separator, point, digits, suffix }: Spelling): Float64Array | undefined {
  const { bytes, starts, ends, count, times } = values;
  const length = timeLength + (point === 0 ? 0 : 1 + digits) + suffix.length;
  const unitsPerSecond = 10 ** digits;
  const nanosPerUnit = 10 ** (9 - digits);
  const differences = new Float64Array(count);
  const minute = new MinuteReader(bytes, separator);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    if (ends[i]! - start !== length || !minute.read(start) || bytes[start + 16] !== 0x3a) return undefined;
    const seconds = twoDigits(bytes, start + 17);
    if (!(seconds < 60)) return undefined;
    let at = start + timeLength;
    let fraction = 0;
    if (point !== 0) {
      if (bytes[at++] !== point) return undefined;
      for (let digit = 0; digit < digits; digit++, at++) {
        const byte = bytes[at]! - zero;
        if (byte < 0 || byte > 9) return undefined;
        fraction = fraction * 10 + byte;
      }
    }
    for (let s = 0; s < suffix.length; s++) if (bytes[at + s] !== suffix[s]) return undefined;
    const units = (minute.minuteOfDay * 60 + seconds) * unitsPerSecond + fraction;
    const entryUnits = Math.floor(times.offsets[i]! / nanosPerUnit);
    const difference = (minute.day - times.day) * daySeconds * unitsPerSecond + (units - entryUnits);
    if (Math.abs(difference) >= 2 ** 51) return undefined;
    differences[i] = difference;
  }
  return differences;
}

/** NaN when these are no digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  if (!isDigit(bytes[at]) || !isDigit(bytes[at + 1])) return Number.NaN;
  return (bytes[at]! - zero) * 10 + bytes[at + 1]! - zero;
}

/** Reads `YYYY-MM-DDThh:mm`, and remembers the last one: rows are in the order of time. */
class MinuteReader {
  /** Since 1970. */
  day = 0;
  minuteOfDay = 0;
  readonly #bytes: Uint8Array;
  readonly #separator: number;
  #last = -1;

  constructor(bytes: Uint8Array, separator: number) {
    this.#bytes = bytes;
    this.#separator = separator;
  }

  /** False when this is not spelt as expected, or is no such minute. */
  read(start: number): boolean {
    const bytes = this.#bytes;
    if (this.#last >= 0) {
      let same = 0;
      while (same < minuteLength && bytes[start + same] === bytes[this.#last + same]) same++;
      if (same === minuteLength) return true;
    }
    if (bytes[start + dateLength] !== this.#separator || bytes[start + 13] !== 0x3a) return false;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, dateLength).toString('latin1');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
    const time = Date.parse(`${text}T00:00:00Z`);
    // Date accepts 30 February and moves it on; such a date would not come back.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, dateLength) !== text) return false;
    const hours = twoDigits(bytes, start + 11);
    const minutes = twoDigits(bytes, start + 14);
    if (!(hours < 24 && minutes < 60)) return false;
    this.day = time / (daySeconds * 1000);
    this.minuteOfDay = hours * 60 + minutes;
    this.#last = start;
    return true;
  }
}

class TimestampColumn implements ValueColumn {
  readonly count: number;
  readonly #spelling: Spelling;
  readonly #source: ValueSource;
  readonly #unitsPerDay: number;
  readonly #unitsPerSecond: number;
  readonly #nanosPerUnit: number;
  #decoded: { readonly times: ValueTimes; readonly differences: Float64Array } | undefined;
  #date = new Uint8Array(dateLength);
  #dateDay: number | undefined;
  #alphabet: Uint8Array | undefined;

  constructor(source: ValueSource, spelling: Spelling) {
    this.count = source.count;
    this.#source = source;
    this.#spelling = spelling;
    this.#unitsPerSecond = 10 ** spelling.digits;
    this.#unitsPerDay = daySeconds * this.#unitsPerSecond;
    this.#nanosPerUnit = 10 ** (9 - spelling.digits);
  }

  write(index: number, out: Uint8Array, at: number): number {
    this.#decoded ??= {
      times: this.#source.times(),
      differences: readIntegers(this.#source.data(), this.count),
    };
    const { day, offsets } = this.#decoded.times;
    const { separator, point, digits, suffix } = this.#spelling;
    const total = Math.floor(offsets[index]! / this.#nanosPerUnit) + this.#decoded.differences[index]!;
    const days = Math.floor(total / this.#unitsPerDay);
    const units = total - days * this.#unitsPerDay;
    const seconds = Math.floor(units / this.#unitsPerSecond);
    let position = this.#writeDate(day + days, out, at);
    out[position++] = separator;
    const hours = (seconds / 3600) | 0;
    const minutes = ((seconds - hours * 3600) / 60) | 0;
    position = writeTwo(hours, out, position);
    out[position++] = 0x3a;
    position = writeTwo(minutes, out, position);
    out[position++] = 0x3a;
    position = writeTwo(seconds - hours * 3600 - minutes * 60, out, position);
    if (point !== 0) {
      out[position++] = point;
      let fraction = units - seconds * this.#unitsPerSecond;
      for (let place = position + digits - 1; place >= position; place--) {
        const quotient = (fraction / 10) | 0;
        out[place] = zero + (fraction - quotient * 10);
        fraction = quotient;
      }
      position += digits;
    }
    return copyBytes(suffix, 0, suffix.length, out, position);
  }

  text(index: number): string {
    const end = this.write(index, scratch, 0);
    return decodeText(scratch, 0, end);
  }

  search(condition: ValueCondition): Uint8Array | undefined {
    const { separator, point, suffix } = this.#spelling;
    this.#alphabet ??= alphabet(timeBytes, suffix, Uint8Array.of(separator, point));
    return isMadeOf(this.#alphabet, condition) ? searchEach(this, condition, scratch) : undefined;
  }

  #writeDate(day: number, out: Uint8Array, at: number): number {
    if (day !== this.#dateDay) {
      const text = new Date(day * daySeconds * 1000).toISOString().slice(0, dateLength);
      this.#date = Uint8Array.from(Buffer.from(text, 'latin1'));
      this.#dateDay = day;
    }
    for (let i = 0; i < dateLength; i++) out[at + i] = this.#date[i]!;
    return at + dateLength;
  }
}

const timeBytes = Buffer.from('-:0123456789');
const scratch = new Uint8Array(timeLength + 10 + suffixMax + 8);

function writeTwo(value: number, out: Uint8Array, at: number): number {
  const tens = (value / 10) | 0;
  out[at] = zero + tens;
  out[at + 1] = zero + (value - tens * 10);
  return at + 2;
}
