import { MalformedBytes } from '../../codec/byte-reader.ts';
import { checksum } from '../../codec/checksum.ts';
import { decodeIntegers, decodeUint32s } from '../../codec/integer-column.ts';
import { decodeTexts, type TextColumn } from '../../codec/text-column.ts';
import type { ValueTimes } from '../../codec/values/value-column.ts';
import { zstdUnpack } from '../../codec/zstd-block.ts';
import type { FieldColumn, LineColumn, StreamRef } from '../../model/batch.ts';
import { WorldError } from '../../model/failure.ts';
import { hasLabel, type Label, type Labels, noLabels } from '../../model/labels.ts';
import type { ChunkSummary } from '../../model/predicate.ts';
import type { Disk, ReadableFile } from '../../world/disk.ts';
import { timestampOf } from '../day-time.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { StreamRegistry } from '../rows/stream-registry.ts';
import {
  type ChunkFooter,
  chunkMagic,
  chunkTailBytes,
  decodeFooter,
  decodeTail,
  parseSlotName,
  type Section,
  type SectionKind,
  sectionKinds,
} from './chunk-format.ts';
import { LineColumns } from './lines/line-columns.ts';
import type { SectionCache } from './section-cache.ts';

/** Most footers fit, so that one read at the end of the file is enough. */
const firstReadBytes = 32 * 1024;

const unicodeEscapeBytes = Buffer.from('\\u');
const replacementBytes = Buffer.from('\ufffd');

/** An open chunk file and its footer. Sections are read when asked for; the cache keeps some for the next query. */
export class ChunkReader {
  readonly path: string;
  readonly footer: ChunkFooter;
  readonly streams: readonly StreamRef[];
  readonly #file: ReadableFile;
  readonly #cache: SectionCache | undefined;

  private constructor(file: ReadableFile, footer: ChunkFooter, registry: StreamRegistry, cache?: SectionCache) {
    this.path = file.path;
    this.footer = footer;
    this.#file = file;
    this.#cache = cache;
    this.streams = footer.streams.map((stream) => registry.refOf(stream.labels));
  }

  /** Fails with DISK_READ, CORRUPT or FORMAT_VERSION. `tenant`: a chunk of another tenant is CORRUPT. */
  static async open(
    disk: Disk,
    path: string,
    tenant: string,
    registry: StreamRegistry,
    cache?: SectionCache,
  ): Promise<ChunkReader> {
    const file = await disk.openRead(path);
    try {
      const footer = await readFooter(file);
      if (footer.tenant !== tenant) {
        throw new WorldError('CORRUPT', `the chunk belongs to tenant '${footer.tenant}' instead of '${tenant}'`, {
          path,
        });
      }
      return new ChunkReader(file, footer, registry, cache);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  section(kind: SectionKind, name = ''): Section | undefined {
    return this.footer.sections.find((section) => section.kind === kind && section.name === name);
  }

  /** The unpacked bytes of a section. */
  read(section: Section): Uint8Array {
    const known = this.#cache?.get(section);
    if (known !== undefined) return known;
    const raw = this.#unpack(section);
    this.#cache?.add(section, raw);
    return raw;
  }

  #unpack(section: Section): Uint8Array {
    const packed = this.#file.readSync(section.offset, section.packedBytes);
    if (checksum(packed) !== section.checksum) {
      throw new WorldError('CORRUPT', 'a section does not match its checksum', {
        path: this.path,
        offset: section.offset,
      });
    }
    if (section.packedBytes === section.rawBytes) return packed;
    return this.decoding(section, () => zstdUnpack(packed, section.rawBytes));
  }

  /** Turns what a decoder says of malformed bytes into a WorldError with the place. */
  decoding<Value>(section: Section, decode: () => Value): Value {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      throw new WorldError('CORRUPT', error.message, { path: this.path, offset: section.offset, cause: error });
    }
  }
}

