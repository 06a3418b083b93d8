import type { PushStream } from '../model/entry.ts';
import { createLabels, type Label, type Labels, noLabels, printLabels } from '../model/labels.ts';
import { type LabelsParser, type PushRequestResult, pushRequestLimits, tooMany } from './push-request.ts';
import { fastSecondsMax, writeTimestampWords } from './timestamp-words.ts';

/**
 * Loki's JSON push, read straight from the bytes of the request:
 *
 *   {"streams": [{"stream": {"app": "x"}, "values": [["<unix ns>", "line", {"metadata": "text"}], ...]}, ...]}
 *
 * A scanner of our own, for two reasons. Lines become views of the body: a string with escapes is unescaped *in place*,
 * which never needs more room than its source, so no string is made for a line. And Loki's reader is lenient in ways that
 * senders rely on (text after the object, short values, labels that are numbers), strict in others (times must be strings).
 */

/** Decodes the body of `/loki/api/v1/push`. Overwrites `bytes` where strings are unescaped; the columns are views of it. */
export function decodePushJson(bytes: Buffer, parseLabels: LabelsParser): PushRequestResult {
  return decode(bytes, (scanner, streams) => readStream(scanner, streams, parseLabels));
}

/**
 * Decodes the older JSON of `/api/prom/push`: `{"streams": [{"labels": "{a=\"b\"}", "entries": [{"ts": RFC 3339, "line"}]}]}`.
 * `parseTimeNs` reads an RFC 3339 time.
 */
export function decodeLegacyPushJson(
  bytes: Buffer,
  parseLabels: LabelsParser,
  parseTimeNs: (text: string) => bigint | undefined,
): PushRequestResult {
  return decode(bytes, (scanner, streams) => readLegacyStream(scanner, streams, parseLabels, parseTimeNs));
}

/** What is wrong with a request, as a value on its way out of the scanner. */
class PushJsonError extends Error {}

function decode(bytes: Buffer, readItem: (scanner: Scanner, streams: PushStream[]) => void): PushRequestResult {
  const scanner = new Scanner(bytes);
  const streams: PushStream[] = [];
  let received = 0;
  try {
    if (scanner.peek() === endOfInput) return { error: 'EOF' };
    if (scanner.isNull()) return { streams, received };
    scanner.object((key) => {
      if (key.toLowerCase() !== 'streams') scanner.skipValue(0);
      else if (!scanner.isNull()) {
        scanner.array(() => {
          received++;
          readItem(scanner, streams);
        });
      }
    });
  } catch (error) {
    if (error instanceof PushJsonError) return { error: error.message };
    throw error;
  }
  return { streams, received };
}

function addStream(streams: PushStream[], stream: PushStream): void {
  if (stream.entries.rowCount === 0) return;
  if (streams.length === pushRequestLimits.streams) throw new PushJsonError(tooMany('streams'));
  streams.push(stream);
}

function readStream(scanner: Scanner, streams: PushStream[], parseLabels: LabelsParser): void {
  let labels = noLabels;
  const columns = new GrowingColumns(scanner);
  scanner.object((key) => {
    if (key === 'stream') labels = readLabels(scanner, parseLabels);
    else if (key === 'values') scanner.array(() => readValue(scanner, columns));
    else scanner.skipValue(0);
  });
  addStream(streams, { labels, entries: columns.finish() });
}

/** Names that need no parser to be found valid. */
const plainName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function readLabels(scanner: Scanner, parseLabels: LabelsParser): Labels {
  const pairs: [string, string][] = [];
  scanner.object((name) => {
    pairs.push([name, scanner.peek() === quote ? scanner.text() : scanner.rawValue()]);
  });
  const labels = createLabels(pairs);
  if (labels.every((label) => plainName.test(label.name))) return labels;
  // Loki prints the labels and parses its own text again: errors count columns in that text.
  const parsed = parseLabels(printLabels(labels));
  if (parsed.error !== undefined) throw new PushJsonError(`couldn't parse labels: ${parsed.error}`);
  return parsed.labels;
}

