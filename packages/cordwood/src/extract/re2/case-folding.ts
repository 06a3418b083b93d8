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
// changes can be in an orbit of more than one, some 2,900; they are grouped by the fold of their upper case's lower case
// and then checked against each other. Built at the first (?i) that meets a letter outside ASCII.
function completeOrbits(): void {
  complete = true;
  const candidates = new Map<string, number[]>();
  const changes = /[\p{Changes_When_Casefolded}\p{Changes_When_Casemapped}]/u;
  for (let code = 0x80; code <= maxFold; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const char = String.fromCodePoint(code);
    if (!changes.test(char)) continue;
    for (const key of new Set([char.toUpperCase(), char.toLowerCase(), char.toUpperCase().toLowerCase()])) {
      const group = candidates.get(key);
      if (group) group.push(code);
      else candidates.set(key, [code]);
    }
  }
  for (const [key, group] of candidates) {
    const all = [...group];
    if ([...key].length === 1) all.push(key.codePointAt(0)!);
    for (const code of group) {
      const same = new RegExp(`^\\u{${code.toString(16)}}$`, 'iu');
      for (const other of all) if (other !== code && same.test(String.fromCodePoint(other))) join(code, other);
    }
  }
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