async function readFooter(file: ReadableFile): Promise<ChunkFooter> {
  const path = file.path;
  if (file.sizeBytes < chunkMagic.length + chunkTailBytes) {
    throw new WorldError('CORRUPT', `a chunk of ${file.sizeBytes} bytes`, { path });
  }
  const endLength = Math.min(file.sizeBytes, firstReadBytes);
  const end = await file.read(file.sizeBytes - endLength, endLength);
  const tail = decodeTail(end.subarray(endLength - chunkTailBytes), path);
  const footerStart = file.sizeBytes - chunkTailBytes - tail.packedBytes;
  if (footerStart < chunkMagic.length) throw new WorldError('CORRUPT', 'the footer is larger than the file', { path });
  const packed =
    tail.packedBytes + chunkTailBytes <= endLength
      ? end.subarray(endLength - chunkTailBytes - tail.packedBytes, endLength - chunkTailBytes)
      : await file.read(footerStart, tail.packedBytes);
  if (checksum(packed) !== tail.checksum) {
    throw new WorldError('CORRUPT', 'the footer does not match its checksum', { path, offset: footerStart });
  }
  try {
    return decodeFooter(packed, tail.rawBytes);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    throw new WorldError('CORRUPT', error.message, { path, offset: footerStart, cause: error });
  }
}

/** The rows of a chunk, decoded column by column as they are asked for, and kept as long as this object. */
export class ChunkTable implements RowTable {
  readonly reader: ChunkReader;
  readonly day: number;
  readonly rowCount: number;
  readonly streams: readonly StreamRef[];
  /** Unpacked so far. */
  bytesRead = 0;
  #offsets: Float64Array | undefined;
  #streamIndexes: Uint32Array | undefined;
  #sequences: Float64Array | undefined;
  #lineLengths: Uint32Array | undefined;
  #lines: LineColumns | undefined;
  #metadata: ((row: number) => Labels) | undefined;

  constructor(reader: ChunkReader) {
    this.reader = reader;
    this.day = reader.footer.day;
    this.rowCount = reader.footer.rowCount;
    this.streams = reader.streams;
  }

  summary(): ChunkSummary {
    const { day, minOffset, maxOffset, rowCount, lineBytes } = this.reader.footer;
    return {
      minTimestampNs: timestampOf(day, minOffset),
      maxTimestampNs: timestampOf(day, maxOffset),
      rowCount,
      lineBytes,
      mayContain: (literal) => this.mayContain(literal),
      mayHaveLabel: (name) => this.mayHaveLabel(name),
    };
  }

  offsets(): Float64Array {
    this.#offsets ??= this.#decode(sectionKinds.offsets, decodeIntegers);
    return this.#offsets;
  }

  streamIndexes(): Uint32Array {
    this.#streamIndexes ??= this.#decode(sectionKinds.streamIndexes, decodeUint32s);
    return this.#streamIndexes;
  }

  sequences(): Float64Array {
    this.#sequences ??= this.#decode(sectionKinds.sequences, decodeIntegers);
    return this.#sequences;
  }

  lineLengths(): Uint32Array {
    this.#lineLengths ??= this.#decode(sectionKinds.lineLengths, decodeUint32s);
    return this.#lineLengths;
  }

  lines(rows: Uint32Array, only?: Uint8Array): LineColumn {
    return this.#decoding(() => this.#lineColumns().lines(rows, only));
  }

  findLiteral(literal: Uint8Array, ignoreCase: boolean, only?: Uint32Array): Uint8Array | undefined {
    return this.#decoding(() => this.#lineColumns().findLiteral(literal, ignoreCase, only));
  }

  jsonPaths(): readonly (readonly string[])[] {
    return this.#decoding(() => this.#lineColumns().paths());
  }

  jsonField(path: readonly string[]): FieldColumn | undefined {
    return this.#decoding(() => this.#lineColumns().field(path));
  }

