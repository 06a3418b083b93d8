import { foldOrbit, foldSet } from './case-folding.ts';
import { type CharSet, fullSet, maxCodePoint, negateSet, normalizeSet, notNewline, unionSets } from './char-set.ts';
import type { Re2Node, Re2Syntax } from './syntax-tree.ts';
import { unicodeClass } from './unicode-class.ts';

/**
 * RE2 syntax as Go's regexp package reads it (https://pkg.go.dev/regexp/syntax), with Go's limits and error texts: query and
 * configuration errors show them to people who know them from Loki.
 *
 * The parser keeps a stack of open groups of its own, so that nesting is bounded by a limit and not by the call stack.
 */
export type ParseResult = Re2Syntax | { readonly error: string };

/** x{n} may not repeat more than this, counting nested repeats as a product. Go's limit. */
const maxRepeat = 1000;
/** Depth of the tree. Go's limit. */
const maxHeight = 1000;
/** Characters and operators after repeats are written out. Go allows 3.3 million; this bounds the memory of one pattern. */
const maxSize = 1_000_000;

export function parsePattern(pattern: string, options: { ignoreCase?: boolean; dotAll?: boolean } = {}): ParseResult {
  try {
    return new Parser(pattern, {
      i: options.ignoreCase ?? false,
      s: options.dotAll ?? false,
      m: false,
      U: false,
    }).parse();
  } catch (error) {
    if (error instanceof SyntaxFailure) return { error: error.message };
    throw error;
  }
}

class SyntaxFailure extends Error {
  constructor(reason: string, part: string) {
    super(`error parsing regexp: ${reason}: \`${part}\``);
  }
}

interface Flags {
  readonly i: boolean;
  readonly s: boolean;
  readonly m: boolean;
  readonly U: boolean;
}

interface OpenGroup {
  /** 0 for a group that does not capture. */
  readonly index: number;
  readonly name: string;
  readonly flagsOutside: Flags;
  readonly alternatives: Re2Node[];
  items: Re2Node[];
}

class Parser {
  readonly #pattern: string;
  #position = 0;
  #flags: Flags;
  readonly #groupNames: string[] = [''];
  #group: OpenGroup;
  readonly #outerGroups: OpenGroup[] = [];
  /** Height and written-out size of the nodes that are not leaves. */
  readonly #measures = new Map<Re2Node, { height: number; size: number; repeats: number }>();

  constructor(pattern: string, flags: Flags) {
    this.#pattern = pattern;
    this.#flags = flags;
    this.#group = { index: 0, name: '', flagsOutside: flags, alternatives: [], items: [] };
  }

