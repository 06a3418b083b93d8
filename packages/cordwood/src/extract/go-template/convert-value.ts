import { quoteGo } from '../../model/labels.ts';
import { textOfBytes } from '../escaped-bytes.ts';
import { parseGoFloat } from '../go-number.ts';
import { loadLocation, parseGoTime, utcLocation } from '../go-time.ts';
import { escapeQuery } from './builtin-functions.ts';
import { printValue } from './go-print.ts';
import { CallError, type GoValue, isTrue } from './go-value.ts';
import { createTimeValue, type TimeValue, zeroTimeNs } from './time-value.ts';

/** Conversions that sprig's functions share (github.com/spf13/cast): what cannot be converted is zero, without an error. */

export function toInt64(value: GoValue): bigint {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'number':
      return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
    case 'boolean':
      return value ? 1n : 0n;
    case 'string': {
      const plain = value.replace(/\.0+$/, '').replaceAll('_', '');
      const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9]\d*|0)$/.exec(plain);
      if (!match) return 0n;
      const digits = /^0[0-7]/.test(match[2]!) ? `0o${match[2]!.slice(1)}` : match[2]!;
      const size = BigInt(digits) * (match[1] === '-' ? -1n : 1n);
      return BigInt.asIntN(64, size) === size ? size : 0n;
    }
    default:
      return 0n;
  }
}

export function toFloat64(value: GoValue): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return parseGoFloat(value).value ?? 0;
    default:
      return 0;
  }
}

export function toText(value: GoValue): string {
  return value === undefined ? '' : printValue(value);
}

/** sprig's `default`: the given value unless it is empty. */
export function defaultValue(fallback: GoValue, ...given: GoValue[]): GoValue {
  return given.length === 0 || !isTrue(given[0]) ? fallback : given[0];
}

/** sprig gives the error's text as the result. */
export function base64Decode(text: string): string {
  const broken = firstBadBase64(text);
  if (broken !== undefined) return `illegal base64 data at input byte ${broken}`;
  return textOfBytes(Buffer.from(text.replace(/[\r\n]/g, ''), 'base64'));
}

/** Where Go's decoder gives up: at a foreign character, at padding that is too early, too short or not at the end. */
function firstBadBase64(text: string): number | undefined {
  const bytes = Buffer.from(text);
  const isNewline = (at: number) => bytes[at] === 0x0a || bytes[at] === 0x0d;
  let inQuantum = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (isNewline(at)) continue;
    const char = String.fromCharCode(bytes[at]!);
    if (/[A-Za-z0-9+/]/.test(char)) {
      inQuantum = (inQuantum + 1) % 4;
      continue;
    }
    if (char !== '=' || inQuantum < 2) return at;
    let next = at + 1;
    while (isNewline(next)) next++;
    if (inQuantum === 2) {
      if (next >= bytes.length) return bytes.length;
      if (bytes[next] !== 0x3d) return next - 1;
      next++;
      while (isNewline(next)) next++;
    }
    return next < bytes.length ? next : undefined;
  }
  return inQuantum === 0 ? undefined : bytes.length - inQuantum;
}

export function urlDecode(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text);
  if (bad) throw new CallError(`invalid URL escape ${quoteGo(bad[0])}`);
  const bytes = Buffer.from(text.replaceAll('+', ' '));
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0x25) {
      out.push(Number.parseInt(bytes.toString('latin1', i + 1, i + 3), 16));
      i += 2;
    } else out.push(bytes[i]!);
  }
  return textOfBytes(Buffer.from(out));
}
export const urlEncode = escapeQuery;

/** strings.Title: the first letter of each word in upper case. Words end at blanks and at ASCII punctuation but `_`. */
export function titleCase(text: string): string {
  return text.replace(
    /(^|[^\P{ASCII}A-Za-z0-9_]|\p{White_Space})(\p{L})/gu,
    (_whole, before: string, letter: string) => before + upperCase(letter),
  );
}

