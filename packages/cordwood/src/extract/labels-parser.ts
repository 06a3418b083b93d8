import { type Label, type Labels, quoteGo } from '../model/labels.ts';

export type ParseLabelsResult =
  | { readonly labels: Labels; readonly error?: undefined }
  | { readonly error: string; readonly labels?: undefined };

/**
 * The labels of a stream as pushes carry them, `{a="b", c="d"}`, sorted by name. Labels with an empty value are left out.
 * A name given twice stays twice: whoever stores the stream refuses it. The grammar and the error texts (`1:4: parse error:
 * ...`, columns in bytes) are those of Prometheus' parser for metrics, so a metric name before the brace becomes `__name__`.
 */
export function parseLabels(text: string): ParseLabelsResult {
  const labels = readPlain(text) ?? new LabelsReader(text).read();
  if (typeof labels === 'string') return { error: labels };
  return { labels: sortAndDropEmpty(labels) };
}

const name = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;

/** Fast path: what clients send, `{name="value", name="value"}` without escapes. Undefined for everything else. */
function readPlain(text: string): Label[] | undefined {
  const end = text.length - 1;
  if (text[0] !== '{' || text[end] !== '}' || text.includes('\\') || text.includes('\n')) return undefined;
  const labels: Label[] = [];
  let at = 1;
  while (at < end) {
    name.lastIndex = at;
    if (!name.test(text) || text[name.lastIndex] !== '=' || text[name.lastIndex + 1] !== '"') return undefined;
    const valueStart = name.lastIndex + 2;
    const valueEnd = text.indexOf('"', valueStart);
    if (valueEnd < 0) return undefined;
    labels.push({ name: text.slice(at, name.lastIndex), value: text.slice(valueStart, valueEnd) });
    at = valueEnd + 1;
    if (at === end) break;
    if (text[at] !== ',') return undefined;
    at++;
    if (text[at] === ' ') at++;
    if (at === end) return undefined;
  }
  return labels;
}

function sortAndDropEmpty(labels: readonly Label[]): Labels {
  const kept = labels.some((label) => label.value === '') ? labels.filter((label) => label.value !== '') : [...labels];
  return kept.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

class LabelsFailure extends Error {}

type TokenKind = 'identifier' | 'string' | 'operator' | 'punctuation' | 'end';
interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  readonly start: number;
}

class LabelsReader {
  readonly #text: string;
  #position = 0;
  #inBraces = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Labels, or the text of the error. */
  read(): Label[] | string {
    try {
      return this.#readMetric();
    } catch (failure) {
      if (failure instanceof LabelsFailure) return failure.message;
      throw failure;
    }
  }

