import type { ValueCodec, ValueSource } from './value-codec.ts';
import { satisfies, type ValueColumn, type ValueCondition, type ValueList } from './value-column.ts';

/**
 * Ids: values of one length that are lower-case (or upper-case) hex digits at some places and the same everywhere else, like
 * `req-65ec50c240`, trace ids and UUIDs. Digits are packed two to a byte.
 *
 *   header
 *   length   varint
 *   template `length` bytes: the constant bytes, 0 at the places of digits
 *   case     uint8: 0 lower, 1 upper
 *   data
 *   packed   per value ceil(digits / 2) bytes, high nibble first
 */
export const hexPatternCodec: ValueCodec = {
  id: 5,
  name: 'hex pattern',
  encode(values, header, data) {
    // The places that vary among the first values are nearly always all there are; if not, the second try knows more.
    const some = digitPlaces({ ...values, count: Math.min(values.count, sampleSize) });
    const packed = some === undefined ? undefined : (pack(values, some) ?? pack(values, digitPlaces(values)));
    if (packed === undefined) return false;
    const { template, upperCase, bytes } = packed;
    header.varint(template.length);
    header.raw(template);
    header.uint8(upperCase ? 1 : 0);
    data.raw(bytes);
    return true;
  },
  decode(header, source) {
    const length = header.varint();
    const template = header.raw(length);
    const upperCase = header.uint8() === 1;
    const places: number[] = [];
    for (let place = 0; place < length; place++) if (template[place] === 0) places.push(place);
    return new HexPatternColumn(source, template, places, upperCase);
  },
};

/** Worth it from so many digits on. */
const digitsMin = 6;

/** Byte -> value of the hex digit, 255 for anything else. */
const nibbles = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  nibbles[digit.toString(16).charCodeAt(0)] = digit;
  nibbles[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
const lowerDigits = Buffer.from('0123456789abcdef');
const upperDigits = Buffer.from('0123456789ABCDEF');

/** What a byte can be; or-ed over all values of a place. */
const isDecimal = 1;
const isLower = 2;
const isUpper = 4;
const isOther = 8;
const classes = new Uint8Array(256).fill(isOther);
classes.fill(isDecimal, 0x30, 0x3a);
classes.fill(isLower, 0x61, 0x67);
classes.fill(isUpper, 0x41, 0x47);

const sampleSize = 64;

interface Packed {
  readonly template: Uint8Array;
  readonly upperCase: boolean;
  readonly bytes: Uint8Array;
}

/** Undefined when a value differs elsewhere, or has something else than digits of one case there. */
function pack(values: ValueList, list: Uint8Array | undefined): Packed | undefined {
  if (list === undefined) return undefined;
  const { bytes, starts, ends, count } = values;
  const first = starts[0]!;
  const length = ends[0]! - first;
  // Uint8Array.from copies; slice of a Buffer would not.
  const template = Uint8Array.from(bytes.subarray(first, first + length));
  for (const place of list) template[place] = 0;
  const constants: number[] = [];
  for (let place = 0; place < length; place++) if (template[place] !== 0) constants.push(place);
  const constantPlaces = Uint8Array.from(constants);
  const pairs = list.length & ~1;
  const width = (list.length + 1) >> 1;
  const packed = new Uint8Array(width * count);
  // Digits of ids are random: deciding on each would cost a mispredicted branch, or-ing costs nothing.
  let kinds = 0;
  let differs = 0;
  for (let i = 0, at = 0; i < count; i++) {
    const start = starts[i]!;
    if (ends[i]! - start !== length) return undefined;
    for (let k = 0; k < constantPlaces.length; k++) {
      const place = constantPlaces[k]!;
      differs |= bytes[start + place]! ^ template[place]!;
    }
    for (let k = 0; k < pairs; k += 2) {
      const high = bytes[start + list[k]!]!;
      const low = bytes[start + list[k + 1]!]!;
      kinds |= classes[high]! | classes[low]!;
      packed[at++] = (nibbles[high]! << 4) | (nibbles[low]! & 15);
    }
    if (pairs < list.length) {
      const high = bytes[start + list[pairs]!]!;
      kinds |= classes[high]!;
      packed[at++] = nibbles[high]! << 4;
    }
    if (differs !== 0 || (kinds & isOther) !== 0) return undefined;
  }
  if ((kinds & (isLower | isUpper)) === (isLower | isUpper)) return undefined;
  return { template, upperCase: (kinds & isUpper) !== 0, bytes: packed };
}

/** The places that vary; undefined when they cannot all be digits, or are too few. */
function digitPlaces({ bytes, starts, ends, count }: ValueList): Uint8Array | undefined {
  const first = starts[0]!;
  const length = ends[0]! - first;
  if (length < digitsMin || length > 128) return undefined;
  const seen = new Uint8Array(length);
  const differs = new Uint8Array(length);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    if (ends[i]! - start !== length) return undefined;
    for (let place = 0; place < length; place++) {
      const byte = bytes[start + place]!;
      seen[place]! |= classes[byte]!;
      differs[place]! |= byte ^ bytes[first + place]!;
    }
    // A text shows soon that it is none.
    if (i === 16 && seen.some((kinds, place) => differs[place] !== 0 && (kinds & isOther) !== 0)) return undefined;
  }
  const list: number[] = [];
  for (let place = 0; place < length; place++) {
    // 0 marks the places of digits in the template.
    if (bytes[first + place] === 0) return undefined;
    if (differs[place] === 0) continue;
    if ((seen[place]! & isOther) !== 0) return undefined;
    list.push(place);
  }
  return list.length < digitsMin ? undefined : Uint8Array.from(list);
}

