import { ByteWriter } from '../../codec/byte-writer.ts';
import { checksum } from '../../codec/checksum.ts';
import { encodeIntegers } from '../../codec/integer-column.ts';
import { releaseBytes } from '../../codec/release-bytes.ts';
import { encodeTexts, TextColumnBuilder } from '../../codec/text-column.ts';
import { encodeValues } from '../../codec/values/registry.ts';
import type { ValueTimes } from '../../codec/values/value-column.ts';
import { zstdPack } from '../../codec/zstd-block.ts';
import type { Batch, LineColumn } from '../../model/batch.ts';
import { assert } from '../../model/failure.ts';
import type { Labels } from '../../model/labels.ts';
import { DaySplitter } from '../day-time.ts';
import {
  type ChunkFooter,
  type ChunkStream,
  chunkMagic,
  encodeFooter,
  type Section,
  type SectionKind,
  sectionKinds,
  slotName,
} from './chunk-format.ts';
import { writeShape } from './lines/line-shape.ts';
import { type SplitLines, splitLines } from './lines/line-split.ts';
import { Scratch } from './scratch.ts';

export interface EncodedChunk {
  /** The bytes of the file, in order. */
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly footer: ChunkFooter;
}

export interface EncodingHelp {
  /** The batch's lines, if the caller has them. */
  readonly lines?: LineColumn;
  readonly tied?: Uint8Array;
  /** Memory to work in; may be reset when the chunk was written. */
  readonly scratch?: Scratch;
}

/**
 * Encodes rows of one tenant and day. `batch` must be in forward order by (timestamp, sequence).
 *
 * Sequences matter only between rows of equal timestamps. `tied` marks these rows (1); the others get sequences that cost
 * no space: one more than the row before, never beyond the highest of the batch.
 */
export async function encodeChunk(tenant: string, batch: Batch, help: EncodingHelp = {}): Promise<EncodedChunk> {
  const { tied, scratch = new Scratch() } = help;
  assert(batch.rowCount > 0, 'a chunk has rows');
  const { day, offsets } = splitTimes(batch);
  const { streams, streamIndexes } = summarizeStreams(batch, offsets);
  const lines = joinLines(help.lines ?? batch.lines(), batch.rowCount);
  const split = splitLines(lines, batch.rowCount, streamIndexes, scratch);
  const sequences = normalizeSequences(batch.sequences, tied ?? markTies(offsets));

  const file = new SectionWriter();
  await file.add(sectionKinds.offsets, '', encodeIntegers(offsets, batch.rowCount));
  await file.add(sectionKinds.streamIndexes, '', encodeIntegers(streamIndexes, batch.rowCount));
  await file.add(sectionKinds.sequences, '', encodeIntegers(sequences.column, batch.rowCount));
  await file.add(sectionKinds.lineLengths, '', encodeIntegers(batch.lineLengths(), batch.rowCount));
  await addLines(file, lines, split, { day, offsets });
  for (const [name, column] of collectMetadata(batch)) await file.add(sectionKinds.metadata, name, encodeTexts(column));

  const footer: ChunkFooter = {
    tenant,
    day,
    rowCount: batch.rowCount,
    lineBytes: lines.bytes.length,
    minOffset: offsets[0]!,
    maxOffset: offsets[batch.rowCount - 1]!,
    minSequence: sequences.min,
    maxSequence: sequences.max,
    linesChecksum: checksum(lines.bytes),
    contains: {
      unicodeEscape: lines.bytes.includes('\\u'),
      replacementCharacter: lines.bytes.includes('\ufffd'),
    },
    streams,
    sections: file.sections,
  };
  const parts = [...file.parts, await encodeFooter(footer)];
  return { parts, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0), footer };
}

/** Packs sections one after the other and remembers where they are. */
class SectionWriter {
  readonly parts: Uint8Array[] = [chunkMagic];
  readonly sections: Section[] = [];
  #offset = chunkMagic.length;

