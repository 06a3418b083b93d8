import { ByteReader, MalformedBytes } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { constantCodec } from './constant.ts';
import { fewValuesCodec, manyValuesCodec } from './dictionary.ts';
import { hexPatternCodec } from './hex-pattern.ts';
import { numberCodec } from './number.ts';
import { textCodec } from './text.ts';
import { timestampCodec } from './timestamp.ts';
import type { ValueCodec } from './value-codec.ts';
import type { ValueColumn, ValueList, ValueTimes } from './value-column.ts';

/** In the order in which they are tried; the last one takes everything. */
export const valueCodecs: readonly ValueCodec[] = [
  constantCodec,
  fewValuesCodec,
  timestampCodec,
  numberCodec,
  hexPatternCodec,
  manyValuesCodec,
  textCodec,
];

/** codec id (uint8), then what the codec writes. */
export function encodeValues(values: ValueList): { codec: ValueCodec; bytes: Uint8Array } {
  for (const codec of valueCodecs) {
    const writer = new ByteWriter(256);
    writer.uint8(codec.id);
    if (codec.encode(values, writer)) return { codec, bytes: writer.bytes() };
  }
  throw new Error('BUG: no codec takes the column');
}

export function decodeValues(bytes: Uint8Array, count: number, times: () => ValueTimes): ValueColumn {
  const reader = new ByteReader(bytes);
  const id = reader.uint8();
  const codec = valueCodecs.find((candidate) => candidate.id === id);
  if (codec === undefined) throw new MalformedBytes(`unknown value codec ${id}`, 0);
  return codec.decode(reader, count, times);
}
