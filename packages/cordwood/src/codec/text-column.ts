import { ByteReader, MalformedBytes } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeIntegers, readUint32s } from './integer-column.ts';

/**
 * A column of texts, some rows without one. Few different texts are stored once each with a code per row, many as lengths
 * and bytes:
 *
 *   mode       uint8: 1 dictionary, 2 plain
 *   dictionary varint count, that many (varint length, bytes); codes as integer column: 0 none, else 1 + index
 *   plain      integer column of lengths, 0 none, else 1 + length; then all bytes
 */
export interface TextColumn {
  /** 0: the row has none; else 1 + index in `texts`. */
  readonly codes: Uint32Array;
  readonly texts: readonly string[];
}

const modeDictionary = 1;
const modePlain = 2;

export function encodeTexts(column: TextColumn): Uint8Array {
  const { codes, texts } = column;
  const writer = new ByteWriter(codes.length * 2 + 64);
  if (texts.length <= codes.length / 2 + 8) {
    writer.uint8(modeDictionary);
    writer.varint(texts.length);
    for (const text of texts) writer.text(text);
    writer.raw(encodeIntegers(codes, codes.length));
    return writer.bytes();
  }
  const encoded = texts.map((text) => Buffer.from(text));
  const lengths = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code > 0) lengths[row] = encoded[code - 1]!.length + 1;
  }
  writer.uint8(modePlain);
  writer.raw(encodeIntegers(lengths, lengths.length));
  for (const code of codes) if (code > 0) writer.raw(encoded[code - 1]!);
  return writer.bytes();
}

export function decodeTexts(bytes: Uint8Array, rowCount: number): TextColumn {
  const reader = new ByteReader(bytes);
  const mode = reader.uint8();
  if (mode === modeDictionary) {
    const count = reader.count();
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(reader.text());
    const codes = readUint32s(reader, rowCount);
    for (const code of codes)
      if (code > count) throw new MalformedBytes(`code ${code} of ${count} texts`, reader.offset);
    return { codes, texts };
  }
  if (mode !== modePlain) throw new MalformedBytes(`unknown text mode ${mode}`, reader.offset);
  const lengths = readUint32s(reader, rowCount);
  const codes = new Uint32Array(rowCount);
  const texts: string[] = [];
  for (let row = 0; row < rowCount; row++) {
    if (lengths[row] === 0) continue;
    const raw = reader.raw(lengths[row]! - 1);
    texts.push(Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString());
    codes[row] = texts.length;
  }
  return { codes, texts };
}

/** Collects texts row by row. */
export class TextColumnBuilder {
  readonly codes: Uint32Array;
  readonly texts: string[] = [];
  readonly #indexes = new Map<string, number>();

  constructor(rowCount: number) {
    this.codes = new Uint32Array(rowCount);
  }

  set(row: number, text: string): void {
    this.codes[row] = this.codeOf(text);
  }

  /** What to put into `codes` for this text. */
  codeOf(text: string): number {
    let code = this.#indexes.get(text);
    if (code === undefined) {
      code = this.texts.push(text);
      this.#indexes.set(text, code);
    }
    return code;
  }
}
