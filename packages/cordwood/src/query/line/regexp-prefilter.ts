import { Buffer, isAscii } from 'node:buffer';
import { foldOrbit } from '../../extract/re2/case-folding.ts';
import { type CharSet, setHas, setSize } from '../../extract/re2/char-set.ts';
import { parsePattern } from '../../extract/re2/parse-pattern.ts';
import type { Re2Node } from '../../extract/re2/syntax-tree.ts';
import { compileRe2 } from '../../extract/re2.ts';
import type { BatchLines } from './batch-lines.ts';
import { isWorthSearching, markRowsWith } from './block-search.ts';
import { addRows } from './line-test.ts';

/**
 * Most regular expressions that people write contain a run of characters of fixed length: `(?i)auth_failed`, `S-499[0-9]`.
 * Every match has the run in it, and runs are found much faster than matches, so that only lines that have one are handed to
 * the real expression.
 *
 * Where a chunk can look for a literal without putting lines together, the longest literal of the run is looked for. Else V8
 * finds the run as character classes in the whole block at more than a gigabyte a second: the block is looked at as Latin-1,
 * one character a byte, and a class with characters beyond ASCII becomes an alternation of their UTF-8 bytes.
 */
export interface RegexpPrefilter {
  /** The candidates that could match: all that do, and perhaps some more. */
  narrow(lines: BatchLines, candidates: Uint8Array): Uint8Array;
}

/** A run must say this much, in bits: a known character says 6, one of n characters less. */
const bitsPerCharacter = 6;
const worthMin = 2 * bitsPerCharacter;
/** Larger classes say too little. */
const classSizeMax = 16;
const alternativesMax = 8;
const repeatMax = 16;
/** More do not say much more. */
const runsMax = 3;
/** A shorter literal is in nearly every line. */
const literalMin = 3;
/** More of them do not narrow much more. */
const literalsMax = 4;

/** Every line that the pattern matches has one of these; undefined: nothing is known, or only in any case. */
export function literalOfRegexp(pattern: string): string[] | undefined {
  const { re2 } = compileRe2(pattern);
  if (re2?.containedText !== undefined) return [re2.containedText];
  const parsed = parsePattern(pattern);
  const literals = 'error' in parsed ? undefined : runsOf(parsed.root)?.map((runs) => literalsOf(runs)[0]);
  if (literals === undefined) return undefined;
  const texts: string[] = [];
  for (const literal of literals) {
    if (literal === undefined || literal.ignoreCase) return undefined;
    texts.push(literal.bytes.toString());
  }
  return texts;
}

/** Undefined when the pattern has no run that is worth searching. */
export function compilePrefilter(pattern: string): RegexpPrefilter | undefined {
  const parsed = parsePattern(pattern);
  if ('error' in parsed) return undefined;
  const alternatives = runsOf(parsed.root);
  if (alternatives === undefined) return undefined;
  const runs = alternatives.map((runs) => runs[0]!);
  const ascii = new RegExp(runs.map((run) => run.map((set) => bytePattern(set, true)).join('')).join('|'), 'g');
  const any = new RegExp(runs.map((run) => run.map((set) => bytePattern(set, false)).join('')).join('|'), 'g');
  const literals = alternatives.map(literalsOf);
  return {
    narrow(lines, candidates) {
      const byLiteral = narrowByLiterals(lines, candidates, literals);
      if (byLiteral !== undefined) return intersect(candidates, byLiteral);
      const block = lines.block(candidates);
      if (!isWorthSearching(block, candidates)) return candidates;
      const { start, end, buffer } = block;
      const expression = isAscii(buffer.subarray(start, end)) ? ascii : any;
      const text = buffer.toString('latin1', start, end);
      const found = new Uint8Array(block.rowCount);
      markRowsWith(block, found, (from) => {
        expression.lastIndex = from - start;
        const match = expression.exec(text);
        return match === null ? undefined : { start: start + match.index, end: start + match.index + match[0].length };
      });
      return intersect(candidates, found);
    },
  };
}

/** Rows with all literals of one alternative; undefined when that takes the lines. */
function narrowByLiterals(
  lines: BatchLines,
  candidates: Uint8Array,
  alternatives: readonly (readonly RunLiteral[])[],
): Uint8Array | undefined {
  const found = new Uint8Array(lines.rowCount);
  for (const literals of alternatives) {
    let rows: Uint8Array | undefined;
    for (const literal of literals) {
      // One line takes all columns of its chunk, a literal one or two of them.
      if (rows !== undefined && !rows.includes(1)) break;
      const more = findFolded(lines, rows ?? candidates, literal);
      if (more === undefined) return undefined;
      rows = rows === undefined ? more : intersect(rows, more);
    }
    if (rows === undefined) return undefined;
    addRows(found, rows);
  }
  return found;
}

