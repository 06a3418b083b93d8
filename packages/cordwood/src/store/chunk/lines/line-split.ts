import { fewValuesLimit, ValueDictionary } from '../../../codec/values/dictionary.ts';
import type { LineColumn } from '../../../model/batch.ts';
import type { Scratch } from '../scratch.ts';
import {
  type LineShape,
  matchesShape,
  type ShapeSlot,
  SlotValues,
  shapeKey,
  shapeLimits,
  shapeOf,
} from './line-shape.ts';

/** The values of one path over the lines of a chunk, as places in the lines' bytes, in row order. */
export interface SplitColumn {
  readonly slot: ShapeSlot;
  starts: Uint32Array;
  ends: Uint32Array;
  count: number;
  /** Undefined when values were left out afterwards. */
  dictionary: ValueDictionary | undefined;
}

export interface SplitLines {
  /** Row -> 0 for a line kept whole, else 1 + index in `shapes`. */
  readonly shapeOfRow: Uint32Array;
  readonly shapes: readonly SplitShape[];
  readonly columns: readonly SplitColumn[];
}

export interface SplitShape {
  readonly shape: LineShape;
  /** Slot -> index in `columns`. */
  readonly columns: readonly number[];
}

/** A shape with fewer lines than this is not worth its columns; its lines are kept whole. */
const worthwhileRows = 8;
/** In a chunk with fewer rows than this every shape is kept. */
const smallChunkRows = 256;
const recentShapes = 4;
const initialValues = 64;

/**
 * Splits the lines of a chunk into shapes and columns. A line is first held against the shape that its stream had last,
 * then against the shapes seen last: that is one pass over its bytes. Only when none fits is it parsed.
 */
export function splitLines(
  lines: LineColumn,
  rowCount: number,
  streamIndexes: Uint32Array,
  scratch: Scratch,
): SplitLines {
  const splitter = new LineSplitter(lines, rowCount, scratch);
  for (let row = 0; row < rowCount; row++) splitter.add(row, streamIndexes[row]!);
  return splitter.finish();
}

interface GrowingShape extends SplitShape {
  readonly number: number;
  rows: number;
}

class LineSplitter {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #rowCount: number;
  readonly #scratch: Scratch;
  readonly #shapeOfRow: Uint32Array;
  readonly #shapes: GrowingShape[] = [];
  readonly #byKey = new Map<string, GrowingShape>();
  readonly #columns: SplitColumn[] = [];
  readonly #columnNumbers = new Map<string, number>();
  readonly #values = new SlotValues();
  readonly #lastOfStream: (GrowingShape | undefined)[] = [];
  readonly #recent: GrowingShape[] = [];

  constructor(lines: LineColumn, rowCount: number, scratch: Scratch) {
    this.#scratch = scratch;
    this.#bytes = lines.bytes;
    this.#starts = lines.starts;
    this.#ends = lines.ends;
    this.#rowCount = rowCount;
    this.#shapeOfRow = new Uint32Array(rowCount);
  }

