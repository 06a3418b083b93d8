import type { ValueCodec } from './value-codec.ts';
import { copyBytes, decodeText, satisfies } from './value-column.ts';

/** All values are equal. */
export const constantCodec: ValueCodec = {
  id: 1,
  name: 'constant',
  encode({ bytes, starts, ends, count, dictionary }, header) {
    if (dictionary !== undefined && (dictionary.overflowed || dictionary.firsts.length > 1)) return false;
    const start = starts[0]!;
    const length = ends[0]! - start;
    for (let i = 1; i < count && dictionary === undefined; i++) {
      const other = starts[i]!;
      if (ends[i]! - other !== length) return false;
      for (let at = 0; at < length; at++) if (bytes[other + at] !== bytes[start + at]) return false;
    }
    header.block(bytes.subarray(start, start + length));
    return true;
  },
  decode(header, { count }) {
    const value = header.block();
    const text = decodeText(value, 0, value.length);
    return {
      count,
      write: (_, out, at) => copyBytes(value, 0, value.length, out, at),
      text: () => text,
      dictionary: { codes: new Uint32Array(count), texts: [text] },
      search: (condition) => (satisfies(condition, value, 0, value.length) ? new Uint8Array(count).fill(1) : undefined),
    };
  },
};