class HexPatternColumn implements ValueColumn {
  readonly count: number;
  readonly #template: Uint8Array;
  readonly #places: readonly number[];
  readonly #digits: Uint8Array;
  readonly #width: number;
  readonly #source: ValueSource;
  #packed: Uint8Array | undefined;

  constructor(source: ValueSource, template: Uint8Array, places: readonly number[], upperCase: boolean) {
    this.count = source.count;
    this.#source = source;
    this.#template = template;
    this.#places = places;
    this.#digits = upperCase ? upperDigits : lowerDigits;
    this.#width = (places.length + 1) >> 1;
  }

  #ids(): Uint8Array {
    this.#packed ??= this.#source.data().raw(this.#width * this.count);
    return this.#packed;
  }

  write(index: number, out: Uint8Array, at: number): number {
    const template = this.#template;
    const places = this.#places;
    const digits = this.#digits;
    if (places.length < template.length) for (let i = 0; i < template.length; i++) out[at + i] = template[i]!;
    const packed = this.#ids();
    let from = index * this.#width;
    const pairs = places.length & ~1;
    for (let place = 0; place < pairs; place += 2) {
      const byte = packed[from++]!;
      out[at + places[place]!] = digits[byte >> 4]!;
      out[at + places[place + 1]!] = digits[byte & 15]!;
    }
    if (pairs < places.length) out[at + places[pairs]!] = digits[packed[from]! >> 4]!;
    return at + template.length;
  }

  text(index: number): string {
    const out = Buffer.allocUnsafe(this.#template.length);
    this.write(index, out, 0);
    return out.toString('latin1');
  }

  /**
   * For each place that the literal can stand at, the constant bytes must agree and the digits are compared as nibbles. Most
   * literals (a whole id with its prefix, any text) can stand at one place or at none.
   */
  search(condition: ValueCondition): Uint8Array | undefined {
    const { literal, kind } = condition;
    const length = this.#template.length;
    if (kind === 'equals' && literal.length !== length) return undefined;
    const last = length - literal.length;
    if (last < 0) return undefined;
    let found: Uint8Array | undefined;
    const from = kind === 'endsWith' ? last : 0;
    const to = kind === 'startsWith' || kind === 'equals' ? 0 : last;
    for (let at = from; at <= to; at++) {
      const wanted = this.#nibblesAt(condition, at);
      if (wanted !== undefined) found = this.#searchNibbles(wanted, found);
    }
    return found;
  }

  /** Number of a digit -> nibble that it must be; undefined when the literal cannot stand here. */
  #nibblesAt({ literal, ignoreCase }: ValueCondition, at: number): { index: number; nibble: number }[] | undefined {
    const wanted: { index: number; nibble: number }[] = [];
    let index = this.#places.findIndex((place) => place >= at);
    for (let i = 0; i < literal.length; i++) {
      const constant = this.#template[at + i]!;
      if (constant !== 0) {
        const one = { kind: 'equals', literal: literal.subarray(i, i + 1), ignoreCase } as const;
        if (!satisfies(one, this.#template, at + i, at + i + 1)) return undefined;
        continue;
      }
      const nibble = nibbles[literal[i]!]!;
      if (nibble === 255) return undefined;
      const isRightCase = this.#digits[nibble] === literal[i];
      if (!isRightCase && !ignoreCase) return undefined;
      wanted.push({ index: index++, nibble });
    }
    return wanted;
  }

  #searchNibbles(
    wanted: readonly { index: number; nibble: number }[],
    before: Uint8Array | undefined,
  ): Uint8Array | undefined {
    let found = before;
    const width = this.#width;
    const mask = new Uint8Array(width);
    const bits = new Uint8Array(width);
    for (const { index, nibble } of wanted) {
      const shift = index % 2 === 0 ? 4 : 0;
      mask[index >> 1]! |= 15 << shift;
      bits[index >> 1]! |= nibble << shift;
    }
    const bytes: number[] = [];
    for (let i = 0; i < width; i++) if (mask[i] !== 0) bytes.push(i);
    const first = bytes[0];
    if (first === undefined) {
      return new Uint8Array(this.count).fill(1);
    }
    const packed = this.#ids();
    const firstMask = mask[first]!;
    const firstBits = bits[first]!;
    values: for (let i = 0, at = 0; i < this.count; i++, at += width) {
      if ((packed[at + first]! & firstMask) !== firstBits) continue;
      for (const byte of bytes) if ((packed[at + byte]! & mask[byte]!) !== bits[byte]) continue values;
      found ??= new Uint8Array(this.count);
      found[i] = 1;
    }
    return found;
  }
}
