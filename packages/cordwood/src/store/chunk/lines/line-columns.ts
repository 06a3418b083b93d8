import { ByteReader, MalformedBytes } from '../../../codec/byte-reader.ts';
import { decodeValues } from '../../../codec/values/registry.ts';
import {
  satisfies,
  type ValueColumn,
  type ValueCondition,
  type ValueTimes,
} from '../../../codec/values/value-column.ts';
import type { FieldColumn, LineColumn } from '../../../model/batch.ts';
import { readShape, type SlotKind, type StoredShape, shapeLimits, slotKinds } from './line-shape.ts';
import { type Alignment, alignLiteral, canAlign } from './literal-search.ts';

/** What a chunk gives to put its lines together; all of it decoded when first asked for. */
export interface LineSource {
  readonly rowCount: number;
  readonly columns: readonly LineColumnInfo[];
  lineLengths(): Uint32Array;
  /** The shapes section; undefined when all lines are kept whole. */
  shapes(): Uint8Array | undefined;
  /** Row -> 0 for a line kept whole, else 1 + index of the shape; undefined when all lines have the first shape. */
  shapeIndexes(): Uint32Array | undefined;
  /** Bytes of the lines kept whole, one after the other. */
  wholeLines(): Uint8Array;
  /** Data of a value column. */
  data(column: number): Uint8Array;
  /** Times of these rows; of all when undefined. */
  times(rows: Uint32Array | undefined): ValueTimes;
}

export interface LineColumnInfo {
  readonly path: readonly string[];
  readonly kind: SlotKind;
}

/** The lines of a chunk as columns: puts lines together, searches and reads fields without doing so. */
export class LineColumns {
  readonly #source: LineSource;
  readonly #shapes: readonly StoredShape[];
  readonly #values: readonly ValueColumn[];
  /** Undefined: all lines have the first shape, and value i is that of row i. Or there are no shapes at all. */
  readonly #mixed: Uint32Array | undefined;
  readonly #positions: (Int32Array | undefined)[] = [];
  readonly #fields = new Map<string, FieldColumn | undefined>();
  readonly #found = new Map<string, Uint8Array>();
  #ambiguous: boolean[] | undefined;
  #whole: { bytes: Buffer; starts: Uint32Array } | undefined;

  constructor(source: LineSource) {
    this.#source = source;
    const section = source.shapes();
    if (section === undefined) {
      this.#shapes = [];
      this.#values = [];
      return;
    }
    const reader = new ByteReader(section);
    this.#shapes = readShapes(reader, source.columns.length);
    this.#values = source.columns.map((_, column) => this.#readHeader(reader, column));
    this.#mixed = source.shapeIndexes();
    for (const shape of this.#mixed ?? []) {
      if (shape > this.#shapes.length) throw new MalformedBytes(`shape ${shape} of ${this.#shapes.length}`, 0);
    }
  }

  #readHeader(reader: ByteReader, column: number): ValueColumn {
    const count = reader.varint();
    if (count > this.#source.rowCount) throw new MalformedBytes(`${count} values`, reader.offset);
    return decodeValues(reader, {
      count,
      data: () => new ByteReader(this.#source.data(column)),
      times: () => this.#source.times(this.#mixed === undefined ? undefined : this.#rowsOf(column)),
    });
  }

  get hasShapes(): boolean {
    return this.#shapes.length > 0;
  }

  /** Lines of `rows`; those with a 0 in `only` come empty. */
  lines(rows: Uint32Array, only: Uint8Array | undefined): LineColumn {
    const lengths = this.#source.lineLengths();
    const starts = new Uint32Array(rows.length);
    const ends = new Uint32Array(rows.length);
    if (!this.hasShapes) return this.#wholeOnly(rows, starts, ends);
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      starts[i] = total;
      if (only === undefined || only[i] === 1) total += lengths[rows[i]!]!;
      ends[i] = total;
    }
    const bytes = Buffer.allocUnsafeSlow(total);
    for (let i = 0; i < rows.length; i++) {
      if (only !== undefined && only[i] !== 1) continue;
      const end = this.#writeLine(rows[i]!, bytes, starts[i]!);
      if (end !== ends[i]) throw new MalformedBytes(`line of row ${rows[i]} has another length`, 0);
    }
    return { bytes, starts, ends };
  }

  #wholeOnly(rows: Uint32Array, starts: Uint32Array, ends: Uint32Array): LineColumn {
    const whole = this.#wholeLines();
    const lengths = this.#source.lineLengths();
    for (let i = 0; i < rows.length; i++) {
      starts[i] = whole.starts[rows[i]!]!;
      ends[i] = starts[i]! + lengths[rows[i]!]!;
    }
    return { bytes: whole.bytes, starts, ends };
  }

