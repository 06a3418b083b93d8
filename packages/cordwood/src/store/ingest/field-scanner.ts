/**
 * Finds fields in the bytes of one line without decoding it: string values of a JSON object, or values of logfmt. It is
 * what level detection and generic fields need on the write path, where a line never becomes a string. A broken line gives
 * what was found before the break.
 */

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const equals = 0x3d;

/** Field names prepared for comparing with bytes. */
export class FieldNames {
  /** Names by their length in bytes. */
  readonly #byLength: Uint8Array[][] = [];
  readonly #lowerCase: Uint8Array[];

  constructor(names: readonly string[]) {
    this.#lowerCase = names.map((name) => Buffer.from(name.toLowerCase()));
    for (const name of new Set(names)) {
      const bytes = Buffer.from(name);
      let list = this.#byLength[bytes.length];
      if (list === undefined) this.#byLength[bytes.length] = list = [];
      list.push(bytes);
    }
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    const list = this.#byLength[end - start];
    if (list === undefined) return false;
    nameLoop: for (const name of list) {
      for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) continue nameLoop;
      return true;
    }
    return false;
  }

  /** Position in the list as it was given, ASCII case ignored, or -1. */
  rankIgnoringCase(bytes: Uint8Array, start: number, end: number): number {
    const names = this.#lowerCase;
    nameLoop: for (let rank = 0; rank < names.length; rank++) {
      const name = names[rank]!;
      if (name.length !== end - start) continue;
      for (let i = 0; i < name.length; i++) {
        const byte = bytes[start + i]!;
        const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
        if (name[i] !== lower) continue nameLoop;
      }
      return rank;
    }
    return -1;
  }
}

/** Where a value was found. One instance is reused: read it before the next search. */
export class FoundField {
  start = 0;
  end = 0;
  /** The value is the inside of a JSON string or of a quoted logfmt value. */
  quoted = false;
}

/** Trimmed, the line begins with `{` and ends with `}`. */
export function looksLikeJson(bytes: Uint8Array, start: number, end: number): boolean {
  let first = start;
  while (first < end && isSpace(bytes[first]!)) first++;
  let last = end - 1;
  while (last > first && isSpace(bytes[last]!)) last--;
  return last > first && bytes[first] === openBrace && bytes[last] === closeBrace;
}

/**
 * The first string field, in the order of the line, whose key is in `names` and that is at most `maxDepth` objects deep
 * (1: only the outermost). Arrays are not entered. `anyScalar` also takes numbers, true and false.
 */
export function findJsonField(
  bytes: Uint8Array,
  start: number,
  end: number,
  names: FieldNames,
  maxDepth: number,
  found: FoundField,
  anyScalar = false,
): boolean {
  let position = start;
  // Bit per nesting level: are we inside an array anywhere above?
  let objectDepth = 0;
  let arrayDepth = 0;
  let keyStart = -1;
  let keyEnd = -1;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === quote) {
      const close = stringEnd(bytes, position + 1, end);
      if (close < 0) return false;
      if (keyStart >= 0) {
        if (arrayDepth === 0 && objectDepth <= maxDepth && names.has(bytes, keyStart, keyEnd)) {
          found.start = position + 1;
          found.end = close;
          found.quoted = true;
          return true;
        }
        keyStart = -1;
        position = close + 1;
        continue;
      }
      // A string followed by a colon is a key.
      let next = close + 1;
      while (next < end && isSpace(bytes[next]!)) next++;
      if (next < end && bytes[next] === colon) {
        keyStart = position + 1;
        keyEnd = close;
        position = next + 1;
      } else position = close + 1;
      continue;
    }
    if (byte === openBrace) {
      objectDepth++;
      keyStart = -1;
    } else if (byte === closeBrace) objectDepth--;
    else if (byte === openBracket) {
      arrayDepth++;
      keyStart = -1;
    } else if (byte === closeBracket) arrayDepth--;
    else if (keyStart >= 0 && !isSpace(byte)) {
      const valueEnd = scalarEnd(bytes, position, end);
      if (anyScalar && arrayDepth === 0 && objectDepth <= maxDepth && names.has(bytes, keyStart, keyEnd)) {
        found.start = position;
        found.end = valueEnd;
        found.quoted = false;
        return true;
      }
      keyStart = -1;
      position = valueEnd;
      continue;
    }
    position++;
  }
  return false;
}

/** The value of the field that stands first in `names` among those in the line; empty values do not count. */
export function findLogfmtField(
  bytes: Uint8Array,
  start: number,
  end: number,
  names: FieldNames,
  found: FoundField,
): boolean {
  let best = -1;
  let position = start;
  while (position < end) {
    while (position < end && bytes[position]! <= 0x20) position++;
    const keyStart = position;
    while (position < end && bytes[position]! > 0x20 && bytes[position] !== equals && bytes[position] !== quote)
      position++;
    const keyEnd = position;
    if (position >= end) break;
    if (bytes[position] !== equals) {
      position++;
      continue;
    }
    position++;
    let valueStart = position;
    let valueEnd: number;
    const quoted = position < end && bytes[position] === quote;
    if (quoted) {
      valueStart++;
      valueEnd = stringEnd(bytes, valueStart, end);
      if (valueEnd < 0) break;
      position = valueEnd + 1;
    } else {
      while (position < end && bytes[position]! > 0x20) position++;
      valueEnd = position;
    }
    if (valueEnd === valueStart || keyEnd === keyStart) continue;
    const rank = names.rankIgnoringCase(bytes, keyStart, keyEnd);
    if (rank >= 0 && (best < 0 || rank < best)) {
      best = rank;
      found.start = valueStart;
      found.end = valueEnd;
      found.quoted = quoted;
      if (rank === 0) break;
    }
  }
  return best >= 0;
}

/** Position of the closing quote, or -1. */
function stringEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (byte === quote) return position;
    if (byte === backslash) position++;
  }
  return -1;
}

function scalarEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === 0x2c || byte === closeBrace || byte === closeBracket || isSpace(byte)) break;
    position++;
  }
  return position;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