function readValue(scanner: Scanner, columns: GrowingColumns): void {
  const row = columns.addRow();
  let index = 0;
  scanner.array(() => {
    switch (index++) {
      case 0:
        readTimestamp(scanner, columns, row);
        return;
      case 1:
        scanner.string();
        columns.lineStarts[row] = scanner.stringStart;
        columns.lineEnds[row] = scanner.stringEnd;
        return;
      case 2: {
        const metadata: Label[] = [];
        scanner.object((name) => {
          metadata.push({ name, value: scanner.text() });
        });
        if (metadata.length > 0) columns.setMetadata(row, metadata);
        return;
      }
      default:
        scanner.skipValue(0);
    }
  });
}

function readTimestamp(scanner: Scanner, columns: GrowingColumns, row: number): void {
  scanner.string();
  const { bytes, stringStart: start, stringEnd: end } = scanner;
  // Nineteen digits are every time from 2001 to 2262: seconds and nanoseconds without a bigint.
  if (end - start === 19) {
    let seconds = 0;
    let nanos = 0;
    let digits = true;
    for (let i = start; i < end; i++) {
      const digit = bytes[i]! - 0x30;
      if (digit < 0 || digit > 9) digits = false;
      if (i < start + 10) seconds = seconds * 10 + digit;
      else nanos = nanos * 10 + digit;
    }
    if (digits && seconds <= fastSecondsMax) {
      writeTimestampWords(columns.words, row, seconds, nanos);
      return;
    }
  }
  const text = bytes.toString('latin1', start, end);
  if (!/^[+-]?\d{1,30}$/.test(text))
    scanner.fail(`timestamp ${JSON.stringify(text)} is not an integer (Unix nanoseconds)`, start);
  const timestampNs = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, timestampNs) !== timestampNs) scanner.fail(`timestamp ${text} does not fit 64 bits`, start);
  columns.timestampsNs[row] = timestampNs;
}

function readLegacyStream(
  scanner: Scanner,
  streams: PushStream[],
  parseLabels: LabelsParser,
  parseTimeNs: (text: string) => bigint | undefined,
): void {
  let labelText = '';
  const columns = new GrowingColumns(scanner);
  scanner.object((key) => {
    if (key === 'labels') labelText = scanner.text();
    else if (key === 'entries') scanner.array(() => readLegacyEntry(scanner, columns, parseTimeNs));
    else scanner.skipValue(0);
  });
  const parsed = parseLabels(labelText);
  if (parsed.error !== undefined) throw new PushJsonError(`couldn't parse labels: ${parsed.error}`);
  addStream(streams, { labels: parsed.labels, entries: columns.finish() });
}

function readLegacyEntry(
  scanner: Scanner,
  columns: GrowingColumns,
  parseTimeNs: (text: string) => bigint | undefined,
): void {
  const row = columns.addRow();
  scanner.object((key) => {
    if (key === 'ts') {
      const at = scanner.position;
      const text = scanner.text();
      const timestampNs = parseTimeNs(text);
      if (timestampNs === undefined) scanner.fail(`ts ${JSON.stringify(text)} is not an RFC 3339 time`, at);
      columns.timestampsNs[row] = timestampNs;
    } else if (key === 'line') {
      scanner.string();
      columns.lineStarts[row] = scanner.stringStart;
      columns.lineEnds[row] = scanner.stringEnd;
    } else scanner.skipValue(0);
  });
}

