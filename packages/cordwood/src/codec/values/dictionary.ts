import { MalformedBytes } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';
import { encodeIntegers, readUint32s } from '../integer-column.ts';
import type { ValueCodec } from './value-codec.ts';
import { copyBytes, decodeText, satisfies, type ValueColumn, type ValueList } from './value-column.ts';

/**
 * Different values once each, in order of first appearance, and a code per value.
 *
 * Tried twice: early for columns of few values (levels, names, tenants), and again for columns of many values that no typed
 * codec took, if they repeat at all.
 */
export const fewValuesCodec: ValueCodec = {
  id: 2,
  name: 'few values',
  encode(values, writer) {
    const limit = fewValuesLimit(values.count);
    const known = values.dictionary;
    if (known !== undefined) {
      if (known.overflowed || known.firsts.length > limit) return false;
      writeDictionary(values, known, writer);
      return true;
    }
    return encodeDictionary(values, new ValueDictionary(values.bytes, limit, true), writer);
  },
  decode: decodeDictionary,
};

export const manyValuesCodec: ValueCodec = {
  id: 3,
  name: 'many values',
  encode(values, writer) {
    const limit = Math.min(65_536, values.count >> 1);
    return encodeDictionary(values, new ValueDictionary(values.bytes, limit, false), writer);
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
  codes = new Uint32Array(64);
  count = 0;
  /** Places of the first appearances. */
  readonly firsts: { readonly start: number; readonly end: number }[] = [];
  /** There were more than `limit` different ones; what was gathered is of no use. */
  overflowed = false;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  readonly #givesUpEarly: boolean;
  /** Index of the different value + 1, or 0. */
  #table = new Int32Array(initialTableSize);
  #hashes: number[] = [];

  /** `givesUpEarly`: as soon as nearly all of a sample differ. */
  constructor(bytes: Uint8Array, limit: number, givesUpEarly: boolean) {
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
    const larger = new Uint32Array(this.codes.length * 4);
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

function encodeDictionary(values: ValueList, dictionary: ValueDictionary, writer: ByteWriter): boolean {
  const { starts, ends, count } = values;
  for (let i = 0; i < count; i++) {
    dictionary.add(starts[i]!, ends[i]!);
    if (dictionary.overflowed) return false;
  }
  writeDictionary(values, dictionary, writer);
  return true;
}

function writeDictionary({ bytes, count }: ValueList, { firsts, codes }: ValueDictionary, writer: ByteWriter): void {
  writer.varint(firsts.length);
  for (const { start, end } of firsts) writer.block(bytes.subarray(start, end));
  writer.raw(encodeIntegers(codes, count));
}

function decodeDictionary(reader: Parameters<ValueCodec['decode']>[0], count: number): ValueColumn {
  const size = reader.count();
  const entries: Uint8Array[] = [];
  for (let i = 0; i < size; i++) entries.push(reader.block());
  const codes = readUint32s(reader, count);
  for (let i = 0; i < count; i++) {
    if (codes[i]! >= size) throw new MalformedBytes(`code ${codes[i]} of ${size} values`, reader.offset);
  }
  let texts: string[] | undefined;
  const decoded = () => {
    texts ??= entries.map((entry) => decodeText(entry, 0, entry.length));
    return texts;
  };
  return {
    count,
    write(index, out, at) {
      const entry = entries[codes[index]!]!;
      return copyBytes(entry, 0, entry.length, out, at);
    },
    text: (index) => decoded()[codes[index]!]!,
    get dictionary() {
      return { codes, texts: decoded() };
    },
    search(condition, found) {
      const hits = new Uint8Array(size);
      let any = false;
      for (let code = 0; code < size; code++) {
        if (!satisfies(condition, entries[code]!, 0, entries[code]!.length)) continue;
        hits[code] = 1;
        any = true;
      }
      if (any) for (let i = 0; i < count; i++) if (hits[codes[i]!] === 1) found[i] = 1;
    },
  };
}