  async add(kind: SectionKind, name: string, raw: Uint8Array): Promise<void> {
    // A copy when stored as it is: the encoder's buffer is larger than what it holds.
    const packed = (await zstdPack(raw)) ?? raw.slice();
    this.sections.push({
      kind,
      name,
      offset: this.#offset,
      packedBytes: packed.length,
      rawBytes: raw.length,
      checksum: checksum(packed),
    });
    this.parts.push(packed);
    this.#offset += packed.length;
  }
}

function splitTimes(batch: Batch): { day: number; offsets: Float64Array } {
  const { timestampsNs, rowCount } = batch;
  const words = new Int32Array(timestampsNs.buffer, timestampsNs.byteOffset, rowCount * 2);
  const splitter = new DaySplitter();
  const offsets = new Float64Array(rowCount);
  splitter.split(words[0]!, words[1]!);
  const { day } = splitter;
  for (let row = 0; row < rowCount; row++) {
    splitter.split(words[row * 2]!, words[row * 2 + 1]!);
    assert(splitter.day === day, 'a chunk is of one day');
    assert(row === 0 || splitter.offset >= offsets[row - 1]!, 'rows of a chunk ascend in time');
    offsets[row] = splitter.offset;
  }
  return { day, offsets };
}

/** The streams that occur, renumbered from 0, with what each contributes. */
function summarizeStreams(batch: Batch, offsets: Float64Array): { streams: ChunkStream[]; streamIndexes: Uint32Array } {
  const places = new Int32Array(batch.streams.length).fill(-1);
  const streamIndexes = new Uint32Array(batch.rowCount);
  const streams: { -readonly [Key in keyof ChunkStream]: ChunkStream[Key] }[] = [];
  const lengths = batch.lineLengths();
  const given = batch.streamIndexes;
  for (let row = 0; row < batch.rowCount; row++) {
    let place = places[given[row]!]!;
    if (place < 0) {
      const { labels } = batch.streams[given[row]!]!;
      place = streams.push({ labels, rowCount: 0, lineBytes: 0, minOffset: offsets[row]!, maxOffset: 0 }) - 1;
      places[given[row]!] = place;
    }
    const stream = streams[place]!;
    stream.rowCount++;
    stream.lineBytes += lengths[row]!;
    stream.maxOffset = offsets[row]!;
    streamIndexes[row] = place;
  }
  return { streams, streamIndexes };
}

/** Lines one after the other without gaps, as they will be read. */
function joinLines({ bytes, starts, ends }: LineColumn, rowCount: number): LineColumn & { bytes: Buffer } {
  let contiguous = true;
  let total = 0;
  for (let row = 0; row < rowCount; row++) {
    if (row > 0 && starts[row] !== ends[row - 1]) contiguous = false;
    total += ends[row]! - starts[row]!;
  }
  const shift = contiguous ? starts[0]! : 0;
  const newStarts = new Uint32Array(rowCount);
  const newEnds = new Uint32Array(rowCount);
  const joined = contiguous ? bytes.subarray(shift, shift + total) : new Uint8Array(total);
  let offset = 0;
  for (let row = 0; row < rowCount; row++) {
    newStarts[row] = offset;
    if (!contiguous) joined.set(bytes.subarray(starts[row], ends[row]), offset);
    offset += ends[row]! - starts[row]!;
    newEnds[row] = offset;
  }
  return { bytes: Buffer.from(joined.buffer, joined.byteOffset, joined.length), starts: newStarts, ends: newEnds };
}

