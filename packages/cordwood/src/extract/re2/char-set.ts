/**
 * Sets of Unicode code points: a sorted list of inclusive ranges [lo, hi, lo, hi, ...] that neither touch nor overlap.
 */
export type CharSet = readonly number[];

export const maxCodePoint = 0x10ffff;
export const emptySet: CharSet = [];
export const fullSet: CharSet = [0, maxCodePoint];
export const notNewline: CharSet = [0, 9, 11, maxCodePoint];

/** Sorts ranges given in any order and joins those that touch. */
export function normalizeSet(ranges: readonly number[]): CharSet {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort((a, b) => a[0] - b[0]);
  const set: number[] = [];
  for (const [lo, hi] of pairs) {
    const last = set.length - 1;
    if (last > 0 && lo <= set[last]! + 1) set[last] = Math.max(set[last]!, hi);
    else set.push(lo, hi);
  }
  return set;
}

export function unionSets(...sets: readonly CharSet[]): CharSet {
  return normalizeSet(sets.flat());
}

export function negateSet(set: CharSet): CharSet {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (next < set[i]!) out.push(next, set[i]! - 1);
    next = set[i + 1]! + 1;
  }
  if (next <= maxCodePoint) out.push(next, maxCodePoint);
  return out;
}

export function intersectSets(a: CharSet, b: CharSet): CharSet {
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const lo = Math.max(a[i]!, b[j]!);
    const hi = Math.min(a[i + 1]!, b[j + 1]!);
    if (lo <= hi) out.push(lo, hi);
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return out;
}

export function setHas(set: CharSet, codePoint: number): boolean {
  let lo = 0;
  let hi = set.length >> 1;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (codePoint > set[2 * mid + 1]!) lo = mid + 1;
    else hi = mid;
  }
  return 2 * lo < set.length && codePoint >= set[2 * lo]!;
}

export function setsOverlap(a: CharSet, b: CharSet): boolean {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i + 1]! < b[j]!) i += 2;
    else if (b[j + 1]! < a[i]!) j += 2;
    else return true;
  }
  return false;
}

export function setsEqual(a: CharSet, b: CharSet): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Number of code points. */
export function setSize(set: CharSet): number {
  let size = 0;
  for (let i = 0; i < set.length; i += 2) size += set[i + 1]! - set[i]! + 1;
  return size;
}