  #readMetric(): Label[] {
    const labels: Label[] = [];
    let token = this.#next();
    let metric: string | undefined;
    if (token.kind === 'identifier') {
      metric = token.text;
      token = this.#next();
    }
    if (token.text === '{' && token.kind === 'punctuation') {
      this.#readSet(labels);
      token = this.#next();
    }
    if (token.kind !== 'end') this.#unexpected(token, '', '');
    if (metric === undefined) return labels;
    return [...labels.filter((label) => label.name !== '__name__'), { name: '__name__', value: metric }];
  }

  #readSet(labels: Label[]): void {
    let token = this.#next();
    while (token.text !== '}' || token.kind !== 'punctuation') {
      if (token.kind !== 'identifier' && token.kind !== 'string') {
        this.#unexpected(token, 'label set', 'identifier or "}"');
      }
      const labelName = token.kind === 'string' ? unquote(token.text) : token.text;
      token = this.#next();
      if (token.text !== '=' || token.kind !== 'punctuation') this.#unexpected(token, 'label set', '"="');
      token = this.#next();
      if (token.kind !== 'string') this.#unexpected(token, 'label set', 'string');
      labels.push({ name: labelName, value: unquote(token.text) });
      token = this.#next();
      if (token.kind === 'punctuation' && token.text === ',') token = this.#next();
      else if (token.kind !== 'punctuation' || token.text !== '}') this.#unexpected(token, 'label set', '"," or "}"');
    }
  }

  // --- tokens ------------------------------------------------------------------------------------------------------------

  #next(): Token {
    this.#skipSpaceAndComments();
    const start = this.#position;
    const text = this.#text;
    const char = text[start];
    const take = (kind: TokenKind, length: number): Token => {
      this.#position = start + length;
      return { kind, text: text.slice(start, start + length), start };
    };
    if (char === undefined) {
      if (this.#inBraces) this.#fail('unexpected end of input inside braces', start);
      return take('end', 0);
    }
    if (char === '"' || char === "'") return take('string', this.#quotedLength(start));
    if (char === '`') {
      const end = text.indexOf('`', start + 1);
      if (end < 0) this.#fail('unterminated raw string', start);
      return take('string', end + 1 - start);
    }
    const identifier = this.#inBraces ? name : metricName;
    identifier.lastIndex = start;
    if (identifier.test(text)) return take('identifier', identifier.lastIndex - start);
    if (char === ',') return take('punctuation', 1);
    const after = text[start + 1];
    if (this.#inBraces) {
      if (char === '=') return after === '~' ? take('operator', 2) : take('punctuation', 1);
      if (char === '!') {
        if (after === '~' || after === '=') return take('operator', 2);
        this.#fail(`unexpected character after '!' inside braces: ${quoteCharacter(text, start + 1)}`, start);
      }
      if (char === '{') this.#fail("unexpected left brace '{'", start);
      if (char === '}') {
        this.#inBraces = false;
        return take('punctuation', 1);
      }
      this.#fail(`unexpected character inside braces: ${quoteCharacter(text, start)}`, start);
    }
    if (char === '{') {
      this.#inBraces = true;
      return take('punctuation', 1);
    }
    if (char === '=') {
      if (after === '~') this.#fail("unexpected character after '=': '~'", start);
      return after === '=' ? take('operator', 2) : take('punctuation', 1);
    }
    if (char === '!' && after !== '=') {
      this.#fail(`unexpected character after '!': ${quoteCharacter(text, start + 1)}`, start);
    }
    if (char === '!') return take('operator', 2);
    if ((char === '<' || char === '>') && after === '=') return take('operator', 2);
    if ('+-*/%^<>'.includes(char)) return take('operator', 1);
    if ('()[]@'.includes(char)) return take('punctuation', 1);
    this.#fail(`unexpected character: ${quoteCharacter(text, start)}`, start);
  }

  #skipSpaceAndComments(): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#position];
      if (char === ' ' || char === '\t' || char === '\n' || char === '\r') this.#position++;
      else if (char === '#') {
        const lineEnd = text.indexOf('\n', this.#position);
        this.#position = lineEnd < 0 ? text.length : lineEnd;
      } else return;
    }
  }

  #quotedLength(start: number): number {
    const text = this.#text;
    const quote = text[start];
    let at = start + 1;
    for (;;) {
      const char = text[at];
      if (char === undefined || char === '\n') this.#fail('unterminated quoted string', start);
      if (char === quote) return at + 1 - start;
      at++;
      if (char === '\\') at = this.#escapeEnd(at, start, quote!);
    }
  }

  #escapeEnd(at: number, stringStart: number, quote: string): number {
    const char = this.#text[at];
    if (char === undefined) this.#fail('escape sequence not terminated', stringStart);
    if (char === quote || 'abfnrtv\\'.includes(char)) return at + 1;
    const isOctal = char >= '0' && char <= '7';
    const length = isOctal ? 3 : char === 'x' ? 2 : char === 'u' ? 4 : char === 'U' ? 8 : 0;
    if (length === 0) this.#fail(`unknown escape sequence ${unicodeNotation(this.#text, at)}`, stringStart);
    const start = isOctal ? at : at + 1;
    for (let i = start; i < start + length; i++) {
      const digit = this.#text[i];
      if (digit === undefined) this.#fail('escape sequence not terminated', stringStart);
      if (!(isOctal ? /[0-7]/ : /[0-9a-fA-F]/).test(digit)) {
        this.#fail(`illegal character ${unicodeNotation(this.#text, i)} in escape sequence`, stringStart);
      }
    }
    const value = Number.parseInt(this.#text.slice(start, start + length), isOctal ? 8 : 16);
    if (value > (isOctal ? 255 : 0x10ffff) || (value >= 0xd800 && value < 0xe000)) {
      this.#fail('escape sequence is an invalid Unicode code point', stringStart);
    }
    return start + length;
  }

  // --- errors ------------------------------------------------------------------------------------------------------------

  #unexpected(token: Token, context: string, expected: string): never {
    let message = `unexpected ${describe(token)}`;
    if (context !== '') message += ` in ${context}`;
    if (expected !== '') message += `, expected ${expected}`;
    this.#fail(message, token.start);
  }

  #fail(message: string, position: number): never {
    const before = this.#text.slice(0, position);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(lineStart)) + 1;
    throw new LabelsFailure(`${line}:${column}: parse error: ${message}`);
  }
}

function describe({ kind, text }: Token): string {
  if (kind === 'end') return 'end of input';
  if (kind === 'operator') return `<op:${text}>`;
  const quoted =
    kind === 'identifier' || text.length <= 10 ? quoteGo(text) : `${quoteGo([...text].slice(0, 10).join(''))}...`;
  return kind === 'punctuation' ? quoted : `${kind} ${quoted}`;
}

/** Go's %q of a character. */
function quoteCharacter(text: string, at: number): string {
  const codePoint = text.codePointAt(at);
  if (codePoint === undefined) return "'\\uffffffffffffffff'";
  const char = String.fromCodePoint(codePoint);
  if (char === "'") return "'\\''";
  return char === '"' ? `'"'` : `'${quoteGo(char).slice(1, -1)}'`;
}

/** Go's %#U: `U+0071 'q'`. */
function unicodeNotation(text: string, at: number): string {
  const codePoint = text.codePointAt(at)!;
  const char = String.fromCodePoint(codePoint);
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  return quoteGo(char) === `"${char}"` || char === '"' || char === '\\' ? `${code} '${char}'` : code;
}

const controlEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The value of a string token, whose escapes were checked as it was read. */
function unquote(token: string): string {
  const inner = token.slice(1, -1);
  if (token[0] === '`' || !inner.includes('\\')) return inner;
  // \x and octal escapes are bytes, which together may be UTF-8.
  let bytes: number[] = [];
  let out = '';
  const flush = () => {
    if (bytes.length > 0) out += Buffer.from(bytes).toString();
    bytes = [];
  };
  const escapes = /\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]+/gs;
  for (const [text, octal, byte, short, long, char] of inner.matchAll(escapes)) {
    if (octal !== undefined || byte !== undefined) {
      bytes.push(octal === undefined ? Number.parseInt(byte!, 16) : Number.parseInt(octal, 8));
      continue;
    }
    flush();
    const codePoint = short ?? long;
    if (codePoint !== undefined) out += String.fromCodePoint(Number.parseInt(codePoint, 16));
    else if (char !== undefined) out += controlEscapes[char] ?? char;
    else out += text;
  }
  flush();
  return out;
}
