/**
 * Finding one's way in JSON text that may be broken, by the rules that Loki's parsers follow (those of the jsonparser
 * library, whose error texts are shown to users): only what is looked at is checked. A number is whatever stands before the
 * next `,`, `}`, `]` or blank; objects and arrays are skipped by counting their own kind of bracket outside strings.
 */
export const jsonErrors = {
  malformed: 'Malformed JSON error',
  string: `Value is string, but can't find closing '"' symbol`,
  array: `Value is array, but can't find closing ']' symbol`,
  object: `Value looks like object, but can't find closing '}' symbol`,
  unknownType: 'Unknown value type',
  escape: 'Encountered an invalid escape sequence in a string',
} as const;
export type JsonError = (typeof jsonErrors)[keyof typeof jsonErrors];

export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

const quote = 0x22;
const backslash = 0x5c;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;

/** The next place at or after `at` that is no JSON white space; text.length when there is none. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break;
  }
  return i;
}

/** The place of the quote that closes a string whose text begins at `start`; -1 without one. */
export function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (end - 1 - backslashes >= start && text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if ((backslashes & 1) === 0) return end;
  }
  return -1;
}

/** The place behind the bracket that closes the one at `start`; -1 without one. */
export function blockEnd(text: string, start: number, open: number, close: number): number {
  let level = 0;
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === quote) {
      i = stringEnd(text, i + 1);
      if (i < 0) return -1;
    } else if (unit === open) level++;
    else if (unit === close && --level === 0) return i + 1;
  }
  return -1;
}

/** The place behind a number, boolean or null that begins at `start`. */
export function tokenEnd(text: string, start: number): number {
  let i = start;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x2c || unit === closeBrace || unit === closeBracket) break;
    if (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) break;
  }
  return i;
}

/** One value: filled in by readValue, one object for all calls. */
export interface JsonValue {
  type: JsonType;
  /** For a string the text between the quotes, escapes and all; else the text of the value. */
  start: number;
  end: number;
  /** Behind the value. */
  next: number;
}

/** Reads the value that begins at `at` or after white space there. Returns '' or what is wrong. */
export function readValue(text: string, at: number, value: JsonValue): JsonError | '' {
  const start = skipSpace(text, at);
  if (start === text.length) return jsonErrors.malformed;
  const unit = text.charCodeAt(start);
  if (unit === quote) {
    const end = stringEnd(text, start + 1);
    if (end < 0) return jsonErrors.string;
    value.type = 'string';
    value.start = start + 1;
    value.end = end;
    value.next = end + 1;
    return '';
  }
  if (unit === openBrace || unit === openBracket) {
    const isObject = unit === openBrace;
    const end = blockEnd(text, start, unit, isObject ? closeBrace : closeBracket);
    if (end < 0) return isObject ? jsonErrors.object : jsonErrors.array;
    value.type = isObject ? 'object' : 'array';
    value.start = start;
    value.end = end;
    value.next = end;
    return '';
  }
  const end = tokenEnd(text, start);
  const type = scalarType(text, start, end);
  if (type === undefined) return jsonErrors.unknownType;
  value.type = type;
  value.start = start;
  value.end = end;
  value.next = end;
  return '';
}

/** What a value that is no string, object or array is; undefined when it is nothing. */
export function scalarType(text: string, start: number, end: number): 'number' | 'boolean' | 'null' | undefined {
  const unit = text.charCodeAt(start);
  if ((unit >= 0x30 && unit <= 0x39) || unit === 0x2d) return end > start ? 'number' : undefined;
  const length = end - start;
  if (length === 4 && text.startsWith('true', start)) return 'boolean';
  if (length === 5 && text.startsWith('false', start)) return 'boolean';
  return length === 4 && text.startsWith('null', start) ? 'null' : undefined;
}

/**
 * The text of a string as a label value: escapes resolved, U+FFFD (what invalid bytes became) left out. '' when an escape is
 * none, as Loki has it.
 */
export function unescapeValue(raw: string): string {
  const text = raw.includes('\\') ? unescapeJson(raw) : raw;
  if (text === undefined) return '';
  return text.includes('\ufffd') ? text.replaceAll('\ufffd', '') : text;
}

const simpleEscapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Undefined when an escape is invalid; half of a surrogate pair is. */
export function unescapeJson(raw: string): string | undefined {
  let out = '';
  let copiedTo = 0;
  for (let at = raw.indexOf('\\'); at >= 0; at = raw.indexOf('\\', copiedTo)) {
    out += raw.slice(copiedTo, at);
    const simple = simpleEscapes.get(raw[at + 1] ?? '');
    if (simple !== undefined) {
      out += simple;
      copiedTo = at + 2;
      continue;
    }
    const unit = unicodeEscape(raw, at);
    if (unit === undefined) return undefined;
    copiedTo = at + 6;
    if (unit < 0xd800 || unit > 0xdfff) {
      out += String.fromCharCode(unit);
      continue;
    }
    const low = unicodeEscape(raw, at + 6);
    if (low === undefined || low < 0xdc00) return undefined;
    const codePoint = 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00);
    out += codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd';
    copiedTo = at + 12;
  }
  return out + raw.slice(copiedTo);
}

function unicodeEscape(raw: string, at: number): number | undefined {
  const digitsAfterU = /\\u([0-9a-fA-F]{4})/y;
  digitsAfterU.lastIndex = at;
  const digits = digitsAfterU.exec(raw)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
