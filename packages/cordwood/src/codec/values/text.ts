import { MalformedBytes } from '../byte-reader.ts';
import { encodeIntegers, readUint32s } from '../integer-column.ts';
import type { ValueCodec } from './value-codec.ts';
import { copyBytes, decodeText, satisfies } from './value-column.ts';

/** Anything: lengths, then all bytes. */
export const textCodec: ValueCodec = {
  id: 4,
  name: 'text',
  encode({ bytes, starts, ends, count }, writer) {
    const lengths = new Uint32Array(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      lengths[i] = ends[i]! - starts[i]!;
      total += lengths[i]!;
    }
    writer.raw(encodeIntegers(lengths, count));
    const joined = new Uint8Array(total);
    let at = 0;
    for (let i = 0; i < count; i++) at = copyBytes(bytes, starts[i]!, ends[i]!, joined, at);
    writer.raw(joined);
    return true;
  },
  decode(reader, count) {
    const lengths = readUint32s(reader, count);
    const starts = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) starts[i + 1] = starts[i]! + lengths[i]!;
    if (starts[count]! > reader.remaining) throw new MalformedBytes('texts longer than the column', reader.offset);
    const raw = reader.raw(starts[count]!);
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
    return {
      count,
      write: (index, out, at) => copyBytes(bytes, starts[index]!, starts[index + 1]!, out, at),
      text: (index) => decodeText(bytes, starts[index]!, starts[index + 1]!),
      search(condition, found) {
        if (condition.kind !== 'contains' || condition.ignoreCase || condition.literal.length === 0) {
          for (let i = 0; i < count; i++) if (satisfies(condition, bytes, starts[i]!, starts[i + 1]!)) found[i] = 1;
          return;
        }
        // One native search over all values; a hit that reaches into the next value does not count.
        let value = 0;
        for (let hit = bytes.indexOf(condition.literal); hit >= 0; ) {
          while (starts[value + 1]! <= hit) value++;
          let next = hit + 1;
          if (hit + condition.literal.length <= starts[value + 1]!) {
            found[value] = 1;
            next = starts[value + 1]!;
          }
          hit = bytes.indexOf(condition.literal, next);
        }
      },
    };
  },
};
