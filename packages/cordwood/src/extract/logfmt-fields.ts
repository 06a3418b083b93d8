import type { FieldVisitor } from './json-fields.ts';
import { sanitizeLabelName } from './label-name.ts';

export interface LogfmtOptions {
  /** Stop at the first broken pair and report it; else broken pairs are passed over. */
  readonly strict?: boolean;
  /** Also report keys without a value or with an empty one. */
  readonly keepEmpty?: boolean;
  /** Report keys as they stand in the line, not as label names. */
  readonly rawNames?: boolean;
  /** Names to extract; all when left out. */
  wants?(name: string): boolean;
}

/**
 * The stage `| logfmt`: `key=value` pairs separated by blanks or control characters; values with blanks, `=` or `"` in them
 * are quoted, with JSON's escapes. A broken pair reaches to the next blank.
 *
 * One reader serves all lines of a stage and remembers which key follows which, so that on the next line a key costs one
 * comparison.
 */
export class LogfmtReader {
  readonly #options: LogfmtOptions;
  #keys = new Map<string, Key>();
  #first: Key | undefined;

  constructor(options: LogfmtOptions = {}) {
    this.#options = options;
  }

  /** @returns '' or, when strict, what is wrong with the line */
  read(text: string, visit: FieldVisitor): string {
    const { strict = false, keepEmpty = false } = this.#options;
    if (this.#keys.size > maxKeys) {
      this.#keys = new Map();
      this.#first = undefined;
    }
    const { length } = text;
    let previous: Key | undefined;
    let at = 0;
    for (;;) {
      while (at < length && text.charCodeAt(at) <= space) at++;
      if (at >= length) return '';

      // The key.
      let key = previous === undefined ? this.#first : previous.next;
      if (key !== undefined && text.startsWith(key.withEquals, at)) at += key.withEquals.length;
      else {
        const start = at;
        let unit = 0;
        while (at < length) {
          unit = text.charCodeAt(at);
          if (unit === equals || unit === quote || unit <= space) break;
          at++;
        }
        if (at < length && (unit === quote || (unit === equals && at === start))) {
          if (strict) return failure(text, at, `unexpected '${text[at]}'`);
          at = skipPair(text, at);
          continue;
        }
        key = this.#keyOf(text.slice(start, at));
        if (at === length || unit !== equals) {
          if (keepEmpty && key.isWanted && !visit(key.name, '')) return '';
          continue;
        }
        if (previous === undefined) this.#first = key;
        else previous.next = key;
        at++;
      }
      previous = key;

      // The value.
      let value = '';
      if (text.charCodeAt(at) === quote) {
        const start = at + 1;
        const end = quotedEnd(text, start);
        if (end < 0) return strict ? failure(text, length, 'unterminated quoted value') : '';
        at = end + 1;
        const raw = text.slice(start, end);
        const unquoted = raw.includes('\\') ? unquote(raw) : raw;
        if (unquoted === undefined) {
          if (strict) return failure(text, at, 'invalid quoted value');
          continue;
        }
        value = unquoted;
      } else {
        const start = at;
        let unit = 0;
        while (at < length) {
          unit = text.charCodeAt(at);
          if (unit <= space || unit === equals || unit === quote) break;
          at++;
        }
        if (at < length && unit > space) {
          if (strict) return failure(text, at, `unexpected '${text[at]}'`);
          at = skipPair(text, at);
          continue;
        }
        value = text.slice(start, at);
      }
      if (!key.isWanted) continue;
      if (value.includes('\ufffd')) value = value.replaceAll('\ufffd', '');
      if (value === '' && !keepEmpty) continue;
      if (!visit(key.name, value)) return '';
    }
  }

  #keyOf(text: string): Key {
    let key = this.#keys.get(text);
    if (key === undefined) {
      const valid = text.includes('\ufffd') ? text.replaceAll('\ufffd', '') : text;
      const name = this.#options.rawNames ? valid : sanitizeLabelName(valid);
      const isWanted = name !== '' && (this.#options.wants?.(name) ?? true);
      key = { withEquals: `${text}=`, name, isWanted, next: undefined };
      this.#keys.set(text, key);
    }
    return key;
  }
}

const space = 0x20;
const quote = 0x22;
const equals = 0x3d;

/** Keys remembered per reader; lines whose keys are data would fill the memory. */
const maxKeys = 20_000;

interface Key {
  readonly withEquals: string;
  readonly name: string;
  readonly isWanted: boolean;
  /** The key that came after this one in the last line: the guess for the next. */
  next: Key | undefined;
}

function skipPair(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) > space) at++;
  return at;
}

/** The place of the quote that closes a value; -1 without one. */
function quotedEnd(text: string, start: number): number {
  let end = text.indexOf('"', start);
  if (end < 0 || text.charCodeAt(end - 1) !== 0x5c) return end;
  for (end = start; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === 0x5c) end++;
    else if (unit === quote) return end;
  }
  return -1;
}

const escapes = /\\(?:u([0-9a-fA-F]{4})|(["\\/'bfnrt]))|[^\\"\x00-\x1f]+/y;
const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Undefined when an escape is none, or a control character stands beside one. */
function unquote(raw: string): string | undefined {
  let out = '';
  escapes.lastIndex = 0;
  while (escapes.lastIndex < raw.length) {
    const match = escapes.exec(raw);
    if (match === null) return undefined;
    if (match[1] !== undefined) out += String.fromCharCode(Number.parseInt(match[1], 16));
    else out += match[2] === undefined ? match[0] : (controls[match[2]] ?? match[2]);
  }
  return out.toWellFormed();
}

/** Loki counts the place in bytes, from 1. */
function failure(text: string, at: number, problem: string): string {
  return `logfmt syntax error at pos ${Buffer.byteLength(text.slice(0, at)) + 1} : ${problem}`;
}
