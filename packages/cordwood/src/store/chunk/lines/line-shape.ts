import { type ByteReader, MalformedBytes } from '../../../codec/byte-reader.ts';
import type { ByteWriter } from '../../../codec/byte-writer.ts';

/**
 * The shape of a JSON line: its bytes without its values. `{"level":"INFO","ms":12}` is the literals `{"level":"`, `","ms":`
 * and `}` around two slots. Lines of one shape share the literals; their values go into columns. Literals and values one
 * after the other are the line, byte for byte, whatever its spacing, order of keys or spelling of numbers.
 *
 * A slot is the inside of a string (escapes as written), a scalar, or an array as a whole; objects are walked into. A line
 * that is not one JSON object, or that is odd in some way that this file does not know, has no shape and is kept whole.
 */
export interface LineShape {
  /** slots.length + 1 pieces, concatenated; piece i is [pieceEnds[i - 1], pieceEnds[i]). */
  readonly literals: Uint8Array;
  readonly pieceEnds: Uint32Array;
  readonly slots: readonly ShapeSlot[];
}

export interface ShapeSlot {
  readonly kind: SlotKind;
  /** Keys from the outermost object, as written (escapes not resolved). */
  readonly path: readonly string[];
}

/** Written to disk: never renumber. */
export const slotKinds = { string: 0, scalar: 1, array: 2 } as const;
export type SlotKind = (typeof slotKinds)[keyof typeof slotKinds];

export const shapeLimits = {
  /** Slots of a line; one with more is kept whole. Bounds the columns of a chunk. */
  slots: 200,
  /** Objects within objects. */
  depth: 16,
  /** Shapes of a chunk; lines of further shapes are kept whole. */
  shapes: 200,
  /** Once a chunk has so many columns, no further shape is taken. */
  columns: 400,
} as const;

/** Where the values of a line are, slot by slot. Reused from line to line. */
export class SlotValues {
  readonly starts = new Uint32Array(shapeLimits.slots);
  readonly ends = new Uint32Array(shapeLimits.slots);
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Bytes that end the fast loop over the inside of a string: quote, backslash, control characters. */
const stopsString = new Uint8Array(256);
stopsString.fill(1, 0, 0x20);
stopsString[quote] = 1;
stopsString[backslash] = 1;

/** Bytes that numbers and the names true, false, null are made of. */
const inScalar = new Uint8Array(256);
for (const character of '+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') {
  inScalar[character.charCodeAt(0)] = 1;
}

/** Has the line this shape? Then `values` tells where its values are. */
export function matchesShape(
  shape: LineShape,
  bytes: Uint8Array,
  start: number,
  end: number,
  values: SlotValues,
): boolean {
  const { literals, pieceEnds, slots } = shape;
  const { starts, ends } = values;
  const slotCount = slots.length;
  let position = start;
  let at = 0;
  for (let slot = 0; ; slot++) {
    const pieceEnd = pieceEnds[slot]!;
    if (position + pieceEnd - at > end) return false;
    while (at < pieceEnd) if (bytes[position++] !== literals[at++]) return false;
    if (slot === slotCount) return position === end;
    starts[slot] = position;
    const kind = slots[slot]!.kind;
    if (kind === slotKinds.string) position = stringEnd(bytes, position, end);
    else if (kind === slotKinds.scalar) position = scalarEnd(bytes, position, end);
    else position = arrayEnd(bytes, position, end);
    if (position < 0) return false;
    ends[slot] = position;
  }
}

/** Position of the closing quote of a string that begins at `start`, or -1: not closed, or a control character in it. */
function stringEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  for (;;) {
    while (position < end && stopsString[bytes[position]!] === 0) position++;
    if (position >= end) return -1;
    const byte = bytes[position]!;
    if (byte === quote) return position;
    if (byte !== backslash) return -1;
    position += 2;
  }
}

/** Position behind a number, true, false or null that begins at `start`, or -1. */
function scalarEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end && inScalar[bytes[position]!] === 1) position++;
  return isScalar(bytes, start, position) ? position : -1;
}

/** Position behind an array that begins at `start`, or -1. Brackets must pair; what is between them is not looked at. */
function arrayEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== openBracket) return -1;
  let depth = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (byte === quote) {
      position = stringEnd(bytes, position + 1, end);
      if (position < 0) return -1;
    } else if (byte === openBracket || byte === openBrace) depth++;
    else if (byte === closeBracket || byte === closeBrace) {
      depth--;
      if (depth === 0) return byte === closeBracket ? position + 1 : -1;
    }
  }
  return -1;
}

function isScalar(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  if (end - start === 4) {
    if (first === 0x74) return bytes[start + 1] === 0x72 && bytes[start + 2] === 0x75 && bytes[start + 3] === 0x65;
    if (first === 0x6e) return bytes[start + 1] === 0x75 && bytes[start + 2] === 0x6c && bytes[start + 3] === 0x6c;
  }
  if (end - start === 5 && first === 0x66) {
    return (
      bytes[start + 1] === 0x61 && bytes[start + 2] === 0x6c && bytes[start + 3] === 0x73 && bytes[start + 4] === 0x65
    );
  }
  return isNumber(bytes, start, end);
}

/** -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? */
function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let position = start;
  if (bytes[position] === 0x2d) position++;
  const integerStart = position;
  position = digitsEnd(bytes, position, end);
  const digits = position - integerStart;
  if (digits === 0 || (digits > 1 && bytes[integerStart] === 0x30)) return false;
  if (position < end && bytes[position] === 0x2e) {
    const fractionStart = position + 1;
    position = digitsEnd(bytes, fractionStart, end);
    if (position === fractionStart) return false;
  }
  if (position < end && (bytes[position]! | 0x20) === 0x65) {
    position++;
    if (bytes[position] === 0x2b || bytes[position] === 0x2d) position++;
    const exponentStart = position;
    position = digitsEnd(bytes, position, end);
    if (position === exponentStart) return false;
  }
  return position === end;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end && bytes[position]! >= 0x30 && bytes[position]! <= 0x39) position++;
  return position;
}

