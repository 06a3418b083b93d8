import type { ValueDictionary } from './dictionary.ts';

/**
 * A column of values that are bytes: the values of one JSON path, in the order of the rows that have it. Stored by whichever
 * codec of the registry fits, always so that every value comes back byte for byte.
 */

/** Values as places in bytes: value i is bytes[starts[i], ends[i]). */
export interface ValueList {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
  /** When the entry of value i was logged: nanoseconds since the epoch = day * 86400e9 + offsets[i]. */
  readonly times: ValueTimes;
  /** The different values, where they were told apart while the lines were read. */
  readonly dictionary?: ValueDictionary | undefined;
}

export interface ValueTimes {
  readonly day: number;
  readonly offsets: Float64Array;
}

/** Decoded values. */
export interface ValueColumn {
  readonly count: number;
  /** Writes value `index` to out[at...] and returns the end. There is room. */
  write(index: number, out: Uint8Array, at: number): number;
  text(index: number): string;
  /** Few different values: their texts and which one each has. */
  readonly dictionary?: { readonly codes: Uint32Array; readonly texts: readonly string[] };
  /** Each value as a number, where that is cheaper than through its text. */
  number?(index: number): number;
  /** By value, 1 for those that satisfy the condition; undefined when none does. */
  search(condition: ValueCondition): Uint8Array | undefined;
}

export interface ValueCondition {
  readonly kind: 'contains' | 'startsWith' | 'endsWith' | 'equals';
  /** Lower case when `ignoreCase`. */
  readonly literal: Uint8Array;
  /** Of ASCII letters. */
  readonly ignoreCase: boolean;
}

/** Does this value satisfy the condition? */
export function satisfies(condition: ValueCondition, bytes: Uint8Array, start: number, end: number): boolean {
  const { literal, kind } = condition;
  const length = end - start;
  if (literal.length > length) return false;
  switch (kind) {
    case 'equals':
      return literal.length === length && matchesAt(condition, bytes, start);
    case 'startsWith':
      return matchesAt(condition, bytes, start);
    case 'endsWith':
      return matchesAt(condition, bytes, end - literal.length);
    case 'contains':
      for (let at = start; at + literal.length <= end; at++) if (matchesAt(condition, bytes, at)) return true;
      return false;
  }
}

function matchesAt({ literal, ignoreCase }: ValueCondition, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < literal.length; i++) {
    const byte = bytes[at + i]!;
    if (byte === literal[i]) continue;
    if (!ignoreCase || byte < 0x41 || byte > 0x5a || (byte | 0x20) !== literal[i]) return false;
  }
  return true;
}

/** Bytes that values may be made of, to rule out literals that cannot be in any of them. */
export function alphabet(...parts: readonly Uint8Array[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const part of parts) for (const byte of part) table[byte] = 1;
  return table;
}

/** Could the literal be in text made of this alphabet? */
export function isMadeOf(table: Uint8Array, { literal, ignoreCase }: ValueCondition): boolean {
  return literal.every(
    (byte) => table[byte] === 1 || (ignoreCase && byte >= 0x61 && byte <= 0x7a && table[byte - 0x20] === 1),
  );
}

/** Looks at every value. `scratch` has room for the longest. */
export function searchEach(
  column: Pick<ValueColumn, 'count' | 'write'>,
  condition: ValueCondition,
  scratch: Uint8Array,
): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (let i = 0; i < column.count; i++) {
    if (!satisfies(condition, scratch, 0, column.write(i, scratch, 0))) continue;
    found ??= new Uint8Array(column.count);
    found[i] = 1;
  }
  return found;
}

/** Copies a short run of bytes; below some dozens of bytes this beats a call. */
export function copyBytes(from: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  if (end - start > 48) {
    out.set(from.subarray(start, end), at);
    return at + end - start;
  }
  let to = at;
  for (let i = start; i < end; i++) out[to++] = from[i]!;
  return to;
}

export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
