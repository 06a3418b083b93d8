/**
 * Go string literals. A Go string is bytes, a JavaScript string is not: a byte that `\xff` leaves outside of any UTF-8
 * sequence becomes the lone surrogate U+DC00 + byte, as Python's "surrogateescape" does. It never equals text of a log line
 * (lines are valid UTF-8), which is what the query asked for, and it prints as `\xff` again.
 */

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
const plain = /^[ !#-[\]-~]*$/;

const shortEscapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** Go's strconv.Quote. */
export function quote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (Object.hasOwn(shortEscapes, char)) out += shortEscapes[char];
    else if (code < 0x20 || code === 0x7f) out += `\\x${hex(code, 2)}`;
    else if (code < 0x7f) out += char;
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${hex(code - 0xdc00, 2)}`;
    else if (code >= 0xd800 && code <= 0xdfff) out += '�';
    else if (printable.test(char)) out += char;
    else out += code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  }
  return `${out}"`;
}

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}

const escapeLetters: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
  '"': 0x22,
};

/** The value of a literal with its quotes (`"…"` or backticks); undefined when it is not one (Prometheus: `invalid syntax`). */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  if (literal.length < 2 || literal.at(-1) !== literal[0]) return undefined;
  if (literal[0] === '`') return body;
  if (!body.includes('\\')) return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const escapeSequence = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/y;
  let index = 0;
  while (index < body.length) {
    if (body[index] !== '\\') {
      const end = body.indexOf('\\', index);
      const stop = end < 0 ? body.length : end;
      for (const byte of encoder.encode(body.slice(index, stop))) bytes.push(byte);
      index = stop;
      continue;
    }
    escapeSequence.lastIndex = index;
    const match = escapeSequence.exec(body);
    if (!match) return undefined;
    index = escapeSequence.lastIndex;
    if (match[1] !== undefined) bytes.push(escapeLetters[match[1]]!);
    else if (match[2] !== undefined) bytes.push(Number.parseInt(match[2], 16));
    else if (match[5] !== undefined) {
      const value = Number.parseInt(match[5], 8);
      if (value > 255) return undefined;
      bytes.push(value);
    } else {
      const code = Number.parseInt(match[3] ?? match[4]!, 16);
      if (code > 0x10ffff) return undefined;
      for (const byte of encoder.encode(code >= 0xd800 && code <= 0xdfff ? '�' : String.fromCodePoint(code)))
        bytes.push(byte);
    }
  }
  return decode(Uint8Array.from(bytes));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return decodeWithStrayBytes(bytes);
  }
}

function decodeWithStrayBytes(bytes: Uint8Array): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let out = '';
  let index = 0;
  while (index < bytes.length) {
    const lead = bytes[index]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    try {
      out += strict.decode(bytes.subarray(index, index + length));
      index += length;
    } catch {
      out += String.fromCharCode(0xdc00 + lead);
      index++;
    }
  }
  return out;
}