function findFolded(lines: BatchLines, candidates: Uint8Array, literal: RunLiteral): Uint8Array | undefined {
  const { bytes, ignoreCase } = literal;
  const rows = lines.find(bytes, ignoreCase, candidates);
  if (rows === undefined || !ignoreCase) return rows;
  const found = rows.slice();
  for (const other of foldsToAscii) {
    if (!bytes.includes(other.letter)) continue;
    const folded = lines.find(other.bytes, false, candidates);
    if (folded === undefined) return undefined;
    addRows(found, folded);
  }
  return found;
}

interface RunLiteral {
  readonly bytes: Buffer;
  readonly ignoreCase: boolean;
}

/** Folding ASCII letters alone misses the two letters that are equal to one of them but for case. */
const foldsToAscii = [
  { letter: 's', bytes: Buffer.from('\u017f') },
  { letter: 'k', bytes: Buffer.from('\u212a') },
];

/** The most telling ones first. */
function literalsOf(runs: readonly CharSet[][]): RunLiteral[] {
  const literals = runs.flatMap(literalsOfRun);
  return literals.sort((a, b) => b.bytes.length - a.bytes.length).slice(0, literalsMax);
}

/** The parts of a run that are one text, or one text in any case. */
function literalsOfRun(run: readonly CharSet[]): RunLiteral[] {
  const literals: RunLiteral[] = [];
  let current = '';
  let folds = false;
  for (const set of [...run, []]) {
    const letter = setSize(set) === 1 ? { text: String.fromCodePoint(set[0]!), folds: false } : foldedLetter(set);
    if (letter !== undefined) {
      current += letter.text;
      folds ||= letter.folds;
      continue;
    }
    // In a run that folds, letters of one case are looked for in any case: a few rows too many.
    const text = folds ? current.toLowerCase() : current;
    if (current.length >= literalMin) literals.push({ bytes: Buffer.from(text), ignoreCase: folds });
    [current, folds] = ['', false];
  }
  return literals;
}

/** A letter of ASCII in any case. */
function foldedLetter(set: CharSet): { text: string; folds: true } | undefined {
  const first = set[0];
  if (first === undefined || first >= 0x80) return undefined;
  const orbit = foldOrbit(first);
  const same = orbit.length === setSize(set) && orbit.every((code) => setHas(set, code));
  return same && orbit.length > 1 ? { text: String.fromCharCode(first).toLowerCase(), folds: true } : undefined;
}

function intersect(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length);
  for (let row = 0; row < both.length; row++) both[row] = a[row]! & b[row]!;
  return both;
}

/** The runs of each alternative of the pattern, the best first; undefined when one of them has none. */
function runsOf(node: Re2Node): CharSet[][][] | undefined {
  const alternatives = node.kind === 'alternation' ? node.items : [node];
  if (alternatives.length > alternativesMax) return undefined;
  const all: CharSet[][][] = [];
  for (const alternative of alternatives) {
    const runs = findRuns(alternative);
    if (runs.length === 0) return undefined;
    all.push(runs);
  }
  return all;
}

function findRuns(node: Re2Node): CharSet[][] {
  const runs: CharSet[][] = [];
  let current: CharSet[] = [];
  const close = () => {
    if (worth(current) > worthMin) runs.push(current);
    current = [];
  };
  const visit = (part: Re2Node): void => {
    switch (part.kind) {
      case 'set':
        if (setSize(part.set) > classSizeMax) close();
        else current.push(part.set);
        return;
      case 'sequence':
        for (const item of part.items) visit(item);
        return;
      case 'group':
        visit(part.item);
        return;
      case 'empty':
      case 'assertion':
        return;
      case 'repeat':
        if (part.min === part.max && part.max <= repeatMax) {
          for (let i = 0; i < part.min; i++) visit(part.item);
          return;
        }
        // At least once: what is repeated begins here, but what follows need not follow at once.
        if (part.min > 0) visit(part.item);
        close();
        return;
      case 'alternation':
        close();
    }
  };
  visit(node);
  close();
  return runs.sort((a, b) => worth(b) - worth(a)).slice(0, runsMax);
}

function worth(run: readonly CharSet[]): number {
  return run.reduce((bits, set) => bits + bitsPerCharacter - Math.log2(setSize(set)), 0);
}

/** The UTF-8 bytes of any character of the set, as Latin-1. `asciiOnly` leaves out what no ASCII block can have. */
function bytePattern(set: CharSet, asciiOnly: boolean): string {
  let single = '';
  const longer: string[] = [];
  for (let i = 0; i < set.length; i += 2) {
    for (let code = set[i]!; code <= set[i + 1]!; code++) {
      if (code < 0x80) single += escapeByte(code);
      else if (!asciiOnly) longer.push([...Buffer.from(String.fromCodePoint(code))].map(escapeByte).join(''));
    }
  }
  const alternatives = [...(single === '' ? [] : [`[${single}]`]), ...longer];
  // An empty class matches nothing, which is right for a set without any ASCII character.
  return alternatives.length === 0
    ? '[]'
    : alternatives.length === 1
      ? alternatives[0]!
      : `(?:${alternatives.join('|')})`;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
