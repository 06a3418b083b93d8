import { readUint32s, writeIntegers } from '../integer-column.ts';
import type { ValueCodec, ValueSource } from './value-codec.ts';
import { copyBytes, decodeText, isMadeOf, satisfies, type ValueColumn, type ValueCondition } from './value-column.ts';

/**
 * Anything. Header: the set of bytes that occur (32 bytes, bit `b % 8` of byte `b >> 3`). Data: integer column of lengths,
 * then all bytes.
 */
export const textCodec: ValueCodec = {
  id: 4,
  name: 'text',
  encode({ bytes, starts, ends, count }, header, data) {
    const lengths = new Uint32Array(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      lengths[i] = ends[i]! - starts[i]!;
      total += lengths[i]!;
    }
    writeIntegers(data, lengths, count);
    const joined = new Uint8Array(total);
    let at = 0;
    for (let i = 0; i < count; i++) at = copyBytes(bytes, starts[i]!, ends[i]!, joined, at);
    header.raw(byteSet(joined));
    data.raw(joined);
    return true;
  },
  decode(header, source) {
    return new TextColumn(header.raw(32), source);
  },
};

function byteSet(bytes: Uint8Array): Uint8Array {
  const seen = new Uint8Array(256);
  for (let i = 0; i < bytes.length; i++) seen[bytes[i]!] = 1;
  const set = new Uint8Array(32);
  for (let byte = 0; byte < 256; byte++) set[byte >> 3]! |= seen[byte]! << (byte & 7);
  return set;
}

class TextColumn implements ValueColumn {
  readonly count: number;
  readonly #source: ValueSource;
  readonly #alphabet = new Uint8Array(256);
  #texts: { readonly bytes: Buffer; readonly starts: Uint32Array } | undefined;

  constructor(set: Uint8Array, source: ValueSource) {
    this.count = source.count;
    this.#source = source;
    for (let byte = 0; byte < 256; byte++) this.#alphabet[byte] = (set[byte >> 3]! >> (byte & 7)) & 1;
  }

  write(index: number, out: Uint8Array, at: number): number {
    const { bytes, starts } = this.#read();
    return copyBytes(bytes, starts[index]!, starts[index + 1]!, out, at);
  }

  text(index: number): string {
    const { bytes, starts } = this.#read();
    return decodeText(bytes, starts[index]!, starts[index + 1]!);
  }

  search(condition: ValueCondition): Uint8Array | undefined {
    if (!isMadeOf(this.#alphabet, condition)) return undefined;
    const { bytes, starts } = this.#read();
    const found = new Uint8Array(this.count);
    let any = false;
    if (condition.kind !== 'contains' || condition.ignoreCase || condition.literal.length === 0) {
      for (let i = 0; i < this.count; i++) {
        if (!satisfies(condition, bytes, starts[i]!, starts[i + 1]!)) continue;
        found[i] = 1;
        any = true;
      }
      return any ? found : undefined;
    }
    // One native search over all values; a hit that reaches into the next value does not count.
    let value = 0;
    for (let hit = bytes.indexOf(condition.literal); hit >= 0; ) {
      while (starts[value + 1]! <= hit) value++;
      let next = hit + 1;
      if (hit + condition.literal.length <= starts[value + 1]!) {
        found[value] = 1;
        any = true;
        next = starts[value + 1]!;
      }
      hit = bytes.indexOf(condition.literal, next);
    }
    return any ? found : undefined;
  }

  #read(): { readonly bytes: Buffer; readonly starts: Uint32Array } {
    if (this.#texts === undefined) {
      const data = this.#source.data();
      const lengths = readUint32s(data, this.count);
      const starts = new Uint32Array(this.count + 1);
      for (let i = 0; i < this.count; i++) starts[i + 1] = starts[i]! + lengths[i]!;
      const raw = data.raw(starts[this.count]!);
      this.#texts = { bytes: Buffer.from(raw.buffer, raw.byteOffset, raw.length), starts };
    }
    return this.#texts;
  }
}
