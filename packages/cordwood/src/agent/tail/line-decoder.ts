import type { LabelSet } from '../label-set.ts';
import { Chunk, LogEntry } from '../log-entry.ts';
import type { Receipt } from '../receipt.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Bytes of a file to lines, in the encoding of the file. */
export interface LineDecoder {
  /** Offset behind the last newline in bytes[0, length), or 0. */
  lastLineEnd(bytes: Buffer, length: number): number;
  /** Where a line that is too long may be cut: not inside a character. */
  pieceEnd(bytes: Buffer, length: number): number;
  /** Entries for the lines; a CR before the newline is taken away. Timestamps rise by a nanosecond from `nowNs`. */
  entries(bytes: Buffer, offset: number, labels: LabelSet, nowNs: bigint, receipt: Receipt): LogEntry[];
}

/** UTF-8 (or anything, taken as it is): lines stay views of the chunk. */
export const utf8Decoder: LineDecoder = {
  lastLineEnd: (bytes, length) => bytes.lastIndexOf(newline, length - 1) + 1,
  pieceEnd(bytes, length) {
    let end = length;
    while (end > length - 4 && (bytes[end]! & 0xc0) === 0x80) end--;
    return end;
  },
  entries(bytes, offset, labels, nowNs, receipt) {
    const chunk = new Chunk(bytes);
    const entries: LogEntry[] = [];
    let seconds = Number(nowNs / 1_000_000_000n);
    let nanos = Number(nowNs % 1_000_000_000n);
    // A byte order mark at the start of the file is not part of the first line.
    let start = offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    while (start < bytes.length) {
      const found = bytes.indexOf(newline, start);
      const lineEnd = found < 0 ? bytes.length : found;
      const end = lineEnd > start && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
      const entry = LogEntry.ofChunk(labels, seconds, nanos, receipt, chunk, start, end);
      entry.offset = offset + start;
      entries.push(entry);
      if (++nanos === 1_000_000_000) {
        nanos = 0;
        seconds++;
      }
      start = lineEnd + 1;
    }
    return entries;
  },
};

/** Any other encoding that TextDecoder knows. `unit`: bytes of a newline (2 for UTF-16). */
class TextLineDecoder implements LineDecoder {
  readonly #decoder: TextDecoder;
  readonly #unit: 1 | 2;
  /** Index of the byte 0x0a in the unit. */
  readonly #low: number;

  constructor(encoding: string) {
    this.#decoder = new TextDecoder(encoding, { ignoreBOM: false });
    this.#unit = this.#decoder.encoding.startsWith('utf-16') ? 2 : 1;
    this.#low = this.#decoder.encoding === 'utf-16be' ? 1 : 0;
  }

  #newlineAt(bytes: Buffer, from: number, length: number): number {
    for (let at = from; ; ) {
      const found = bytes.indexOf(newline, at);
      if (found < 0 || found >= length) return -1;
      if (this.#unit === 1) return found;
      const start = found - this.#low;
      if (start % 2 === 0 && start + 1 < length && bytes[start + 1 - this.#low] === 0) return start;
      at = found + 1;
    }
  }

  lastLineEnd(bytes: Buffer, length: number): number {
    if (this.#unit === 1) return bytes.lastIndexOf(newline, length - 1) + 1;
    for (let start = length - (length % 2) - 2; start >= 0; start -= 2) {
      if (bytes[start + this.#low] === newline && bytes[start + 1 - this.#low] === 0) return start + 2;
    }
    return 0;
  }

  pieceEnd(_bytes: Buffer, length: number): number {
    return length - (length % this.#unit);
  }

  entries(bytes: Buffer, offset: number, labels: LabelSet, nowNs: bigint, receipt: Receipt): LogEntry[] {
    const entries: LogEntry[] = [];
    for (let start = 0; start < bytes.length; ) {
      const found = this.#newlineAt(bytes, start, bytes.length);
      const end = found < 0 ? bytes.length : found;
      let text = this.#decoder.decode(bytes.subarray(start, end));
      if (text.endsWith('\r')) text = text.slice(0, -1);
      const entry = LogEntry.ofText(labels, nowNs + BigInt(entries.length), receipt, text);
      entry.offset = offset + start;
      entries.push(entry);
      start = end + this.#unit;
    }
    return entries;
  }
}

/** Does TextDecoder know the encoding? */
export function isEncoding(name: string): boolean {
  try {
    new TextDecoder(name);
    return true;
  } catch {
    return false;
  }
}

/** Decoder for a file: a byte order mark decides, else the configured encoding ('' is UTF-8). */
export function decoderFor(encoding: string, firstBytes: Uint8Array): LineDecoder {
  const [a, b, c] = firstBytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return utf8Decoder;
  if (a === 0xff && b === 0xfe) return new TextLineDecoder('utf-16le');
  if (a === 0xfe && b === 0xff) return new TextLineDecoder('utf-16be');
  if (encoding === '' || new TextDecoder(encoding).encoding === 'utf-8') return utf8Decoder;
  return new TextLineDecoder(encoding);
}
