/** Go's quoting of strings, which Alloy uses for its literals. */

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};
const numericEscapes: Readonly<Record<string, { digits: number; base: number; max: number }>> = {
  x: { digits: 2, base: 16, max: 0xff },
  u: { digits: 4, base: 16, max: 0x10ffff },
  U: { digits: 8, base: 16, max: 0x10ffff },
};

/**
 * Value of a string literal, quoted or raw. `\x` and octal escapes are bytes: together they are read as UTF-8 where they
 * form it. On failure `offset` is the place in the literal.
 */
export function unquote(literal: string): { value: string } | { error: string; offset: number } {
  if (literal.startsWith('`')) return { value: literal.slice(1, -1).replaceAll('\r', '') };
  if (!literal.includes('\\')) return { value: literal.slice(1, -1) };
  let value = '';
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) value += new TextDecoder().decode(new Uint8Array(bytes));
    bytes = [];
  };
  for (let i = 1; i < literal.length - 1; i++) {
    const char = literal[i]!;
    if (char !== '\\') {
      flush();
      value += char;
      continue;
    }
    const letter = literal[++i]!;
    const simple = simpleEscapes[letter];
    if (simple !== undefined) {
      flush();
      value += simple;
      continue;
    }
    const octal = letter >= '0' && letter <= '7';
    const shape = octal ? { digits: 3, base: 8, max: 255 } : numericEscapes[letter];
    if (shape === undefined) return { error: 'unknown escape sequence', offset: i };
    const start = octal ? i : i + 1;
    const digits = literal.slice(start, start + shape.digits);
    const valid = shape.base === 8 ? /^[0-7]*/ : /^[0-9a-fA-F]*/;
    const good = valid.exec(digits)![0].length;
    if (good < shape.digits) {
      const bad = literal[start + good]!;
      const hex = bad.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      return { error: `illegal character U+${hex} '${bad}' in escape sequence`, offset: start + good };
    }
    const code = Number.parseInt(digits, shape.base);
    if (code > shape.max || (letter !== 'x' && !octal && code >= 0xd800 && code <= 0xdfff)) {
      return { error: 'escape sequence is invalid Unicode code point', offset: i };
    }
    if (octal || letter === 'x') bytes.push(code);
    else {
      flush();
      value += String.fromCodePoint(code);
    }
    i = start + shape.digits - 1;
  }
  flush();
  return { value };
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** A double-quoted literal with this value (Go's strconv.Quote). */
export function quote(value: string): string {
  let out = '"';
  for (const char of value) {
    const code = char.codePointAt(0)!;
    const short = shortEscapes[char];
    if (short !== undefined) out += short;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code < 0x7f || (printable.test(char) && char !== '\u00a0')) out += char;
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `${out}"`;
}