  parse(): Re2Syntax {
    const pattern = this.#pattern;
    // Where the repeat operator just read began; it may not be followed by another one.
    let lastRepeat = -1;
    while (this.#position < pattern.length) {
      let repeat = -1;
      const start = this.#position;
      switch (pattern[start]) {
        case '(':
          if (pattern[start + 1] === '?') this.#parseGroupOptions();
          else this.#openGroup(1, '', true);
          break;
        case ')':
          this.#closeGroup();
          break;
        case '|':
          this.#position++;
          this.#group.alternatives.push(this.#sequence(this.#group.items));
          this.#group.items = [];
          break;
        case '^':
          this.#position++;
          this.#push({ kind: 'assertion', assertion: this.#flags.m ? 'beginLine' : 'beginText' });
          break;
        case '$':
          this.#position++;
          this.#push({ kind: 'assertion', assertion: this.#flags.m ? 'endLine' : 'endText' });
          break;
        case '.':
          this.#position++;
          this.#push({ kind: 'set', set: this.#flags.s ? fullSet : notNewline });
          break;
        case '[':
          this.#push({ kind: 'set', set: this.#parseClass() });
          break;
        case '*':
        case '+':
        case '?': {
          const operator = pattern[this.#position++];
          const max = operator === '?' ? 1 : Number.POSITIVE_INFINITY;
          this.#repeat(operator === '+' ? 1 : 0, max, start, lastRepeat);
          repeat = start;
          break;
        }
        case '{': {
          const counts = this.#parseCounts();
          if (counts === undefined) {
            this.#position++;
            this.#pushLiteral(0x7b);
            break;
          }
          const { min, max } = counts;
          if (min < 0 || min > maxRepeat || (max !== Number.POSITIVE_INFINITY && (max > maxRepeat || min > max))) {
            throw new SyntaxFailure('invalid repeat count', pattern.slice(start, this.#position));
          }
          this.#repeat(min, max, start, lastRepeat);
          repeat = start;
          break;
        }
        case '\\':
          this.#parseBackslash();
          break;
        default:
          this.#pushLiteral(this.#nextCodePoint());
      }
      lastRepeat = repeat;
    }
    if (this.#outerGroups.length > 0) throw new SyntaxFailure('missing closing )', pattern);
    return { root: this.#endOfAlternatives(), groupNames: this.#groupNames };
  }

  // --- building ----------------------------------------------------------------------------------------------------------

  #push(node: Re2Node): void {
    this.#group.items.push(node);
  }

  #pushLiteral(codePoint: number): void {
    const set = this.#flags.i ? normalizeSet(foldOrbit(codePoint).flatMap((c) => [c, c])) : [codePoint, codePoint];
    this.#push({ kind: 'set', set });
  }

  #sequence(items: Re2Node[]): Re2Node {
    if (items.length === 0) return { kind: 'empty' };
    return items.length === 1 ? items[0]! : this.#measured({ kind: 'sequence', items }, items);
  }

  #endOfAlternatives(): Re2Node {
    const last = this.#sequence(this.#group.items);
    if (this.#group.alternatives.length === 0) return last;
    // Neighbours of one character each are one set.
    const items: Re2Node[] = [];
    for (const item of [...this.#group.alternatives, last]) {
      const before = items.at(-1);
      if (before?.kind === 'set' && item.kind === 'set') {
        items[items.length - 1] = { kind: 'set', set: unionSets(before.set, item.set) };
      } else items.push(item);
    }
    return items.length === 1 ? items[0]! : this.#measured({ kind: 'alternation', items }, items);
  }

  #openGroup(skip: number, name: string, captures: boolean): void {
    this.#position += skip;
    if (captures) this.#groupNames.push(name);
    this.#outerGroups.push(this.#group);
    const index = captures ? this.#groupNames.length - 1 : 0;
    this.#group = { index, name, flagsOutside: this.#flags, alternatives: [], items: [] };
  }

  #closeGroup(): void {
    this.#position++;
    const outer = this.#outerGroups.pop();
    if (outer === undefined) throw new SyntaxFailure('unexpected )', this.#pattern);
    const item = this.#endOfAlternatives();
    const { index, name, flagsOutside } = this.#group;
    this.#group = outer;
    this.#flags = flagsOutside;
    this.#push(index === 0 ? item : this.#measured({ kind: 'group', index, name, item }, [item]));
  }

  #repeat(min: number, max: number, start: number, lastRepeat: number): void {
    let greedy = !this.#flags.U;
    if (this.#pattern[this.#position] === '?') {
      this.#position++;
      greedy = !greedy;
    }
    const operator = this.#pattern.slice(start, this.#position);
    if (lastRepeat >= 0) {
      const both = this.#pattern.slice(lastRepeat, this.#position);
      throw new SyntaxFailure('invalid nested repetition operator', both);
    }
    const item = this.#group.items.pop();
    if (item === undefined) throw new SyntaxFailure('missing argument to repetition operator', operator);
    const inner = this.#measures.get(item) ?? { height: 1, size: 1, repeats: 1 };
    const count = max === Number.POSITIVE_INFINITY ? min : max;
    const isCounted = operator.startsWith('{');
    const repeats = isCounted && count > 0 ? inner.repeats * count : isCounted && max === 0 ? 0 : inner.repeats;
    if (isCounted && (min >= 2 || count >= 2) && repeats > maxRepeat) {
      throw new SyntaxFailure('invalid repeat count', operator);
    }
    const node: Re2Node = { kind: 'repeat', item, min, max, greedy };
    this.#measure(node, inner.height + 1, inner.size * Math.max(1, count) + 2, repeats);
    this.#push(node);
  }

  #measured(node: Re2Node, items: readonly Re2Node[]): Re2Node {
    let height = 1;
    let size = 1;
    let repeats = 1;
    for (const item of items) {
      const measure = this.#measures.get(item);
      height = Math.max(height, measure?.height ?? 1);
      size += measure?.size ?? 1;
      repeats = Math.max(repeats, measure?.repeats ?? 1);
    }
    this.#measure(node, height + 1, size, repeats);
    return node;
  }

