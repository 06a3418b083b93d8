import { MalformedBytes } from '../byte-reader.ts';
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
    const limit = Math.max(16, Math.min(4096, values.count >> 4));
    return encodeDictionary(values, limit, writer);
  },
  decode: decodeDictionary,
};

export const manyValuesCodec: ValueCodec = {
  id: 3,
  name: 'many values',
  encode(values, writer) {
    return encodeDictionary(values, Math.min(65_536, values.count >> 1), writer);
  },
  decode: decodeDictionary,
};

const sampleSize = 128;

function encodeDictionary(values: ValueList, limit: number, writer: Parameters<ValueCodec['encode']>[1]): boolean {
  const { bytes, starts, ends, count } = values;
  let tableSize = 256;
  while (tableSize < limit * 2) tableSize *= 2;
  const table = new Int32Array(tableSize);
  const mask = tableSize - 1;
  const codes = new Uint32Array(count);
  const firsts: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    const end = ends[i]!;
    const length = end - start;
    let hash = length;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = table[slot]!;
      if (code === 0) {
        if (firsts.length === limit) return false;
        firsts.push(i);
        table[slot] = firsts.length;
        codes[i] = firsts.length - 1;
        break;
      }
      const first = firsts[code - 1]!;
      if (equal(bytes, start, starts[first]!, length, ends[first]!)) {
        codes[i] = code - 1;
        break;
      }
    }
    // Nearly all of a sample different: not worth going on.
    if (i === sampleSize && firsts.length > sampleSize * 0.9 && limit < count >> 1) return false;
  }
  writer.varint(firsts.length);
  for (const first of firsts) writer.block(bytes.subarray(starts[first], ends[first]));
  writer.raw(encodeIntegers(codes, count));
  return true;
}

function equal(bytes: Uint8Array, start: number, other: number, length: number, otherEnd: number): boolean {
  if (otherEnd - other !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[other + i]) return false;
  return true;
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