  add(row: number, stream: number): void {
    const start = this.#starts[row]!;
    const end = this.#ends[row]!;
    if (end - start < 2 || this.#bytes[start] !== 0x7b) return;
    const shape = this.#find(start, end, stream);
    if (shape === undefined) return;
    this.#lastOfStream[stream] = shape;
    this.#shapeOfRow[row] = shape.number;
    shape.rows++;
    const { starts, ends } = this.#values;
    const { columns } = shape;
    for (let slot = 0; slot < columns.length; slot++) {
      const column = this.#columns[columns[slot]!]!;
      const at = column.count++;
      if (at === column.starts.length) this.#grow(column);
      column.starts[at] = starts[slot]!;
      column.ends[at] = ends[slot]!;
      // While the line is in the processor's cache.
      if (!column.dictionary!.overflowed) column.dictionary!.add(starts[slot]!, ends[slot]!);
    }
  }

  #find(start: number, end: number, stream: number): GrowingShape | undefined {
    const last = this.#lastOfStream[stream];
    if (last !== undefined && matchesShape(last.shape, this.#bytes, start, end, this.#values)) return last;
    for (let i = 0; i < this.#recent.length; i++) {
      const shape = this.#recent[i]!;
      if (shape === last || !matchesShape(shape.shape, this.#bytes, start, end, this.#values)) continue;
      if (i > 0) {
        this.#recent.splice(i, 1);
        this.#recent.unshift(shape);
      }
      return shape;
    }
    const parsed = shapeOf(this.#bytes, start, end);
    if (parsed === undefined) return undefined;
    const shape = this.#known(parsed);
    if (shape === undefined || !matchesShape(shape.shape, this.#bytes, start, end, this.#values)) return undefined;
    const place = this.#recent.indexOf(shape);
    if (place >= 0) this.#recent.splice(place, 1);
    this.#recent.unshift(shape);
    if (this.#recent.length > recentShapes) this.#recent.pop();
    return shape;
  }

  #known(parsed: LineShape): GrowingShape | undefined {
    const key = shapeKey(parsed);
    let shape = this.#byKey.get(key);
    const room = this.#shapes.length < shapeLimits.shapes && this.#columns.length <= shapeLimits.columns;
    if (shape === undefined && room) {
      shape = {
        shape: parsed,
        columns: this.#columnsOf(parsed.slots),
        number: this.#shapes.length + 1,
        rows: 0,
      };
      this.#shapes.push(shape);
      this.#byKey.set(key, shape);
    }
    return shape;
  }

  /** Slots of the same path and kind share a column, in whatever shape; a path that occurs twice in a line has two. */
  #columnsOf(slots: readonly ShapeSlot[]): number[] {
    const occurrences = new Map<string, number>();
    return slots.map((slot) => {
      const path = `${slot.kind} ${JSON.stringify(slot.path)}`;
      const occurrence = occurrences.get(path) ?? 0;
      occurrences.set(path, occurrence + 1);
      const key = `${occurrence} ${path}`;
      let number = this.#columnNumbers.get(key);
      if (number === undefined) {
        number = this.#columns.length;
        this.#columns.push({
          slot,
          starts: this.#scratch.uint32s(initialValues),
          ends: this.#scratch.uint32s(initialValues),
          count: 0,
          dictionary: new ValueDictionary(this.#bytes, fewValuesLimit(this.#rowCount), true, (length) =>
            this.#scratch.uint32s(length),
          ),
        });
        this.#columnNumbers.set(key, number);
      }
      return number;
    });
  }

  /** From a few values straight to as many as there are rows: most columns are in most lines. */
  #grow(column: SplitColumn): void {
    const length = column.count <= initialValues * 4 ? column.starts.length * 4 : this.#rowCount;
    const starts = this.#scratch.uint32s(length);
    const ends = this.#scratch.uint32s(length);
    starts.set(column.starts);
    ends.set(column.ends);
    column.starts = starts;
    column.ends = ends;
  }

  finish(): SplitLines {
    const rare = this.#shapes.filter((shape) => shape.rows < worthwhileRows);
    if (rare.length === 0 || this.#rowCount < smallChunkRows) {
      return { shapeOfRow: this.#shapeOfRow, shapes: this.#shapes, columns: this.#columns };
    }
    return this.#withoutRareShapes();
  }

  #withoutRareShapes(): SplitLines {
    const kept = this.#shapes.filter((shape) => shape.rows >= worthwhileRows);
    const newNumber = new Map(kept.map((shape, index) => [shape.number, index + 1]));
    // Drop the values of rare shapes: walk the rows again, with a reading and a writing place in every column.
    const read = new Uint32Array(this.#columns.length);
    const written = new Uint32Array(this.#columns.length);
    for (let row = 0; row < this.#rowCount; row++) {
      const number = this.#shapeOfRow[row]!;
      if (number === 0) continue;
      const keeps = newNumber.has(number);
      for (const index of this.#shapes[number - 1]!.columns) {
        const column = this.#columns[index]!;
        const from = read[index]!++;
        if (!keeps) continue;
        const to = written[index]!++;
        column.starts[to] = column.starts[from]!;
        column.ends[to] = column.ends[from]!;
      }
      this.#shapeOfRow[row] = newNumber.get(number) ?? 0;
    }
    const columnNumber = new Map<number, number>();
    const columns: SplitColumn[] = [];
    for (const [index, column] of this.#columns.entries()) {
      if (column.count !== written[index]) column.dictionary = undefined;
      column.count = written[index]!;
      if (column.count > 0) columnNumber.set(index, columns.push(column) - 1);
    }
    const shapes = kept.map(({ shape, columns: old }) => ({
      shape,
      columns: old.map((index) => columnNumber.get(index)!),
    }));
    return { shapeOfRow: this.#shapeOfRow, shapes, columns };
  }
}
