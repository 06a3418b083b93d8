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
} from './value-column.ts';

/**
 * Numbers in decimal, perhaps between a constant prefix and suffix: `12.5`, `S-4999`, `45ms`, `0007`.
 *
 *   header
 *   prefix, suffix varint length and bytes each
 *   decimals       uint8: digits behind the point
 *   style          uint8: 0 exactly so many decimals; 1 without trailing zeros (and without the point when nothing is left)
 *   minDigits      uint8: padded with zeros to so many digits before the point
 *   data
 *   integers       integer column: value * 10^decimals
 *
 * Only spellings that this gives back are taken: no plus sign, no exponent, no `-0`, no `1.` or `.5`.
 */
export const numberCodec: ValueCodec = {
  id: 6,
  name: 'number',
  encode(values, header, data) {
    const plan = planNumbers(values);
    if (plan === undefined) return false;
    const { bytes, starts, ends, count } = values;
    header.block(bytes.subarray(starts[0], starts[0]! + plan.prefixLength));
    header.block(bytes.subarray(ends[0]! - plan.suffixLength, ends[0]));
    header.uint8(plan.decimals);
    header.uint8(plan.trimmed ? 1 : 0);
    header.uint8(plan.minDigits);
    writeIntegers(data, plan.integers, count);
    return true;
  },
  decode(header, source) {
    const prefix = header.block();
    const suffix = header.block();
    const decimals = header.uint8();
    const trimmed = header.uint8() === 1;
    const minDigits = header.uint8();
    if (decimals > digitsMax || minDigits > digitsMax || prefix.length > affixMax || suffix.length > affixMax) {
      throw new MalformedBytes('number of too many digits', header.offset);
    }
    return new NumberColumn(source, prefix, suffix, decimals, trimmed, minDigits);
  },
};

/** Below 2^52, so that integer columns hold them. */
const digitsMax = 15;

interface NumberPlan {
  readonly prefixLength: number;
  readonly suffixLength: number;
  readonly decimals: number;
  readonly trimmed: boolean;
  readonly minDigits: number;
  readonly integers: Float64Array;
}

const zero = 0x30;
const point = 0x2e;
const minus = 0x2d;

function planNumbers(values: ValueList): NumberPlan | undefined {
  const affixes = commonAffixes(values);
  if (affixes === undefined) return undefined;
  const { bytes, starts, ends, count } = values;
  const { prefixLength, suffixLength } = affixes;
  const integers = new Float64Array(count);
  const fractions = new Uint8Array(count);
  let decimals = 0;
  let fewestDecimals = digitsMax;
  let trailingZero = false;
  let leadingZero = false;
  let digitsBefore = 0;
  let sameDigitsBefore = true;
  for (let i = 0; i < count; i++) {
    let at = starts[i]! + prefixLength;
    const end = ends[i]! - suffixLength;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const first = at;
    let integer = 0;
    while (at < end && bytes[at]! >= zero && bytes[at]! <= 0x39) integer = integer * 10 + bytes[at++]! - zero;
    const before = at - first;
    let fraction = 0;
    if (at < end && bytes[at] === point) {
      at++;
      const fractionStart = at;
      while (at < end && bytes[at]! >= zero && bytes[at]! <= 0x39) integer = integer * 10 + bytes[at++]! - zero;
      fraction = at - fractionStart;
      if (fraction === 0) return undefined;
      if (bytes[at - 1] === zero) trailingZero = true;
    }
    if (at !== end || before === 0 || before + fraction > digitsMax) return undefined;
    if (before > 1 && bytes[first] === zero) leadingZero = true;
    if (negative && (integer === 0 || leadingZero)) return undefined;
    if (i === 0) digitsBefore = before;
    else if (before !== digitsBefore) sameDigitsBefore = false;
    integers[i] = negative ? -integer : integer;
    fractions[i] = fraction;
    if (fraction > decimals) decimals = fraction;
    if (fraction < fewestDecimals) fewestDecimals = fraction;
  }
  const trimmed = fewestDecimals !== decimals;
  if (trimmed && trailingZero) return undefined;
  if (leadingZero && !sameDigitsBefore) return undefined;
  if (trimmed) {
    for (let i = 0; i < count; i++) {
      integers[i]! *= powersOfTen[decimals - fractions[i]!]!;
      if (Math.abs(integers[i]!) >= 1e15) return undefined;
    }
  }
  return { prefixLength, suffixLength, decimals, trimmed, minDigits: leadingZero ? digitsBefore : 1, integers };
}

const powersOfTen = Array.from({ length: digitsMax + 1 }, (_, exponent) => 10 ** exponent);
const affixMax = 64;