export function trimChars(text: string, chars: string, side: 'both' | 'left' | 'right'): string {
  const set = new Set(chars);
  const letters = [...text];
  let [start, end] = [0, letters.length];
  if (side !== 'right') while (start < end && set.has(letters[start]!)) start++;
  if (side !== 'left') while (end > start && set.has(letters[end - 1]!)) end--;
  return letters.slice(start, end).join('');
}

const spaces =
  /^[\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;
export const trimSpace = (text: string): string => text.replace(spaces, '');

/** strings.Replace: `count` < 0 replaces all. An empty text is found before every character and at the end. */
export function replaceCount(text: string, from: string, to: string, count: bigint): string {
  let left = count < 0n ? Number.POSITIVE_INFINITY : Number(count);
  if (from !== '') {
    let out = '';
    let copiedTo = 0;
    for (; left > 0; left--) {
      const at = text.indexOf(from, copiedTo);
      if (at < 0) break;
      out += text.slice(copiedTo, at) + to;
      copiedTo = at + from.length;
    }
    return out + text.slice(copiedTo);
  }
  let out = '';
  for (const char of text) {
    if (left-- > 0) out += to;
    out += char;
  }
  return left > 0 ? out + to : out;
}

/** Longest text that a template function may build: beyond it is a mistake or an attack. */
const repeatedLengthMax = 16 * 1024 * 1024;

export function repeatText(count: bigint, text: string): string {
  if (count < 0n) throw new CallError('strings: negative Repeat count');
  if (Number(count) * text.length > repeatedLengthMax)
    throw new CallError(`repeat gives more than ${repeatedLengthMax} characters`);
  return text.repeat(Number(count));
}

/** sprig's trunc: bytes, from the end for a negative count. */
export function truncate(count: bigint, text: string): string {
  const bytes = Buffer.from(text);
  const length = BigInt(bytes.length);
  if (count < 0n) return length + count > 0n ? textOfBytes(bytes.subarray(Number(length + count))) : text;
  return length > count ? textOfBytes(bytes.subarray(0, Number(count))) : text;
}

export function substring(start: bigint, end: bigint, text: string): string {
  const bytes = Buffer.from(text);
  const length = BigInt(bytes.length);
  const outOfRange = (what: string) => new CallError(`runtime error: slice bounds out of range ${what}`);
  if (start < 0n) {
    if (end < 0n) throw outOfRange(`[:${end}]`);
    if (end > length) throw outOfRange(`[:${end}] with length ${length}`);
    return textOfBytes(bytes.subarray(0, Number(end)));
  }
  const to = end < 0n || end > length ? length : end;
  if (start > to) throw outOfRange(`[${start}:${to}]`);
  return textOfBytes(bytes.subarray(Number(start), Number(to)));
}

export function indentText(spacesCount: bigint, text: string): string {
  const pad = repeatText(spacesCount, ' ');
  return pad + text.replaceAll('\n', `\n${pad}`);
}

/** sprig's round: half (or `threshold`) away from zero for positive numbers, Go's modf for negative ones. */
export function roundTo(value: number, places: bigint, threshold = 0.5): number {
  const power = 10 ** Number(places);
  const digit = power * value;
  const fraction = digit - Math.trunc(digit);
  return (fraction >= threshold ? Math.ceil(digit) : Math.floor(digit)) / power;
}

/** time.ParseInLocation, or the zero time when that fails, as sprig's toDate. An unknown zone counts as UTC. */
export function toDate(layout: string, text: string, zone = ''): TimeValue {
  const parsed = parseGoTime(layout, text, loadLocation(zone) ?? utcLocation);
  return 'error' in parsed ? createTimeValue(zeroTimeNs) : createTimeValue(parsed.timeNs, parsed.zone);
}

/** Go maps rune by rune, so `ß` stays. */
export function upperCase(text: string): string {
  if (isAscii.test(text)) return text.toUpperCase();
  return [...text].map((char) => (char.toUpperCase().length > char.length ? char : char.toUpperCase())).join('');
}

/** strings.ToLower, by character: `Σ` is always `σ`, `İ` is `i`. */
export function lowerCase(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase();
  return [...text].map((char) => (char === '\u0130' ? 'i' : char.toLowerCase())).join('');
}
const isAscii = /^[\x00-\x7f]*$/;
