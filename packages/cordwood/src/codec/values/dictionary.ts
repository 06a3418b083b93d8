import { type ByteReader, MalformedBytes } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';
import { readUint32s, writeIntegers } from '../integer-column.ts';
import type { ValueCodec, ValueSource } from './value-codec.ts';
import {
  copyBytes,
  decodeText,
  satisfies,
  type ValueColumn,
  type ValueCondition,
  type ValueList,
} from './value-column.ts';

/**
 * Different values once each, in order of first appearance, and a code per value.
 *
 *   header  uint8: 1 when the values stand here, 0 when they stand in the data
 *   values  varint count, that many (varint length, bytes)
 *   data    integer column of codes
 *
 * Tried twice: early for columns of few values (levels, names, tenants), and again for columns of many values that no typed
 * codec took, if they repeat at all.
 */
export const fewValuesCodec: ValueCodec = {
  id: 2,
  name: 'few values',
  encode(values, header, data) {
    const limit = fewValuesLimit(values.count);
    const known = values.dictionary;
    if (known !== undefined) {
      if (known.overflowed || known.firsts.length > limit) return false;
      writeDictionary(values, known, header, data);
      return true;
    }
    return encodeDictionary(values, new ValueDictionary(values.bytes, limit, true), header, data);
  },
  decode: decodeDictionary,
};

export const manyValuesCodec: ValueCodec = {
  id: 3,
  name: 'many values',
  encode(values, header, data) {
    const limit = Math.min(65_536, values.count >> 1);
    return encodeDictionary(values, new ValueDictionary(values.bytes, limit, false), header, data);
  },
  decode: decodeDictionary,
};

/** So many different values are still few. */
export function fewValuesLimit(count: number): number {
  return Math.max(16, Math.min(4096, count >> 4));
}

const sampleSize = 128;
const initialTableSize = 64;

/** Values that are told apart as they come. */
export class ValueDictionary {
  /** Value -> index of the different value. */
  codes: Uint32Array;
  count = 0;
  /** Places of the first appearances. */
  readonly firsts: { readonly start: number; readonly end: number }[] = [];
  /** There were more than `limit` different ones; what was gathered is of no use. */
  overflowed = false;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  readonly #givesUpEarly: boolean;
  readonly #allocate: (length: number) => Uint32Array;
  /** Index of the different value + 1, or 0. */
  #table = new Int32Array(initialTableSize);
  #hashes: number[] = [];

  /** `givesUpEarly`: as soon as nearly all of a sample differ. */
  constructor(
    bytes: Uint8Array,
    limit: number,
    givesUpEarly: boolean,
    allocate: (length: number) => Uint32Array = (length) => new Uint32Array(length),
  ) {
    this.#allocate = allocate;
    this.codes = allocate(64);
    this.#bytes = bytes;
    this.#limit = limit;
    this.#givesUpEarly = givesUpEarly;
  }

  add(start: number, end: number): void {
    if (this.overflowed) return;
    const bytes = this.#bytes;
    const length = end - start;
    let hash = length;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    hash ^= hash >>> 15;
    if (this.count === this.codes.length) this.#growCodes();
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = this.#table[slot]! - 1;
      if (code < 0) {
        if (!this.#addFirst(start, end, hash, slot)) return;
        this.codes[this.count++] = this.firsts.length - 1;
        break;
      }
      if (this.#hashes[code] === hash && this.#equal(this.firsts[code]!, start, length)) {
        this.codes[this.count++] = code;
        break;
      }
    }
    if (this.count === sampleSize && this.#givesUpEarly && this.firsts.length > sampleSize * 0.9) this.#overflow();
  }

  #equal(first: { readonly start: number; readonly end: number }, start: number, length: number): boolean {
    const { start: other, end } = first;
    if (end - other !== length) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[other + i]) return false;
    return true;
  }

  #addFirst(start: number, end: number, hash: number, slot: number): boolean {
    if (this.firsts.length === this.#limit) {
      this.#overflow();
      return false;
    }
    this.firsts.push({ start, end });
    this.#hashes.push(hash);
    this.#table[slot] = this.firsts.length;
    if (this.firsts.length * 2 > this.#table.length) {
      this.#table = new Int32Array(this.#table.length * 4);
      const mask = this.#table.length - 1;
      for (let code = 0; code < this.#hashes.length; code++) {
        let free = this.#hashes[code]! & mask;
        while (this.#table[free] !== 0) free = (free + 1) & mask;
        this.#table[free] = code + 1;
      }
    }
    return true;
  }

  #growCodes(): void {
    const larger = this.#allocate(this.codes.length * 4);
    larger.set(this.codes);
    this.codes = larger;
  }

  #overflow(): void {
    this.overflowed = true;
    this.codes = new Uint32Array(0);
    this.#hashes = [];
    this.#table = new Int32Array(0);
  }
}