/** Entry columns whose length shows only at the end of the list. */
class GrowingColumns {
  readonly #scanner: Scanner;
  rowCount = 0;
  timestampsNs = new BigInt64Array(16);
  words = new Uint32Array(this.timestampsNs.buffer);
  lineStarts = new Uint32Array(16);
  lineEnds = new Uint32Array(16);
  #structuredMetadata: Labels[] | undefined;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  addRow(): number {
    const row = this.rowCount++;
    if (++this.#scanner.entries > pushRequestLimits.entries) throw new PushJsonError(tooMany('entries'));
    if (row === this.lineStarts.length) this.#grow();
    if (this.#structuredMetadata !== undefined) this.#structuredMetadata.push(noLabels);
    return row;
  }

  setMetadata(row: number, metadata: Labels): void {
    this.#structuredMetadata ??= new Array<Labels>(this.rowCount).fill(noLabels);
    this.#structuredMetadata[row] = metadata;
  }

  finish(): PushStream['entries'] {
    const { rowCount } = this;
    return {
      rowCount,
      bytes: this.#scanner.bytes,
      timestampsNs: this.timestampsNs.subarray(0, rowCount),
      lineStarts: this.lineStarts.subarray(0, rowCount),
      lineEnds: this.lineEnds.subarray(0, rowCount),
      structuredMetadata: this.#structuredMetadata,
    };
  }

  #grow(): void {
    const size = this.lineStarts.length * 2;
    const timestampsNs = new BigInt64Array(size);
    timestampsNs.set(this.timestampsNs);
    this.timestampsNs = timestampsNs;
    this.words = new Uint32Array(timestampsNs.buffer);
    const lineStarts = new Uint32Array(size);
    lineStarts.set(this.lineStarts);
    this.lineStarts = lineStarts;
    const lineEnds = new Uint32Array(size);
    lineEnds.set(this.lineEnds);
    this.lineEnds = lineEnds;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;
const endOfInput = -1;

/** Values that are skipped may nest this deep. */
const depthMax = 1000;

/** A pull scanner over JSON bytes. Each method reads one value and stands behind it, or throws a PushJsonError. */
class Scanner {
  readonly bytes: Buffer;
  position = 0;
  /** Place of the bytes that `string()` read, unescaped. */
  stringStart = 0;
  stringEnd = 0;
  /** Entries of the whole request so far. */
  entries = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  fail(message: string, at = this.position): never {
    const near = this.bytes.toString('utf8', Math.max(0, at - 10), at + 10);
    throw new PushJsonError(`push JSON: ${message}, at byte ${at} near ${JSON.stringify(near)}`);
  }

  /** Skips white space; the next byte, or -1 at the end. */
  peek(): number {
    const { bytes } = this;
    let position = this.position;
    for (;;) {
      const byte = bytes[position];
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) position++;
      else {
        this.position = position;
        return byte ?? endOfInput;
      }
    }
  }

  #expected(what: string): never {
    const byte = this.peek();
    this.fail(`expected ${what}, found ${byte === endOfInput ? 'the end' : JSON.stringify(String.fromCharCode(byte))}`);
  }

  /** Steps over `null` if it is next. */
  isNull(): boolean {
    if (this.peek() !== 0x6e || this.bytes.toString('latin1', this.position, this.position + 4) !== 'null')
      return false;
    this.position += 4;
    return true;
  }