  /** False only if no line contains the literal. Reads the columns that it may stand in. */
  mayContain(literal: Uint8Array): boolean {
    const { unicodeEscape, replacementCharacter } = this.reader.footer.contains;
    if (Buffer.compare(literal, unicodeEscapeBytes) === 0) return unicodeEscape;
    if (Buffer.compare(literal, replacementBytes) === 0) return replacementCharacter;
    return this.findLiteral(literal, false)?.includes(1) ?? true;
  }

  mayHaveLabel(name: string): boolean {
    const { streams } = this.reader.footer;
    return this.mayHaveMetadata(name) || streams.some((stream) => hasLabel(stream.labels, name));
  }

  mayHaveMetadata(name: string): boolean {
    return this.reader.section(sectionKinds.metadata, name) !== undefined;
  }

  metadata(row: number): Labels {
    this.#metadata ??= this.#decodeMetadata();
    return this.#metadata(row);
  }

  #lineColumns(): LineColumns {
    if (this.#lines === undefined) {
      const sections = this.reader.footer.sections.filter((section) => section.kind === sectionKinds.values);
      const shapes = this.reader.section(sectionKinds.shapes);
      this.#lines = new LineColumns({
        rowCount: this.rowCount,
        columns: sections.map((section) => parseSlotName(section.name)),
        lineLengths: () => this.lineLengths(),
        shapes: () => (shapes === undefined ? undefined : this.#read(shapes)),
        shapeIndexes: () =>
          this.reader.section(sectionKinds.shapeIndexes) === undefined
            ? undefined
            : this.#decode(sectionKinds.shapeIndexes, decodeUint32s),
        wholeLines: () => this.#read(this.#section(sectionKinds.wholeLines)),
        data: (column) => this.#read(sections[column]!),
        times: (rows) => this.#timesOf(rows),
      });
    }
    return this.#lines;
  }

  #timesOf(rows: Uint32Array | undefined): ValueTimes {
    const all = this.offsets();
    if (rows === undefined) return { day: this.day, offsets: all };
    const offsets = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) offsets[i] = all[rows[i]!]!;
    return { day: this.day, offsets };
  }

  #decodeMetadata(): (row: number) => Labels {
    const columns: { name: string; column: TextColumn }[] = [];
    for (const section of this.reader.footer.sections) {
      if (section.kind !== sectionKinds.metadata) continue;
      const raw = this.#read(section);
      columns.push({
        name: section.name,
        column: this.reader.decoding(section, () => decodeTexts(raw, this.rowCount)),
      });
    }
    if (columns.length === 0) return () => noLabels;
    // Rows with equal codes share one list, which also lets a reader compare lists by identity first.
    if (columns.length === 1) {
      const { name, column } = columns[0]!;
      const lists = [noLabels, ...column.texts.map((value) => Object.freeze([{ name, value }]))];
      return (row) => lists[column.codes[row]!]!;
    }
    return (row) => {
      const labels: Label[] = [];
      for (const { name, column } of columns) {
        const code = column.codes[row]!;
        if (code > 0) labels.push({ name, value: column.texts[code - 1]! });
      }
      return labels;
    };
  }

  /** What goes wrong while columns are put together has no single place in the file. */
  #decoding<Value>(decode: () => Value): Value {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      throw new WorldError('CORRUPT', error.message, { path: this.reader.path, cause: error });
    }
  }

  #decode<Column>(kind: SectionKind, decode: (bytes: Uint8Array, count: number) => Column): Column {
    const section = this.#section(kind);
    const raw = this.#read(section);
    return this.reader.decoding(section, () => decode(raw, this.rowCount));
  }

  #section(kind: SectionKind): Section {
    const section = this.reader.section(kind);
    if (section === undefined) {
      throw new WorldError('CORRUPT', `the chunk has no section of kind ${kind}`, { path: this.reader.path });
    }
    return section;
  }

  #read(section: Section): Uint8Array {
    const raw = this.reader.read(section);
    this.bytesRead += raw.length;
    return raw;
  }
}