function encodeDictionary(
  values: ValueList,
  dictionary: ValueDictionary,
  header: ByteWriter,
  data: ByteWriter,
): boolean {
  const { starts, ends, count } = values;
  for (let i = 0; i < count; i++) {
    dictionary.add(starts[i]!, ends[i]!);
    if (dictionary.overflowed) return false;
  }
  writeDictionary(values, dictionary, header, data);
  return true;
}

/** Larger dictionaries are not read for every query. */
const headerValuesBytesMax = 2048;

function writeDictionary(
  { bytes, count }: ValueList,
  { firsts, codes }: ValueDictionary,
  header: ByteWriter,
  data: ByteWriter,
): void {
  let size = 0;
  for (const { start, end } of firsts) size += end - start;
  const inHeader = size <= headerValuesBytesMax;
  header.uint8(inHeader ? 1 : 0);
  const writer = inHeader ? header : data;
  writer.varint(firsts.length);
  for (const { start, end } of firsts) writer.block(bytes.subarray(start, end));
  writeIntegers(data, codes, count);
}

function decodeDictionary(header: ByteReader, source: ValueSource): ValueColumn {
  const inHeader = header.uint8() === 1;
  return new DictionaryColumn(inHeader ? readEntries(header) : undefined, source);
}

function readEntries(reader: ByteReader): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let left = reader.count(); left > 0; left--) entries.push(reader.block());
  return entries;
}

class DictionaryColumn implements ValueColumn {
  readonly count: number;
  readonly #source: ValueSource;
  #entries: readonly Uint8Array[] | undefined;
  #codes: Uint32Array | undefined;
  #texts: readonly string[] | undefined;

  constructor(entries: readonly Uint8Array[] | undefined, source: ValueSource) {
    this.count = source.count;
    this.#entries = entries;
    this.#source = source;
  }

  write(index: number, out: Uint8Array, at: number): number {
    const entry = this.#allEntries()[this.#allCodes()[index]!]!;
    return copyBytes(entry, 0, entry.length, out, at);
  }

  text(index: number): string {
    return this.#allTexts()[this.#allCodes()[index]!]!;
  }

  get dictionary(): { codes: Uint32Array; texts: readonly string[] } {
    return { codes: this.#allCodes(), texts: this.#allTexts() };
  }

  search(condition: ValueCondition): Uint8Array | undefined {
    const entries = this.#allEntries();
    const hits = new Uint8Array(entries.length);
    let hitCount = 0;
    for (let code = 0; code < hits.length; code++) {
      if (!satisfies(condition, entries[code]!, 0, entries[code]!.length)) continue;
      hits[code] = 1;
      hitCount++;
    }
    if (hitCount === 0) return undefined;
    const found = new Uint8Array(this.count);
    if (hitCount === hits.length) return found.fill(1);
    const codes = this.#allCodes();
    for (let i = 0; i < this.count; i++) found[i] = hits[codes[i]!]!;
    return found;
  }

  #allEntries(): readonly Uint8Array[] {
    if (this.#entries === undefined) this.#readData();
    return this.#entries!;
  }

  #allCodes(): Uint32Array {
    if (this.#codes === undefined) this.#readData();
    return this.#codes!;
  }

  #allTexts(): readonly string[] {
    this.#texts ??= this.#allEntries().map((entry) => decodeText(entry, 0, entry.length));
    return this.#texts;
  }

  #readData(): void {
    const data = this.#source.data();
    this.#entries ??= readEntries(data);
    const codes = readUint32s(data, this.count);
    for (let i = 0; i < this.count; i++) {
      if (codes[i]! >= this.#entries.length) {
        throw new MalformedBytes(`code ${codes[i]} of ${this.#entries.length} values`, data.offset);
      }
    }
    this.#codes = codes;
  }
}
