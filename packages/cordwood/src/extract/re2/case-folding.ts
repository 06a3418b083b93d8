import { type CharSet, normalizeSet } from './char-set.ts';

/**
 * Case folding as RE2 does it: a character stands for its whole orbit under Unicode simple folding (`k`, `K` and the Kelvin
 * sign are one orbit). V8's `i` flag is not used: without `u` it folds by other rules (`ſ` is not `s`), with `u` it is slow.
 */
const orbits = new Map<number, readonly number[]>();
let complete = false;

/** The first and last characters that fold to anything else. */
const minFold = 0x41;
const maxFold = 0x1e943;

const asciiOrbits: Record<string, string> = { k: 'kK\u212a', s: 'sS\u017f' };
for (let code = 0x61; code <= 0x7a; code++) {
  const letter = String.fromCharCode(code);
  const orbit = [...(asciiOrbits[letter] ?? letter + letter.toUpperCase())].map((char) => char.codePointAt(0)!);
  for (const member of orbit) orbits.set(member, orbit);
}

// V8's tables decide which characters are one orbit: /x/iu compares simple folds. Only characters that some case mapping
// changes can be in an orbit of more than one, some 2,900; they are grouped by their mappings. Two characters that map to
// each other are an orbit, the rest is asked one by one. Built at the first (?i) that meets a letter outside ASCII.
function completeOrbits(): void {
  complete = true;
  const candidates = new Map<string, number[]>();
  const changes = /[\p{Changes_When_Casefolded}\p{Changes_When_Casemapped}]/u;
  for (const [first, last] of casedBlocks) {
    for (let code = first; code <= last; code++) {
      const char = String.fromCodePoint(code);
      if (!changes.test(char)) continue;
      const upper = char.toUpperCase();
      for (const key of new Set([upper, char.toLowerCase(), upper.toLowerCase()])) {
        const group = candidates.get(key);
        if (group) group.push(code);
        else candidates.set(key, [code]);
      }
    }
  }
  for (const [key, group] of candidates) {
    const all = [...key].length === 1 ? [...new Set([...group, key.codePointAt(0)!])] : group;
    for (const code of group) {
      const others = all.filter((other) => other !== code && !foldOrbit(code).includes(other));
      if (others.length === 0) continue;
      let same: RegExp | undefined;
      for (const other of others) {
        if (!mapToEachOther(code, other)) {
          same ??= new RegExp(`^\\u{${code.toString(16)}}$`, 'iu');
          if (!same.test(String.fromCodePoint(other))) continue;
        }
        join(code, other);
      }
    }
  }
}

/** Outside of these no letter has a case. */
const casedBlocks: readonly (readonly [first: number, last: number])[] = [
  [0x80, 0x2fff],
  [0xa640, 0xabff],
  [0xfb00, 0xff5a],
  [0x10400, maxFold],
];

function mapToEachOther(a: number, b: number): boolean {
  const [first, second] = [String.fromCodePoint(a), String.fromCodePoint(b)];
  return (
    (first.toLowerCase() === second && second.toUpperCase() === first) ||
    (second.toLowerCase() === first && first.toUpperCase() === second)
  );
}

function join(a: number, b: number): void {
  const orbit = [...new Set([...(orbits.get(a) ?? [a]), ...(orbits.get(b) ?? [b])])].sort((x, y) => x - y);
  for (const member of orbit) orbits.set(member, orbit);
}

/** The characters equal to this one but for case, itself among them. */
export function foldOrbit(codePoint: number): readonly number[] {
  if (codePoint >= 0x80 && !complete) completeOrbits();
  return orbits.get(codePoint) ?? [codePoint];
}

/** The set with every character's orbit. */
export function foldSet(set: CharSet): CharSet {
  const out = [...set];
  for (let i = 0; i < set.length; i += 2) {
    const lo = Math.max(set[i]!, minFold);
    const hi = Math.min(set[i + 1]!, maxFold);
    if (set[i]! <= minFold && set[i + 1]! >= maxFold) continue;
    for (let code = lo; code <= hi; code++) {
      if (code >= 0x80 && !complete) completeOrbits();
      for (const member of orbits.get(code) ?? []) out.push(member, member);
    }
  }
  return normalizeSet(out);
}
