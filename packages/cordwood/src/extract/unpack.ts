import {
  closeBrace,
  type JsonError,
  type JsonValue,
  jsonErrors,
  readValue,
  skipSpace,
  stringEnd,
  unescapeJson,
  unescapeValue,
} from './json-scan.ts';
import { sanitizeLabelName } from './label-name.ts';

/** The key under which the line was packed. */
export const packedEntryKey = '_entry';

export interface UnpackResult {
  /** The line that was packed; undefined: the line stays as it is and no label is set. */
  readonly entry: string | undefined;
  /** Sanitised names and their values, in the order of the line. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Error details, '' when all is well. */
  readonly error: JsonError | typeof notAnObject | '';
}

export const notAnObject = 'expecting json object(6), but it is not';
const nothing: UnpackResult = { entry: undefined, fields: [], error: '' };

/**
 * The stage `| unpack`: undoes `pack`. Only text values count. Without the key `_entry` nothing is changed; an empty line is
 * let pass, anything else that is no object is an error.
 */
export function unpack(text: string): UnpackResult {
  if (text === '') return nothing;
  if (text[0] !== '{') return { ...nothing, error: notAnObject };
  const fields: [string, string][] = [];
  let entry: string | undefined;
  const error = readStrings(text, (key, value) => {
    if (key === packedEntryKey) entry = value;
    else fields.push([sanitizeLabelName(key), value]);
  });
  if (error !== '') return { ...nothing, error };
  return entry === undefined ? nothing : { entry, fields: fields.filter(([name]) => name !== ''), error: '' };
}

function readStrings(text: string, visit: (key: string, value: string) => void): JsonError | '' {
  const value: JsonValue = { type: 'null', start: 0, end: 0, next: 0 };
  let at = skipSpace(text, 1);
  if (at === text.length) return jsonErrors.malformed;
  while (text.charCodeAt(at) !== closeBrace) {
    if (text.charCodeAt(at) !== 0x22) return jsonErrors.object;
    const keyEnd = stringEnd(text, at + 1);
    if (keyEnd < 0) return jsonErrors.malformed;
    const key = unescapeJson(text.slice(at + 1, keyEnd));
    if (key === undefined) return jsonErrors.escape;
    at = skipSpace(text, keyEnd + 1);
    if (text.charCodeAt(at) !== 0x3a) return jsonErrors.malformed;
    const problem = readValue(text, at + 1, value);
    if (problem !== '') return problem;
    if (value.type === 'string') visit(key, unescapeValue(text.slice(value.start, value.end)));
    at = skipSpace(text, value.next);
    if (at === text.length) return jsonErrors.array;
    if (text.charCodeAt(at) === closeBrace) return '';
    if (text.charCodeAt(at) !== 0x2c) return jsonErrors.object;
    at = skipSpace(text, at + 1);
    if (at === text.length) return jsonErrors.array;
  }
  return '';
}
