import { type ByteReader, MalformedBytes } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { constantCodec } from './constant.ts';
import { fewValuesCodec, manyValuesCodec } from './dictionary.ts';
import { hexPatternCodec } from './hex-pattern.ts';
import { numberCodec } from './number.ts';
import { textCodec } from './text.ts';
import { timestampCodec } from './timestamp.ts';
import type { ValueCodec, ValueSource } from './value-codec.ts';
import type { ValueColumn, ValueList } from './value-column.ts';

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

export interface EncodedValues {
  readonly codec: ValueCodec;
  /** codec id (uint8), then what the codec writes. */
  readonly header: Uint8Array;
  readonly data: Uint8Array;
}

export function encodeValues(values: ValueList): EncodedValues {
  for (const codec of valueCodecs) {
    const header = new ByteWriter(64);
    const data = new ByteWriter(256);
    header.uint8(codec.id);
    if (codec.encode(values, header, data)) return { codec, header: header.bytes(), data: data.bytes() };
  }
  throw new Error('BUG: no codec takes the column');
}

/** Reads a header from where `header` stands and moves it behind. */
export function decodeValues(header: ByteReader, source: ValueSource): ValueColumn {
  const id = header.uint8();
  const codec = valueCodecs.find((candidate) => candidate.id === id);
  if (codec === undefined) throw new MalformedBytes(`unknown value codec ${id}`, 0);
  return codec.decode(header, source);
}