/** Lengths of what all values begin and end with, as far as it can be no part of a number. */
function commonAffixes({
  bytes,
  starts,
  ends,
  count,
}: ValueList): { prefixLength: number; suffixLength: number } | undefined {
  const start = starts[0]!;
  const end = ends[0]!;
  let prefix = Math.min(affixMax, end - start);
  let suffix = prefix;
  for (let i = 1; i < count && (prefix > 0 || suffix > 0); i++) {
    const otherStart = starts[i]!;
    const otherEnd = ends[i]!;
    prefix = Math.min(prefix, otherEnd - otherStart);
    suffix = Math.min(suffix, otherEnd - otherStart);
    let same = 0;
    while (same < prefix && bytes[start + same] === bytes[otherStart + same]) same++;
    prefix = same;
    same = 0;
    while (same < suffix && bytes[end - 1 - same] === bytes[otherEnd - 1 - same]) same++;
    suffix = same;
  }
  // The affixes end where digits begin; a sign belongs to the number unless something stands before it.
  let prefixLength = 0;
  while (prefixLength < prefix && !isDigit(bytes[start + prefixLength]!)) prefixLength++;
  if (prefixLength === 1 && bytes[start] === minus) prefixLength = 0;
  let suffixLength = 0;
  while (suffixLength < suffix && !isDigit(bytes[end - 1 - suffixLength]!)) suffixLength++;
  return prefixLength + suffixLength < end - start ? { prefixLength, suffixLength } : undefined;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39;
}

class NumberColumn implements ValueColumn {
  readonly count: number;
  readonly #prefix: Uint8Array;
  readonly #suffix: Uint8Array;
  readonly #decimals: number;
  readonly #trimmed: boolean;
  readonly #minDigits: number;
  readonly #source: ValueSource;
  #values: Float64Array | undefined;
  readonly number?: (index: number) => number;
  #alphabet: Uint8Array | undefined;

  constructor(
    source: ValueSource,
    prefix: Uint8Array,
    suffix: Uint8Array,
    decimals: number,
    trimmed: boolean,
    minDigits: number,
  ) {
    this.count = source.count;
    this.#source = source;
    this.#prefix = prefix;
    this.#suffix = suffix;
    this.#decimals = decimals;
    this.#trimmed = trimmed;
    this.#minDigits = minDigits;
    if (prefix.length === 0 && suffix.length === 0) {
      // Both exact integers below 2^53 and a power of ten up to 10^15: the quotient is the double that parsing would give.
      const scale = powersOfTen[decimals]!;
      this.number = (index) => this.#integers()[index]! / scale;
    }
  }

  #integers(): Float64Array {
    this.#values ??= readIntegers(this.#source.data(), this.count);
    return this.#values;
  }

  write(index: number, out: Uint8Array, at: number): number {
    let position = copyBytes(this.#prefix, 0, this.#prefix.length, out, at);
    position = this.#writeNumber(this.#integers()[index]!, out, position);
    return copyBytes(this.#suffix, 0, this.#suffix.length, out, position);
  }

  text(index: number): string {
    const end = this.write(index, scratch, 0);
    return decodeText(scratch, 0, end);
  }

  search(condition: ValueCondition): Uint8Array | undefined {
    this.#alphabet ??= alphabet(numberBytes, this.#prefix, this.#suffix);
    return isMadeOf(this.#alphabet, condition) ? searchEach(this, condition, scratch) : undefined;
  }

  #writeNumber(integer: number, out: Uint8Array, at: number): number {
    let rest = integer;
    let position = at;
    if (rest < 0) {
      out[position++] = minus;
      rest = -rest;
    }
    let decimals = this.#decimals;
    if (this.#trimmed) {
      while (decimals > 0 && rest % 10 === 0) {
        rest /= 10;
        decimals--;
      }
    }
    const digits = Math.max(digitCount(rest), decimals + this.#minDigits);
    const end = position + digits + (decimals > 0 ? 1 : 0);
    let to = end - 1;
    // Most numbers fit 32 bits, where division is cheap.
    let written = 0;
    while (rest > 0x7fffffff) {
      if (written === decimals && decimals > 0) out[to--] = point;
      const quotient = Math.floor(rest / 10);
      out[to--] = zero + (rest - quotient * 10);
      rest = quotient;
      written++;
    }
    let small = rest | 0;
    for (; written < digits; written++) {
      if (written === decimals && decimals > 0) out[to--] = point;
      const quotient = (small / 10) | 0;
      out[to--] = zero + (small - quotient * 10);
      small = quotient;
    }
    position = end;
    return position;
  }
}

const numberBytes = Buffer.from('-.0123456789');
const scratch = new Uint8Array(2 * affixMax + digitsMax + 8);

function digitCount(value: number): number {
  let count = 1;
  while (count <= digitsMax && value >= powersOfTen[count]!) count++;
  return count;
}