  #measure(node: Re2Node, height: number, size: number, repeats: number): void {
    if (height > maxHeight) throw new SyntaxFailure('expression nests too deeply', this.#pattern);
    if (size > maxSize) throw new SyntaxFailure('expression too large', this.#pattern);
    this.#measures.set(node, { height, size, repeats });
  }

  // --- reading -----------------------------------------------------------------------------------------------------------

  #nextCodePoint(): number {
    const codePoint = this.#pattern.codePointAt(this.#position)!;
    this.#position += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  /** `{n}`, `{n,}`, `{n,m}`; undefined when the brace is an ordinary character; -1 for a number that is far too large. */
  #parseCounts(): { min: number; max: number } | undefined {
    const counts = /\{(0|[1-9][0-9]*)(,?)(0|[1-9][0-9]*)?\}/y;
    counts.lastIndex = this.#position;
    const match = counts.exec(this.#pattern);
    if (match === null || (match[2] === '' && match[3] !== undefined)) return undefined;
    this.#position += match[0].length;
    const min = readCount(match[1]!);
    if (match[2] === '') return { min, max: min };
    if (match[3] === undefined) return { min, max: Number.POSITIVE_INFINITY };
    const max = readCount(match[3]);
    return max < 0 ? { min: -1, max } : { min, max };
  }

  /** At `(?`: a named group, a group with flags, or flags for the rest of the group we are in. */
  #parseGroupOptions(): void {
    const rest = this.#pattern.slice(this.#position);
    const nameStart = rest.length > 4 && rest.startsWith('(?P<') ? 4 : rest.length > 3 && rest[2] === '<' ? 3 : 0;
    if (nameStart > 0) {
      const end = rest.indexOf('>');
      if (end < 0) throw new SyntaxFailure('invalid named capture', rest);
      const name = rest.slice(nameStart, end);
      if (!/^[A-Za-z0-9_]+$/.test(name)) throw new SyntaxFailure('invalid named capture', rest.slice(0, end + 1));
      this.#openGroup(end + 1, name, true);
      return;
    }
    const start = this.#position;
    this.#position += 2;
    const flags = { ...this.#flags };
    let negative = false;
    let sawFlag = false;
    while (this.#position < this.#pattern.length) {
      const char = String.fromCodePoint(this.#nextCodePoint());
      if (char === 'i' || char === 's' || char === 'm' || char === 'U') {
        flags[char] = !negative;
        sawFlag = true;
      } else if (char === '-' && !negative) {
        negative = true;
        sawFlag = false;
      } else if ((char === ':' || char === ')') && (!negative || sawFlag)) {
        if (char === ':') this.#openGroup(0, '', false);
        this.#flags = flags;
        return;
      } else break;
    }
    throw new SyntaxFailure('invalid or unsupported Perl syntax', this.#pattern.slice(start, this.#position));
  }

  #parseBackslash(): void {
    switch (this.#pattern[this.#position + 1]) {
      case 'A':
        this.#position += 2;
        this.#push({ kind: 'assertion', assertion: 'beginText' });
        return;
      case 'z':
        this.#position += 2;
        this.#push({ kind: 'assertion', assertion: 'endText' });
        return;
      case 'b':
        this.#position += 2;
        this.#push({ kind: 'assertion', assertion: 'wordBoundary' });
        return;
      case 'B':
        this.#position += 2;
        this.#push({ kind: 'assertion', assertion: 'notWordBoundary' });
        return;
      case 'C':
        throw new SyntaxFailure('invalid escape sequence', '\\C');
      case 'Q': {
        const end = this.#pattern.indexOf('\\E', this.#position + 2);
        const literal = this.#pattern.slice(this.#position + 2, end < 0 ? undefined : end);
        for (const char of literal) this.#pushLiteral(char.codePointAt(0)!);
        this.#position = end < 0 ? this.#pattern.length : end + 2;
        return;
      }
    }
    const set = this.#parseClassEscape();
    if (set !== undefined) this.#push({ kind: 'set', set });
    else this.#pushLiteral(this.#parseEscape());
  }

  /** `\d`, `\pL`, `\p{Greek}`, ...; undefined when something else is next. */
  #parseClassEscape(): CharSet | undefined {
    const start = this.#position;
    const letter = this.#pattern[start] === '\\' ? this.#pattern[start + 1] : undefined;
    if (letter === undefined) return undefined;
    if (letter !== 'p' && letter !== 'P') {
      const perl = perlClasses[letter.toLowerCase()];
      if (perl === undefined || !/[dswDSW]/.test(letter)) return undefined;
      this.#position += 2;
      return letter === letter.toLowerCase() ? this.#folded(perl) : negateSet(this.#folded(perl));
    }
    this.#position += 2;
    if (this.#position === this.#pattern.length) {
      throw new SyntaxFailure('invalid character class range', this.#pattern.slice(start));
    }
    let name = String.fromCodePoint(this.#nextCodePoint());
    if (name === '{') {
      const end = this.#pattern.indexOf('}', this.#position);
      if (end < 0) throw new SyntaxFailure('invalid character class range', this.#pattern.slice(start));
      name = this.#pattern.slice(this.#position, end);
      this.#position = end + 1;
    }
    const negated = (letter === 'P') !== name.startsWith('^');
    const set = unicodeClass(name.startsWith('^') ? name.slice(1) : name);
    if (set === undefined) {
      throw new SyntaxFailure('invalid character class range', this.#pattern.slice(start, this.#position));
    }
    return negated ? negateSet(this.#folded(set)) : this.#folded(set);
  }

  #folded(set: CharSet): CharSet {
    return this.#flags.i ? foldSet(set) : set;
  }

  /** `[...]`, `[^...]`. */
  #parseClass(): CharSet {
    const pattern = this.#pattern;
    const start = this.#position++;
    const negated = pattern[this.#position] === '^';
    if (negated) this.#position++;
    const ranges: number[] = [];
    for (let first = true; first || pattern[this.#position] !== ']'; first = false) {
      if (pattern.startsWith('[:', this.#position)) {
        const end = pattern.indexOf(':]', this.#position + 2);
        if (end >= 0) {
          const name = pattern.slice(this.#position, end + 2);
          const isNegated = name[2] === '^';
          const posix = posixClasses.get(name.slice(isNegated ? 3 : 2, -2));
          if (posix === undefined) throw new SyntaxFailure('invalid character class range', name);
          ranges.push(...(isNegated ? negateSet(this.#folded(posix)) : this.#folded(posix)));
          this.#position = end + 2;
          continue;
        }
      }
      const classEscape = this.#parseClassEscape();
      if (classEscape !== undefined) {
        for (const bound of classEscape) ranges.push(bound);
        continue;
      }
      const rangeStart = this.#position;
      const lo = this.#parseClassChar(start);
      let hi = lo;
      // A `-` before the closing bracket is itself.
      if (
        pattern[this.#position] === '-' &&
        this.#position + 1 < pattern.length &&
        pattern[this.#position + 1] !== ']'
      ) {
        this.#position++;
        hi = this.#parseClassChar(start);
        if (hi < lo) {
          throw new SyntaxFailure('invalid character class range', pattern.slice(rangeStart, this.#position));
        }
      }
      for (const bound of this.#folded([lo, hi])) ranges.push(bound);
    }
    this.#position++;
    const set = normalizeSet(ranges);
    return negated ? negateSet(set) : set;
  }

  #parseClassChar(classStart: number): number {
    if (this.#position >= this.#pattern.length) {
      throw new SyntaxFailure('missing closing ]', this.#pattern.slice(classStart));
    }
    return this.#pattern[this.#position] === '\\' ? this.#parseEscape() : this.#nextCodePoint();
  }

  /** A backslash that stands for one character. */
  #parseEscape(): number {
    const start = this.#position++;
    if (this.#position === this.#pattern.length) throw new SyntaxFailure('trailing backslash at end of expression', '');
    const codePoint = this.#nextCodePoint();
    const char = String.fromCodePoint(codePoint);
    const invalid = () => new SyntaxFailure('invalid escape sequence', this.#pattern.slice(start, this.#position));
    if (char >= '0' && char <= '7') {
      const octal = /[0-7]{1,3}/y;
      octal.lastIndex = start + 1;
      const digits = octal.exec(this.#pattern)![0];
      // One digit that is not 0 would be a back-reference.
      if (digits.length === 1 && digits !== '0') throw invalid();
      this.#position = start + 1 + digits.length;
      return Number.parseInt(digits, 8);
    }
    if (char === 'x') return this.#parseHex(invalid);
    const control = controlEscapes[char];
    if (control !== undefined) return control;
    if (codePoint < 0x80 && !/[A-Za-z0-9]/.test(char)) return codePoint;
    throw invalid();
  }

  #parseHex(invalid: () => SyntaxFailure): number {
    if (this.#position === this.#pattern.length) throw invalid();
    const first = String.fromCodePoint(this.#nextCodePoint());
    if (first !== '{') {
      if (this.#position === this.#pattern.length) throw invalid();
      const digits = first + String.fromCodePoint(this.#nextCodePoint());
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw invalid();
      return Number.parseInt(digits, 16);
    }
    let value = 0;
    for (let count = 0; ; count++) {
      if (this.#position === this.#pattern.length) throw invalid();
      const char = String.fromCodePoint(this.#nextCodePoint());
      if (char === '}' && count > 0) return value;
      if (!/^[0-9a-fA-F]$/.test(char)) throw invalid();
      value = value * 16 + Number.parseInt(char, 16);
      if (value > maxCodePoint) throw invalid();
    }
  }
}

function readCount(digits: string): number {
  return digits.length > 9 ? -1 : Number(digits);
}

const controlEscapes: Record<string, number> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

const perlClasses: Record<string, CharSet> = {
  d: [0x30, 0x39],
  s: [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20],
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
};

const posixClasses = new Map<string, CharSet>([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0, 0x7f]],
  ['blank', [0x09, 0x09, 0x20, 0x20]],
  ['cntrl', [0, 0x1f, 0x7f, 0x7f]],
  ['digit', [0x30, 0x39]],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', [0x09, 0x0d, 0x20, 0x20]],
  ['upper', [0x41, 0x5a]],
  ['word', [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);