/** Lines with a shape as columns, the others whole. */
async function addLines(
  file: SectionWriter,
  { bytes, starts, ends }: LineColumn,
  { shapeOfRow, shapes, columns }: SplitLines,
  times: ValueTimes,
): Promise<void> {
  const rowCount = shapeOfRow.length;
  if (shapes.length === 0) return file.add(sectionKinds.wholeLines, '', bytes);
  const index = new ByteWriter();
  index.varint(shapes.length);
  for (const { shape, columns: numbers } of shapes) writeShape(index, shape, numbers);
  const timesOf = timesByColumn(shapeOfRow, shapes, columns, times);
  for (const [number, { slot, starts, ends, count, dictionary }] of columns.entries()) {
    const values = encodeValues({ bytes, starts, ends, count, dictionary, times: timesOf[number]! });
    index.varint(count);
    index.raw(values.header);
    await file.add(sectionKinds.values, slotName(slot), values.data);
    // Written by the codec alone, and as large as the lines: see releaseBytes.
    releaseBytes(new Uint8Array(values.data.buffer));
  }
  await file.add(sectionKinds.shapes, '', index.bytes());
  // Without this section every line has the first shape.
  const uniform = shapes.length === 1 && shapeOfRow.every((shape) => shape === 1);
  if (uniform) return;
  await file.add(sectionKinds.shapeIndexes, '', encodeIntegers(shapeOfRow, rowCount));
  const whole: Uint8Array[] = [];
  for (let row = 0; row < rowCount; row++)
    if (shapeOfRow[row] === 0) whole.push(bytes.subarray(starts[row], ends[row]));
  await file.add(sectionKinds.wholeLines, '', Buffer.concat(whole));
}

/** The times of the rows that have a value in each column. */
function timesByColumn(
  shapeOfRow: Uint32Array,
  shapes: SplitLines['shapes'],
  columns: SplitLines['columns'],
  times: ValueTimes,
): ValueTimes[] {
  return columns.map(({ count }, number) => {
    if (count === shapeOfRow.length) return times;
    const has = [false, ...shapes.map((shape) => shape.columns.includes(number))];
    const offsets = new Float64Array(count);
    let filled = 0;
    for (let row = 0; row < shapeOfRow.length; row++)
      if (has[shapeOfRow[row]!]) offsets[filled++] = times.offsets[row]!;
    return { day: times.day, offsets };
  });
}

function normalizeSequences(
  sequences: Float64Array,
  tied: Uint8Array,
): { column: Float64Array; min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const sequence of sequences) {
    if (sequence < min) min = sequence;
    if (sequence > max) max = sequence;
  }
  const column = new Float64Array(sequences.length);
  let previous = min - 1;
  for (let row = 0; row < sequences.length; row++) {
    previous = tied[row] === 1 ? sequences[row]! : Math.min(previous + 1, max);
    column[row] = previous;
  }
  return { column, min, max };
}

/** 1 for rows whose offset another row has too. `offsets` ascend. */
export function markTies(offsets: Float64Array): Uint8Array {
  const tied = new Uint8Array(offsets.length);
  for (let row = 1; row < offsets.length; row++) if (offsets[row] === offsets[row - 1]) tied[row] = tied[row - 1] = 1;
  return tied;
}

function collectMetadata(batch: Batch): [string, TextColumnBuilder][] {
  const columns = new Map<string, TextColumnBuilder>();
  // Rows of one level share one list of labels: what it is in codes is found once.
  let previous: Labels | undefined;
  let codes: { column: TextColumnBuilder; code: number }[] = [];
  const known = new Map<Labels, typeof codes>();
  for (let row = 0; row < batch.rowCount; row++) {
    const labels = batch.structuredMetadata(row);
    if (labels !== previous) {
      previous = labels;
      let found = known.get(labels);
      if (found === undefined) {
        found = labels.map(({ name, value }) => {
          let column = columns.get(name);
          if (column === undefined) {
            column = new TextColumnBuilder(batch.rowCount);
            columns.set(name, column);
          }
          return { column, code: column.codeOf(value) };
        });
        if (labels.length <= 1) known.set(labels, found);
      }
      codes = found;
    }
    for (const { column, code } of codes) column.codes[row] = code;
  }
  return [...columns].sort(([a], [b]) => (a < b ? -1 : 1));
}