  object(member: (key: string) => void): void {
    this.#list(openBrace, closeBrace, 'an object', () => {
      const key = this.text();
      this.#colon();
      member(key);
    });
  }

  array(item: () => void): void {
    this.#list(openBracket, closeBracket, 'a list', item);
  }

  #list(open: number, close: number, what: string, item: () => void): void {
    if (this.peek() !== open) this.#expected(what);
    this.position++;
    if (this.peek() === close) {
      this.position++;
      return;
    }
    for (;;) {
      item();
      const byte = this.peek();
      if (byte !== comma && byte !== close) this.#expected(`"," or "${String.fromCharCode(close)}"`);
      this.position++;
      if (byte === close) return;
    }
  }

  #colon(): void {
    if (this.peek() !== colon) this.#expected('":"');
    this.position++;
  }

  /** A string as text. */
  text(): string {
    this.string();
    return this.bytes.toString('utf8', this.stringStart, this.stringEnd);
  }

  /** A string as a range of bytes, unescaped in place. */
  string(): void {
    if (this.peek() !== quote) this.#expected('a string');
    const { bytes } = this;
    const start = this.position + 1;
    let read = start;
    let byte = bytes[read];
    while (byte !== quote && byte !== backslash && byte !== undefined) byte = bytes[++read];
    this.stringStart = start;
    if (byte === quote) {
      this.stringEnd = read;
      this.position = read + 1;
      return;
    }
    let write = read;
    while (byte !== quote) {
      if (byte === undefined) this.fail('a string without its closing quote', start - 1);
      if (byte === backslash) {
        read = this.#unescape(read + 1, write);
        write = this.stringEnd;
      } else {
        bytes[write++] = byte;
        read++;
      }
      byte = bytes[read];
    }
    this.stringEnd = write;
    this.position = read + 1;
  }

  /** Writes what the escape after the backslash means at `write`; leaves the end in stringEnd, returns where to read on. */
  #unescape(read: number, write: number): number {
    const { bytes } = this;
    const simple = simpleEscapes[bytes[read] ?? 0]!;
    if (simple !== 0) {
      bytes[write] = simple;
      this.stringEnd = write + 1;
      return read + 1;
    }
    if (bytes[read] !== 0x75) this.fail('an escape that JSON does not know', read);
    let code = this.#hex4(read + 1);
    let next = read + 5;
    if (code >= 0xd800 && code < 0xdc00 && bytes[next] === backslash && bytes[next + 1] === 0x75) {
      const low = this.#hex4(next + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        next += 6;
      }
    }
    // Half a surrogate pair is no character.
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    this.stringEnd = writeUtf8(bytes, write, code);
    return next;
  }

  #hex4(at: number): number {
    let code = 0;
    for (let i = at; i < at + 4; i++) {
      const digit = hexDigits[this.bytes[i] ?? 0]!;
      if (digit < 0) this.fail('\\u without four hexadecimal digits', at);
      code = code * 16 + digit;
    }
    return code;
  }

  /** A value other than a string as it is written. */
  rawValue(): string {
    this.peek();
    const start = this.position;
    this.skipValue(0);
    return this.bytes.toString('utf8', start, this.position);
  }

  skipValue(depth: number): void {
    if (depth > depthMax) this.fail(`values nested deeper than ${depthMax}`);
    switch (this.peek()) {
      case quote:
        this.#skipString();
        return;
      case openBrace:
        this.#list(openBrace, closeBrace, 'an object', () => {
          if (this.peek() !== quote) this.#expected('a string');
          this.#skipString();
          this.#colon();
          this.skipValue(depth + 1);
        });
        return;
      case openBracket:
        this.array(() => this.skipValue(depth + 1));
        return;
      default: {
        literal.lastIndex = 0;
        const found = literal.exec(this.bytes.toString('latin1', this.position, this.position + 64));
        if (found === null) this.#expected('a value');
        this.position += found[0].length;
      }
    }
  }

  /** Steps over a string and leaves its bytes alone: `rawValue` shows them as written. */
  #skipString(): void {
    const start = this.position++;
    for (;;) {
      const byte = this.bytes[this.position++];
      if (byte === quote) return;
      if (byte === backslash) this.position++;
      else if (byte === undefined) this.fail('a string without its closing quote', start);
    }
  }
}

const literal = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const simpleEscapes = new Uint8Array(256);
for (const [letter, meaning] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  simpleEscapes[letter.charCodeAt(0)] = meaning.charCodeAt(0);
}

const hexDigits = new Int8Array(256).fill(-1);
for (const digit of '0123456789abcdefABCDEF') hexDigits[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

function writeUtf8(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6);
    bytes[at + 1] = 0x80 | (code & 0x3f);
    return at + 2;
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12);
    bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f);
    bytes[at + 2] = 0x80 | (code & 0x3f);
    return at + 3;
  }
  bytes[at] = 0xf0 | (code >> 18);
  bytes[at + 1] = 0x80 | ((code >> 12) & 0x3f);
  bytes[at + 2] = 0x80 | ((code >> 6) & 0x3f);
  bytes[at + 3] = 0x80 | (code & 0x3f);
  return at + 4;
}