/** The shape of a line, or undefined when it must be kept whole. */
export function shapeOf(bytes: Uint8Array, start: number, end: number): LineShape | undefined {
  return new ShapeParser(bytes, start, end).parse();
}

class ShapeParser {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #slots: ShapeSlot[] = [];
  readonly #valueStarts: number[] = [];
  readonly #valueEnds: number[] = [];
  #position: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#position = start;
  }

  parse(): LineShape | undefined {
    if (!this.#object([])) return undefined;
    this.#skipSpace();
    if (this.#position !== this.#end) return undefined;
    const slots = this.#slots;
    const pieces: Uint8Array[] = [];
    const pieceEnds = new Uint32Array(slots.length + 1);
    let from = this.#start;
    let total = 0;
    for (let slot = 0; slot <= slots.length; slot++) {
      const piece = this.#bytes.subarray(from, this.#valueStarts[slot] ?? this.#end);
      pieces.push(piece);
      total += piece.length;
      pieceEnds[slot] = total;
      from = this.#valueEnds[slot]!;
    }
    return { literals: Uint8Array.from(Buffer.concat(pieces)), pieceEnds, slots };
  }

  #object(path: readonly string[]): boolean {
    if (path.length > shapeLimits.depth || this.#bytes[this.#position] !== openBrace) return false;
    this.#position++;
    this.#skipSpace();
    if (this.#bytes[this.#position] === closeBrace) {
      this.#position++;
      return true;
    }
    for (;;) {
      const keyStart = this.#position + 1;
      if (this.#position >= this.#end || this.#bytes[this.#position] !== quote) return false;
      const keyEnd = stringEnd(this.#bytes, keyStart, this.#end);
      if (keyEnd < 0) return false;
      this.#position = keyEnd + 1;
      this.#skipSpace();
      if (this.#take() !== colon) return false;
      this.#skipSpace();
      const key = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + keyStart, keyEnd - keyStart).toString();
      if (!this.#value([...path, key])) return false;
      this.#skipSpace();
      const next = this.#take();
      if (next === closeBrace) return true;
      if (next !== comma) return false;
      this.#skipSpace();
    }
  }

  #value(path: readonly string[]): boolean {
    const byte = this.#position < this.#end ? this.#bytes[this.#position]! : 0;
    if (byte === openBrace) return this.#object(path);
    if (this.#slots.length >= shapeLimits.slots) return false;
    let valueStart = this.#position;
    let valueEnd: number;
    let kind: SlotKind;
    if (byte === quote) {
      kind = slotKinds.string;
      valueStart++;
      valueEnd = stringEnd(this.#bytes, valueStart, this.#end);
    } else if (byte === openBracket) {
      kind = slotKinds.array;
      valueEnd = arrayEnd(this.#bytes, valueStart, this.#end);
    } else {
      kind = slotKinds.scalar;
      valueEnd = scalarEnd(this.#bytes, valueStart, this.#end);
    }
    if (valueEnd < 0) return false;
    this.#slots.push({ kind, path });
    this.#valueStarts.push(valueStart);
    this.#valueEnds.push(valueEnd);
    // The closing quote belongs to the next literal.
    this.#position = byte === quote ? valueEnd + 1 : valueEnd;
    return true;
  }

  #take(): number {
    return this.#position < this.#end ? this.#bytes[this.#position++]! : 0;
  }

  #skipSpace(): void {
    while (this.#position < this.#end && isSpace(this.#bytes[this.#position]!)) this.#position++;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Equal for equal shapes. Literals have the keys in them, so paths need not be compared. */
export function shapeKey(shape: LineShape): string {
  const { literals } = shape;
  const text = Buffer.from(literals.buffer, literals.byteOffset, literals.length).toString('latin1');
  return `${shape.pieceEnds.join()} ${shape.slots.map((slot) => slot.kind).join('')} ${text}`;
}

/** `columnOf`: number of the column that a slot's values are in. */
export function writeShape(writer: ByteWriter, shape: LineShape, columns: readonly number[]): void {
  writer.varint(shape.slots.length);
  let from = 0;
  for (const end of shape.pieceEnds) {
    writer.block(shape.literals.subarray(from, end));
    from = end;
  }
  for (const column of columns) writer.varint(column);
}

/** A shape as it comes back: its slots are columns. */
export interface StoredShape {
  readonly literals: Uint8Array;
  readonly pieceEnds: Uint32Array;
  readonly columns: Uint32Array;
}

export function readShape(reader: ByteReader): StoredShape {
  const slotCount = reader.varint();
  if (slotCount > shapeLimits.slots) throw new MalformedBytes(`shape of ${slotCount} slots`, reader.offset);
  const pieces: Uint8Array[] = [];
  const pieceEnds = new Uint32Array(slotCount + 1);
  let total = 0;
  for (let piece = 0; piece <= slotCount; piece++) {
    const bytes = reader.block();
    pieces.push(bytes);
    total += bytes.length;
    pieceEnds[piece] = total;
  }
  const columns = new Uint32Array(slotCount);
  for (let slot = 0; slot < slotCount; slot++) columns[slot] = reader.varint();
  return { literals: Uint8Array.from(Buffer.concat(pieces)), pieceEnds, columns };
}