  #writeLine(row: number, out: Uint8Array, start: number): number {
    const shapeIndex = this.#mixed === undefined ? 1 : this.#mixed[row]!;
    if (shapeIndex === 0) {
      const whole = this.#wholeLines();
      const from = whole.starts[row]!;
      const length = this.#source.lineLengths()[row]!;
      out.set(whole.bytes.subarray(from, from + length), start);
      return start + length;
    }
    const { literals, pieceEnds, columns } = this.#shapes[shapeIndex - 1]!;
    let at = start;
    let from = 0;
    for (let slot = 0; slot < columns.length; slot++) {
      const pieceEnd = pieceEnds[slot]!;
      while (from < pieceEnd) out[at++] = literals[from++]!;
      const column = columns[slot]!;
      at = this.#values[column]!.write(this.#mixed === undefined ? row : this.#positionsOf(column)[row]!, out, at);
    }
    while (from < literals.length) out[at++] = literals[from++]!;
    return at;
  }

  #wholeLines(): { bytes: Buffer; starts: Uint32Array } {
    if (this.#whole === undefined) {
      const raw = this.#source.wholeLines();
      const lengths = this.#source.lineLengths();
      const starts = new Uint32Array(this.#source.rowCount);
      let offset = 0;
      for (let row = 0; row < starts.length; row++) {
        starts[row] = offset;
        if (!this.hasShapes || this.#mixed?.[row] === 0) offset += lengths[row]!;
      }
      if (offset !== raw.length) throw new MalformedBytes('line lengths do not add up', 0);
      this.#whole = { bytes: Buffer.from(raw.buffer, raw.byteOffset, raw.length), starts };
    }
    return this.#whole;
  }

  /** Row -> index of its value in the column, or -1. */
  #positionsOf(column: number): Int32Array {
    let positions = this.#positions[column];
    if (positions === undefined) {
      const has = [false, ...this.#shapes.map((shape) => shape.columns.includes(column))];
      positions = new Int32Array(this.#source.rowCount);
      const shapeIndexes = this.#mixed!;
      let next = 0;
      for (let row = 0; row < positions.length; row++) positions[row] = has[shapeIndexes[row]!] ? next++ : -1;
      this.#positions[column] = positions;
    }
    return positions;
  }

  #rowsOf(column: number): Uint32Array {
    const positions = this.#positionsOf(column);
    const rows: number[] = [];
    for (let row = 0; row < positions.length; row++) if (positions[row]! >= 0) rows.push(row);
    return Uint32Array.from(rows);
  }

  // --- search --------------------------------------------------------------------------------------------------------------

  /**
   * Rows whose line contains the literal, exactly; undefined when that takes the lines themselves. Rows that are not in `only` may be
   * left out.
   */
  findLiteral(literal: Uint8Array, ignoreCase: boolean, only?: Uint32Array): Uint8Array | undefined {
    if (!this.hasShapes || literal.length === 0 || !canAlign(literal)) return undefined;
    const key = `${ignoreCase ? 'i' : '='}${Buffer.from(literal).toString('latin1')}`;
    let found = this.#found.get(key);
    if (found === undefined) {
      const alignments = this.#alignmentsOf(literal, ignoreCase);
      const few = only !== undefined && only.length * fewRows < this.#source.rowCount;
      if (few && alignments.every((places) => places !== 'all' && places.length <= fewPlaces)) {
        return this.#searchRows(literal, ignoreCase, alignments, only);
      }
      found = this.#search(literal, ignoreCase, alignments);
      this.#found.set(key, found);
    }
    return found;
  }

  /** For each shape where the literal may stand. */
  #alignmentsOf(literal: Uint8Array, ignoreCase: boolean): ShapeAlignments[] {
    const { columns } = this.#source;
    return this.#shapes.map((shape) => {
      const kinds = [...shape.columns].map((column) => columns[column]!.kind);
      return alignLiteral(shape, kinds, literal, ignoreCase);
    });
  }

  #search(literal: Uint8Array, ignoreCase: boolean, alignmentsOf: readonly ShapeAlignments[]): Uint8Array {
    const { rowCount } = this.#source;
    const found = new Uint8Array(rowCount);
    const masks = new Map<string, Uint8Array | undefined>();
    for (const [index, shape] of this.#shapes.entries()) {
      const alignments = alignmentsOf[index]!;
      if (alignments === 'all') {
        if (this.#mixed === undefined) found.fill(1);
        else for (let row = 0; row < rowCount; row++) if (this.#mixed[row] === index + 1) found[row] = 1;
      } else for (const alignment of alignments) this.#mark(shape, index + 1, alignment, masks, found);
    }
    if (this.#mixed?.includes(0)) this.#searchWhole(literal, ignoreCase, found);
    return found;
  }

  /** Looks at a few rows one by one, which spares most values. */
  #searchRows(
    literal: Uint8Array,
    ignoreCase: boolean,
    alignmentsOf: readonly ShapeAlignments[],
    rows: Uint32Array,
  ): Uint8Array {
    const found = new Uint8Array(this.#source.rowCount);
    const lengths = this.#source.lineLengths();
    const scratch = Buffer.allocUnsafe(rows.reduce((longest, row) => Math.max(longest, lengths[row]!), 0));
    const whole: ValueCondition = { kind: 'contains', literal, ignoreCase };
    for (const row of rows) {
      const number = this.#mixed === undefined ? 1 : this.#mixed[row]!;
      if (number === 0) {
        const { bytes, starts } = this.#wholeLines();
        if (satisfies(whole, bytes, starts[row]!, starts[row]! + lengths[row]!)) found[row] = 1;
        continue;
      }
      const alignments = alignmentsOf[number - 1]!;
      const shape = this.#shapes[number - 1]!;
      if (alignments === 'all' || alignments.some((one) => this.#satisfiesAll(one, shape, row, scratch)))
        found[row] = 1;
    }
    return found;
  }

  #satisfiesAll(alignment: Alignment, shape: StoredShape, row: number, scratch: Uint8Array): boolean {
    for (const { slot, condition } of alignment) {
      const column = shape.columns[slot]!;
      const index = this.#mixed === undefined ? row : this.#positionsOf(column)[row]!;
      if (!satisfies(condition, scratch, 0, this.#values[column]!.write(index, scratch, 0))) return false;
    }
    return true;
  }

  /** Marks rows of a shape that satisfy all conditions of an alignment. */
  #mark(
    shape: StoredShape,
    number: number,
    alignment: Alignment,
    masks: Map<string, Uint8Array | undefined>,
    found: Uint8Array,
  ): void {
    const parts: { mask: Uint8Array; positions: Int32Array | undefined }[] = [];
    for (const { slot, condition } of alignment) {
      const column = shape.columns[slot]!;
      const key = `${column} ${condition.kind} ${condition.literal.length} ${condition.literal.byteOffset}`;
      if (!masks.has(key)) masks.set(key, this.#values[column]!.search(condition));
      const mask = masks.get(key);
      if (mask === undefined) return;
      parts.push({ mask, positions: this.#mixed === undefined ? undefined : this.#positionsOf(column) });
    }
    rows: for (let row = 0; row < found.length; row++) {
      if (this.#mixed !== undefined && this.#mixed[row] !== number) continue;
      for (const { mask, positions } of parts) {
        if (mask[positions === undefined ? row : positions[row]!] === 0) continue rows;
      }
      found[row] = 1;
    }
  }

  #searchWhole(literal: Uint8Array, ignoreCase: boolean, found: Uint8Array): void {
    const { bytes, starts } = this.#wholeLines();
    const lengths = this.#source.lineLengths();
    const condition = { kind: 'contains', literal, ignoreCase } as const;
    for (let row = 0; row < found.length; row++) {
      if (this.#mixed![row] !== 0) continue;
      const start = starts[row]!;
      const end = start + lengths[row]!;
      const hit = ignoreCase ? satisfies(condition, bytes, start, end) : bytes.subarray(start, end).includes(literal);
      if (hit) found[row] = 1;
    }
  }

  // --- fields --------------------------------------------------------------------------------------------------------------

  paths(): readonly (readonly string[])[] {
    const byText = new Map<string, readonly string[]>();
    for (const { path } of this.#source.columns) byText.set(JSON.stringify(path), path);
    return [...byText.values()];
  }

  /** The values at a path by row; undefined when all lines are kept whole. */
  field(path: readonly string[]): FieldColumn | undefined {
    if (!this.hasShapes) return undefined;
    const key = JSON.stringify(path);
    if (!this.#fields.has(key)) this.#fields.set(key, this.#readField(path));
    return this.#fields.get(key);
  }

  #readField(path: readonly string[]): FieldColumn {
    const { columns } = this.#source;
    const own = [...columns.keys()].filter((column) => equalPaths(columns[column]!.path, path));
    // Shape (0: kept whole) -> column, or what its rows are instead.
    this.#ambiguous ??= this.#shapes.map((shape) => isAmbiguous(shape, columns));
    const columnOfShape = [
      unknown,
      ...this.#shapes.map((shape, i) => (this.#ambiguous![i] ? unknown : this.#columnAt(shape, path, own))),
    ];
    const used = [...new Set(columnOfShape.filter((column) => column >= 0))];
    const columnOf = (row: number) => columnOfShape[this.#mixed === undefined ? 1 : this.#mixed[row]!]!;
    const at = (column: number, row: number) => (this.#mixed === undefined ? row : this.#positionsOf(column)[row]!);
    const state = this.#states(columnOfShape);
    const field: { -readonly [Key in keyof FieldColumn]: FieldColumn[Key] } = {
      state,
      value: (row) => this.#values[columnOf(row)]!.text(at(columnOf(row), row)),
    };
    if (used.length === 1) {
      const [column] = used;
      const values = this.#values[column!]!;
      if (values.dictionary !== undefined) field.dictionary = this.#byRow(column!, values.dictionary);
      if (values.number !== undefined) field.number = (row) => values.number!(at(column!, row));
    }
    return field;
  }

  #states(columnOfShape: readonly number[]): Uint8Array {
    const { rowCount } = this.#source;
    const whole = columnOfShape[1]!;
    if (this.#mixed === undefined) {
      if (whole >= 0) return this.#clearValues(whole);
      return new Uint8Array(rowCount).fill(whole === absent ? 0 : 2);
    }
    const parts = columnOfShape.map((column) =>
      column < 0 ? undefined : { clear: this.#clearValues(column), positions: this.#positionsOf(column) },
    );
    const state = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const shape = this.#mixed[row]!;
      const part = parts[shape];
      if (part !== undefined) state[row] = part.clear[part.positions[row]!]!;
      else state[row] = columnOfShape[shape] === absent ? 0 : 2;
    }
    return state;
  }

  /** The column with the values of `path` in lines of this shape, or `absent` or `unknown`. */
  #columnAt(shape: StoredShape, path: readonly string[], own: readonly number[]): number {
    const columns = [...shape.columns];
    const direct = columns.filter((column) => own.includes(column));
    if (direct.length === 1) {
      return this.#source.columns[direct[0]!]!.kind === slotKinds.array ? unknown : direct[0]!;
    }
    if (direct.length > 1) return unknown;
    // An object stands there, or an array above, or an empty object anywhere: the line must be looked at.
    const related = columns.some((column) => {
      const other = this.#source.columns[column]!;
      return startsWithPath(other.path, path) || (other.kind === slotKinds.array && startsWithPath(path, other.path));
    });
    return related || hasEmptyObject(shape) ? unknown : absent;
  }

  /** By value: 1 when its bytes are the text of the field, 2 when the line must be looked at (escapes, null). */
  #clearValues(column: number): Uint8Array {
    const values = this.#values[column]!;
    const isString = this.#source.columns[column]!.kind === slotKinds.string;
    const condition: ValueCondition = isString
      ? { kind: 'contains', literal: escapeByte, ignoreCase: false }
      : { kind: 'equals', literal: nullName, ignoreCase: false };
    const odd = values.search(condition);
    if (odd === undefined) return new Uint8Array(values.count).fill(1);
    for (let i = 0; i < odd.length; i++) odd[i]! += 1;
    return odd;
  }

  #byRow(
    column: number,
    { codes, texts }: NonNullable<ValueColumn['dictionary']>,
  ): NonNullable<FieldColumn['dictionary']> {
    if (this.#mixed === undefined) return { codes, texts };
    const positions = this.#positionsOf(column);
    const byRow = new Uint32Array(positions.length);
    for (let row = 0; row < positions.length; row++) if (positions[row]! >= 0) byRow[row] = codes[positions[row]!]!;
    return { codes: byRow, texts };
  }
}

/** One row in so many: looking at each of them costs less than searching all values. */
const fewRows = 8;
/** A literal that may stand in many columns is ruled out of most of them by what their headers say. */
const fewPlaces = 2;

type ShapeAlignments = ReturnType<typeof alignLiteral>;

const absent = -1;
const unknown = -2;
const emptyObject = /\{[ \t\r\n]*\}/g;
const escapeByte = Buffer.from('\\');
const nullName = Buffer.from('null');

function readShapes(reader: ByteReader, columnCount: number): StoredShape[] {
  const count = reader.varint();
  if (count > shapeLimits.shapes) throw new MalformedBytes(`${count} shapes`, 0);
  const shapes: StoredShape[] = [];
  for (let i = 0; i < count; i++) {
    const shape = readShape(reader);
    for (const column of shape.columns) {
      if (column >= columnCount) throw new MalformedBytes(`column ${column} of ${columnCount}`, reader.offset);
    }
    shapes.push(shape);
  }
  return shapes;
}

/** A key that occurs twice, or that is written with escapes: what counts is for the reader of the line to say. */
function isAmbiguous(shape: StoredShape, columns: readonly LineColumnInfo[]): boolean {
  if (shape.literals.includes(0x5c)) return true;
  const paths = [...shape.columns].map((column) => columns[column]!.path);
  const texts = new Set(paths.map((path) => JSON.stringify(path)));
  if (texts.size < paths.length) return true;
  for (const path of paths) {
    for (let length = 1; length < path.length; length++)
      if (texts.has(JSON.stringify(path.slice(0, length)))) return true;
  }
  return reopensObject(shape, columns);
}

/** `{"o":{"a":1},"o":{"b":2}}`: more objects are closed between two values than their paths need. */
function reopensObject(shape: StoredShape, columns: readonly LineColumnInfo[]): boolean {
  for (let slot = 1; slot < shape.columns.length; slot++) {
    const before = columns[shape.columns[slot - 1]!]!.path;
    const after = columns[shape.columns[slot]!]!.path;
    let common = 0;
    while (common < before.length - 1 && common < after.length - 1 && before[common] === after[common]) common++;
    const piece = Buffer.from(shape.literals.subarray(shape.pieceEnds[slot - 1], shape.pieceEnds[slot]));
    const closed = piece.toString('latin1').replace(emptyObject, '').split('}').length - 1;
    if (closed > before.length - 1 - common) return true;
  }
  return false;
}

function hasEmptyObject(shape: StoredShape): boolean {
  return Buffer.from(shape.literals).toString('latin1').search(emptyObject) >= 0;
}

function equalPaths(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWithPath(a, b);
}

function startsWithPath(path: readonly string[], start: readonly string[]): boolean {
  return start.length <= path.length && start.every((key, i) => key === path[i]);
}
