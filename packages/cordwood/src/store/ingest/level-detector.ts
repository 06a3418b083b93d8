import { type FieldNames, FoundField, findJsonField, findLogfmtField, looksLikeJson } from './field-scanner.ts';

/** Spelling (lower case) -> level. */
const spellings: Readonly<Record<string, string>> = {
  trace: 'trace',
  trc: 'trace',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  warn: 'warn',
  wrn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  critical: 'critical',
  fatal: 'fatal',
};
const longestSpelling = 'information'.length;

export const unknownLevel = 'unknown';

/** A level's spelling -> the level; anything else stays as it is. */
export function normalizeLevel(text: string): string {
  return text.length > longestSpelling ? text : (lookUp(text.toLowerCase()) ?? text);
}

function lookUp(lower: string): string | undefined {
  return Object.hasOwn(spellings, lower) ? spellings[lower] : undefined;
}

/** OTLP's severity_number as text -> level. */
export function levelOfSeverityNumber(text: string): string {
  const number = Number.parseInt(text, 10);
  if (!(number >= 1 && number <= 24)) return unknownLevel;
  return ['trace', 'debug', 'info', 'warn', 'error', 'fatal'][(number - 1) >> 2]!;
}

const found = new FoundField();

/** The level that a line's own bytes tell: a field of JSON or logfmt, else the first level word, else `unknown`. */
export function levelOfLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  fields: FieldNames,
  jsonMaxDepth: number,
): string {
  const hasField = looksLikeJson(bytes, start, end)
    ? findJsonField(bytes, start, end, fields, jsonMaxDepth, found)
    : findLogfmtField(bytes, start, end, fields, found);
  if (hasField) {
    const level = levelOfBytes(bytes, found.start, found.end);
    if (level !== undefined) return level;
  }
  return levelWord(bytes, start, end);
}

/** Levels by a number made of up to 11 letters would need two words; the few spellings are compared as short strings. */
function levelOfBytes(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length < 3 || length > longestSpelling) return undefined;
  // By far the commonest, without making a string.
  const first = bytes[start]! | 0x20;
  if (length === 4 && first === 0x69 && matches(bytes, start, infoWord)) return 'info';
  if (length === 5 && first === 0x65 && matches(bytes, start, errorWord)) return 'error';
  if (length === 5 && first === 0x64 && matches(bytes, start, debugWord)) return 'debug';
  if (length === 4 && first === 0x77 && matches(bytes, start, warnWord)) return 'warn';
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return lookUp(text.toLowerCase());
}

const traceWord = Buffer.from('trace');
const debugWord = Buffer.from('debug');
const fatalWord = Buffer.from('fatal');
const criticalWord = Buffer.from('critical');
const errorWord = Buffer.from('error');
const errWord = Buffer.from('err');
const warningWord = Buffer.from('warning');
const warnWord = Buffer.from('warn');
const infoWord = Buffer.from('info');

const leftBoundary = boundaryTable(' \t\n[({"=');
const rightBoundary = boundaryTable(' \t\n[({"=])}:,!');

function boundaryTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** First letters of level words, either case. */
const candidateLetters = boundaryTable('tdfcewiTDFCEWI');

/** The earliest level word that stands between boundaries. */
function levelWord(bytes: Uint8Array, start: number, end: number): string {
  let atBoundary = true;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (atBoundary && candidateLetters[byte] === 1) {
      const level = wordAt(bytes, position, end);
      if (level !== undefined) return level;
    }
    atBoundary = leftBoundary[byte] === 1;
  }
  return unknownLevel;
}

function wordAt(bytes: Uint8Array, position: number, end: number): string | undefined {
  switch (bytes[position]! | 0x20) {
    case 0x74:
      return standsAt(bytes, position, end, traceWord) ? 'trace' : undefined;
    case 0x64:
      return standsAt(bytes, position, end, debugWord) ? 'debug' : undefined;
    case 0x66:
      return standsAt(bytes, position, end, fatalWord) ? 'fatal' : undefined;
    case 0x63:
      return standsAt(bytes, position, end, criticalWord) ? 'critical' : undefined;
    case 0x65:
      return standsAt(bytes, position, end, errorWord) || standsAt(bytes, position, end, errWord) ? 'error' : undefined;
    case 0x77:
      return standsAt(bytes, position, end, warnWord) || standsAt(bytes, position, end, warningWord)
        ? 'warn'
        : undefined;
    case 0x69:
      return standsAt(bytes, position, end, infoWord) ? 'info' : undefined;
    default:
      return undefined;
  }
}

function standsAt(bytes: Uint8Array, position: number, end: number, word: Uint8Array): boolean {
  const after = position + word.length;
  if (after > end) return false;
  if (after < end && rightBoundary[bytes[after]!] !== 1) return false;
  return matches(bytes, position, word);
}

function matches(bytes: Uint8Array, position: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if ((bytes[position + i]! | 0x20) !== word[i]) return false;
  return true;
}
