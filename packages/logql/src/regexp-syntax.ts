/**
 * RE2 syntax as Go's regexp/syntax reads it with its Perl flags: what is allowed, the tree, and Go's error texts. Source:
 * https://pkg.go.dev/regexp/syntax and https://github.com/google/re2/wiki/Syntax. Matching is not done here.
 *
 * The parser keeps Go's shape, one stack of finished nodes and open parentheses, because the shape decides which of several
 * mistakes is reported and which part of the text the message shows.
 */

export type Regexp =
  | { readonly kind: 'noMatch' | 'emptyMatch' | 'anyChar' | 'anyCharNotNewline' }
  | { readonly kind: 'beginLine' | 'endLine' | 'beginText' | 'endText' | 'wordBoundary' | 'noWordBoundary' }
  | { readonly kind: 'literal'; readonly text: string; readonly foldCase: boolean }
  /** Set of characters; `ranges` are pairs of code points, undefined for classes that are only named (`\pL`). */
  | { readonly kind: 'class'; readonly ranges: readonly number[] | undefined; readonly foldCase: boolean }
  | { readonly kind: 'capture'; readonly name: string; readonly sub: Regexp }
  | RegexpRepeat
  | { readonly kind: 'concat' | 'alternate'; readonly subs: readonly Regexp[] };
export interface RegexpRepeat {
  readonly kind: 'repeat';
  readonly min: number;
  /** -1: no upper bound. */
  readonly max: number;
  readonly greedy: boolean;
  readonly sub: Regexp;
}

export type RegexpResult =
  | {
      readonly regexp: Regexp /** Names of the capture groups in order, '' for unnamed ones. */;
      readonly groups: readonly string[];
      readonly error?: undefined;
    }
  | { readonly error: string; readonly regexp?: undefined; readonly groups?: undefined };

const repeatMax = 1000;
const heightMax = 1000;
/** Nodes with repeats written out: Go allows 128 MiB of instructions of 40 bytes. */
const sizeMax = 3_355_443;

interface Flags {
  readonly foldCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
  readonly swapGreedy: boolean;
}

interface OpenGroup {
  /** The flags to come back to after the closing parenthesis. */
  readonly flags: Flags;
  /** undefined for `(?:`. */
  readonly capture: string | undefined;
  readonly branches: Regexp[];
  items: Item[];
  /** Of the finished branches. */
  height: number;
  size: number;
}

interface Item {
  readonly node: Regexp;
  readonly height: number;
  /** Nodes when repeats are written out. */
  readonly size: number;
}

class Refusal extends Error {}

/** @param options.dotAll `.` matches newlines too, as in Prometheus' label matchers. */
export function parseRegexp(pattern: string, options: { readonly dotAll?: boolean } = {}): RegexpResult {
  try {
    return new RegexpParser(pattern, options.dotAll ?? false).parse();
  } catch (error) {
    if (error instanceof Refusal) return { error: `error parsing regexp: ${error.message}` };
    throw error;
  }
}

/** Whether the empty text matches. Exact, because in an empty text every assertion is decided. */
export function matchesEmpty(regexp: Regexp): boolean {
  switch (regexp.kind) {
    case 'emptyMatch':
    case 'beginLine':
    case 'endLine':
    case 'beginText':
    case 'endText':
    case 'noWordBoundary':
      return true;
    case 'noMatch':
    case 'wordBoundary':
    case 'anyChar':
    case 'anyCharNotNewline':
    case 'class':
      return false;
    case 'literal':
      return regexp.text === '';
    case 'capture':
      return matchesEmpty(regexp.sub);
    case 'repeat':
      return regexp.min === 0 || matchesEmpty(regexp.sub);
    case 'concat':
      return regexp.subs.every(matchesEmpty);
    case 'alternate':
      return regexp.subs.some(matchesEmpty);
  }
}

class RegexpParser {
  readonly #pattern: string;
  readonly #groups: string[] = [];
  readonly #open: OpenGroup[] = [];
  #flags: Flags;
  #index = 0;

  constructor(pattern: string, dotAll: boolean) {
    this.#pattern = pattern;
    this.#flags = { foldCase: false, multiLine: false, dotAll, swapGreedy: false };
  }

  parse(): RegexpResult {
    const pattern = this.#pattern;
    this.#openGroup(undefined);
    /** Start of the repetition operator right before the current character, or -1. */
    let lastRepeat = -1;
    while (this.#index < pattern.length) {
      const start = this.#index;
      let repeat = -1;
      const char = pattern[start]!;
      switch (char) {
        case '(':
          if (pattern[start + 1] === '?') this.#perlGroup();
          else {
            this.#groups.push('');
            this.#openGroup('');
            this.#index++;
          }
          break;
        case '|':
          this.#branch();
          this.#index++;
          break;
        case ')':
          this.#closeGroup();
          this.#index++;
          break;
        case '^':
          this.#push({ kind: this.#flags.multiLine ? 'beginLine' : 'beginText' });
          this.#index++;
          break;
        case '$':
          this.#push({ kind: this.#flags.multiLine ? 'endLine' : 'endText' });
          this.#index++;
          break;
        case '.':
          this.#push({ kind: this.#flags.dotAll ? 'anyChar' : 'anyCharNotNewline' });
          this.#index++;
          break;
        case '[':
          this.#class();
          break;
        case '*':
        case '+':
        case '?':
          repeat = start;
          this.#index++;
          this.#repeat(char === '+' ? 1 : 0, char === '?' ? 1 : -1, start, lastRepeat);
          break;
        case '{': {
          const bounds = /\{([0-9]+)(,([0-9]*))?\}/y;
          bounds.lastIndex = start;
          const match = bounds.exec(pattern);
          // A leading zero makes it no repetition.
          if (!match || /^0[0-9]/.test(match[1]!) || /^0[0-9]/.test(match[3] ?? '')) {
            this.#literal('{');
            this.#index++;
            break;
          }
          const min = Number(match[1]);
          const max = match[2] === undefined ? min : match[3] === '' ? -1 : Number(match[3]);
          this.#index = bounds.lastIndex;
          if (min > repeatMax || max > repeatMax || (max >= 0 && min > max))
            this.#refuse('invalid repeat count', match[0]);
          repeat = start;
          this.#repeat(min, max, start, lastRepeat);
          break;
        }
        case '\\':
          this.#backslash();
          break;
        default: {
          const literal = String.fromCodePoint(pattern.codePointAt(start)!);
          this.#literal(literal);
          this.#index += literal.length;
        }
      }
      lastRepeat = repeat;
    }
    if (this.#open.length > 1) this.#refuse('missing closing )', pattern);
    return { regexp: this.#finish(this.#open.pop()!).node, groups: this.#groups };
  }

  #refuse(message: string, shown: string): never {
    throw new Refusal(`${message}: \`${shown}\``);
  }

  #push(node: Regexp, height = 1, size = 1): void {
    if (height > heightMax) this.#refuse('expression nests too deeply', this.#pattern);
    if (size > sizeMax) this.#refuse('expression too large', this.#pattern);
    this.#open.at(-1)!.items.push({ node, height, size });
  }

  #literal(text: string): void {
    this.#push({ kind: 'literal', text, foldCase: this.#flags.foldCase });
  }

  #openGroup(capture: string | undefined, flags = this.#flags): void {
    this.#open.push({ flags: this.#flags, capture, branches: [], items: [], height: 0, size: 0 });
    this.#flags = flags;
    if (this.#open.length > heightMax) this.#refuse('expression nests too deeply', this.#pattern);
  }

  #branch(group = this.#open.at(-1)!): void {
    group.branches.push(concat(group.items.map((item) => item.node)));
    for (const item of group.items) {
      group.height = Math.max(group.height, item.height);
      group.size += item.size;
    }
    group.items = [];
  }

  #finish(group: OpenGroup): Item {
    this.#branch(group);
    const { branches, height, size } = group;
    const node: Regexp = branches.length === 1 ? branches[0]! : { kind: 'alternate', subs: branches };
    return { node, height: height + 1, size: size + 1 };
  }

  #closeGroup(): void {
    if (this.#open.length === 1) this.#refuse('unexpected )', this.#pattern);
    const group = this.#open.pop()!;
    const { node, height, size } = this.#finish(group);
    this.#flags = group.flags;
    this.#push(group.capture === undefined ? node : { kind: 'capture', name: group.capture, sub: node }, height, size);
  }

  /** `operator` is where the repetition operator starts; the index stands after it. */
  #repeat(min: number, max: number, operator: number, lastRepeat: number): void {
    let greedy = !this.#flags.swapGreedy;
    if (this.#pattern[this.#index] === '?') {
      this.#index++;
      greedy = !greedy;
    }
    if (lastRepeat >= 0)
      this.#refuse('invalid nested repetition operator', this.#pattern.slice(lastRepeat, this.#index));
    const shown = this.#pattern.slice(operator, this.#index);
    const { items } = this.#open.at(-1)!;
    const item = items.pop();
    if (!item) this.#refuse('missing argument to repetition operator', shown);
    const node: RegexpRepeat = { kind: 'repeat', min, max, greedy, sub: item.node };
    const counted = this.#pattern[operator] === '{';
    if (counted && (min >= 2 || max >= 2) && !repeatIsValid(node, repeatMax))
      this.#refuse('invalid repeat count', shown);
    this.#push(node, item.height + 1, item.size * (counted ? Math.max(min, max, 1) : 1) + 1);
  }

  #perlGroup(): void {
    const pattern = this.#pattern;
    const start = this.#index;
    const named = /\(\?P?<([^>]*)>/y;
    if (/^\(\?(P<.|<.)/s.test(pattern.slice(start, start + 5))) {
      named.lastIndex = start;
      const match = named.exec(pattern);
      if (!match) this.#refuse('invalid named capture', pattern.slice(start));
      if (!/^[A-Za-z0-9_]+$/.test(match[1]!)) this.#refuse('invalid named capture', match[0]);
      this.#groups.push(match[1]!);
      this.#openGroup(match[1]!);
      this.#index = named.lastIndex;
      return;
    }
    const flags = { ...this.#flags };
    let index = start + 2;
    let negative = false;
    let sawFlag = false;
    while (index < pattern.length) {
      const char = String.fromCodePoint(pattern.codePointAt(index)!);
      index += char.length;
      if (char === 'i') flags.foldCase = !negative;
      else if (char === 'm') flags.multiLine = !negative;
      else if (char === 's') flags.dotAll = !negative;
      else if (char === 'U') flags.swapGreedy = !negative;
      else if (char === '-' && !negative) {
        negative = true;
        sawFlag = false;
        continue;
      } else if ((char === ':' || char === ')') && (!negative || sawFlag)) {
        if (char === ':') this.#openGroup(undefined, flags);
        else this.#flags = flags;
        this.#index = index;
        return;
      } else break;
      sawFlag = true;
    }
    this.#refuse('invalid or unsupported Perl syntax', pattern.slice(start, index));
  }

  #backslash(): void {
    const pattern = this.#pattern;
    const letter = pattern[this.#index + 1];
    switch (letter) {
      case 'A':
        this.#push({ kind: 'beginText' });
        this.#index += 2;
        return;
      case 'z':
        this.#push({ kind: 'endText' });
        this.#index += 2;
        return;
      case 'b':
        this.#push({ kind: 'wordBoundary' });
        this.#index += 2;
        return;
      case 'B':
        this.#push({ kind: 'noWordBoundary' });
        this.#index += 2;
        return;
      case 'C':
        this.#refuse('invalid escape sequence', '\\C');
        return;
      case 'Q': {
        const end = pattern.indexOf('\\E', this.#index + 2);
        const text = pattern.slice(this.#index + 2, end < 0 ? undefined : end);
        for (const char of text) this.#literal(char);
        this.#index = end < 0 ? pattern.length : end + 2;
        return;
      }
    }
    const named = this.#namedClass();
    if (named) {
      this.#push({ kind: 'class', ranges: named.ranges, foldCase: this.#flags.foldCase });
      return;
    }
    this.#literal(this.#escape());
  }

  /** `\d`, `\pN`, `\p{Greek}` at the index; reads past it. */
  #namedClass(): { ranges: readonly number[] | undefined } | undefined {
    const pattern = this.#pattern;
    const perl = perlClasses[pattern.slice(this.#index, this.#index + 2)];
    if (perl) {
      this.#index += 2;
      return { ranges: perl };
    }
    const unicode = /\\[pP](?:\{([^}]*)\}|([^{]))/suy;
    if (!/^\\[pP]/.test(pattern.slice(this.#index, this.#index + 2))) return undefined;
    unicode.lastIndex = this.#index;
    const match = unicode.exec(pattern);
    if (!match) this.#refuse('invalid character class range', pattern.slice(this.#index));
    const name = (match[1] ?? match[2]!).replace(/^\^/, '');
    if (!isUnicodeClass(name)) this.#refuse('invalid character class range', match[0]);
    this.#index = unicode.lastIndex;
    return { ranges: undefined };
  }

  /** The character that a backslash at the index stands for; reads past it. */
  #escape(): string {
    const pattern = this.#pattern;
    const start = this.#index;
    const next = pattern.codePointAt(start + 1);
    if (next === undefined) this.#refuse('trailing backslash at end of expression', '');
    const char = String.fromCodePoint(next);
    this.#index = start + 1 + char.length;
    if (/^[1-7]$/.test(char) && !/^[0-7]$/.test(pattern[this.#index] ?? ''))
      this.#refuse('invalid escape sequence', pattern.slice(start, this.#index));
    if (/^[0-7]$/.test(char)) {
      const octal = /[0-7]{1,3}/y;
      octal.lastIndex = start + 1;
      const digits = octal.exec(pattern)![0];
      this.#index = octal.lastIndex;
      return String.fromCodePoint(Number.parseInt(digits, 8));
    }
    if (char === 'x') {
      const hexadecimal = /x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/y;
      hexadecimal.lastIndex = start + 1;
      const match = hexadecimal.exec(pattern);
      const code = match ? Number.parseInt(match[1] ?? match[2]!, 16) : Number.NaN;
      if (!match || code > 0x10ffff) {
        const prefix = /x(\{[0-9A-Fa-f]*[^0-9A-Fa-f]?|[0-9A-Fa-f]?[^0-9A-Fa-f]?)?/suy;
        prefix.lastIndex = start + 1;
        this.#refuse('invalid escape sequence', `\\${prefix.exec(pattern)?.[0] ?? 'x'}`);
      }
      this.#index = hexadecimal.lastIndex;
      return String.fromCodePoint(code);
    }
    const control = { a: '\u0007', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }[char];
    if (control !== undefined) return control;
    if (next < 0x80 && !/^[0-9A-Za-z]$/.test(char)) return char;
    this.#refuse('invalid escape sequence', pattern.slice(start, this.#index));
  }

  #class(): void {
    const pattern = this.#pattern;
    const start = this.#index;
    this.#index++;
    const negated = pattern[this.#index] === '^';
    if (negated) this.#index++;
    let ranges: number[] | undefined = [];
    let first = true;
    while (this.#index >= pattern.length || pattern[this.#index] !== ']' || first) {
      first = false;
      if (pattern.startsWith('[:', this.#index)) {
        const end = pattern.indexOf(':]', this.#index + 2);
        if (end >= 0) {
          const name = pattern.slice(this.#index, end + 2);
          const posix = posixClasses[name.replace('^', '')];
          if (!posix) this.#refuse('invalid character class range', name);
          ranges?.push(...(name.includes('^') ? negate(posix) : posix));
          this.#index = end + 2;
          continue;
        }
      }
      const named = this.#namedClass();
      if (named) {
        if (named.ranges) ranges?.push(...named.ranges);
        else ranges = undefined;
        continue;
      }
      const rangeStart = this.#index;
      const low = this.#classCharacter(start);
      let high = low;
      if (pattern[this.#index] === '-' && this.#index + 1 < pattern.length && pattern[this.#index + 1] !== ']') {
        this.#index++;
        high = this.#classCharacter(start);
        if (high < low) this.#refuse('invalid character class range', pattern.slice(rangeStart, this.#index));
      }
      ranges?.push(low, high);
    }
    this.#index++;
    const cleaned = ranges && normalise(ranges);
    this.#push({
      kind: 'class',
      ranges: cleaned && (negated ? negate(cleaned) : cleaned),
      foldCase: this.#flags.foldCase,
    });
  }

  #classCharacter(classStart: number): number {
    if (this.#index >= this.#pattern.length) this.#refuse('missing closing ]', this.#pattern.slice(classStart));
    if (this.#pattern[this.#index] === '\\') return this.#escape().codePointAt(0)!;
    const code = this.#pattern.codePointAt(this.#index)!;
    this.#index += code > 0xffff ? 2 : 1;
    return code;
  }
}

function concat(items: readonly Regexp[]): Regexp {
  const subs: Regexp[] = [];
  for (const item of items) {
    const last = subs.at(-1);
    if (item.kind === 'literal' && last?.kind === 'literal' && last.foldCase === item.foldCase)
      subs[subs.length - 1] = { ...last, text: last.text + item.text };
    else subs.push(item);
  }
  if (subs.length === 0) return { kind: 'emptyMatch' };
  return subs.length === 1 ? subs[0]! : { kind: 'concat', subs };
}

/** Whether nested counted repeats stay at `limit` copies in all, as RE2 demands. */
function repeatIsValid(regexp: Regexp, limit: number): boolean {
  let left = limit;
  switch (regexp.kind) {
    case 'repeat': {
      if (regexp.max === 0) return true;
      const count = regexp.max < 0 ? regexp.min : regexp.max;
      if (count > left) return false;
      if (count > 0) left = Math.floor(left / count);
      return repeatIsValid(regexp.sub, left);
    }
    case 'capture':
      return repeatIsValid(regexp.sub, left);
    case 'concat':
    case 'alternate':
      return regexp.subs.every((sub) => repeatIsValid(sub, left));
    default:
      return true;
  }
}

function normalise(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const out: number[] = [];
  for (const [low, high] of pairs) {
    if (out.length > 0 && low <= out.at(-1)! + 1) out[out.length - 1] = Math.max(out.at(-1)!, high);
    else out.push(low, high);
  }
  return out;
}

function negate(ranges: readonly number[]): number[] {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i]! > next) out.push(next, ranges[i]! - 1);
    next = ranges[i + 1]! + 1;
  }
  if (next <= 0x10ffff) out.push(next, 0x10ffff);
  return out;
}

function ranges(...characters: readonly string[]): readonly number[] {
  return normalise(characters.flatMap((range) => [range.charCodeAt(0), range.charCodeAt(range.length - 1)]));
}

const digit = ranges('0-9');
const space = ranges('\t', '\n', '\f', '\r', ' ');
const word = ranges('0-9', 'A-Z', 'a-z', '_');

const perlClasses: Readonly<Record<string, readonly number[]>> = {
  '\\d': digit,
  '\\s': space,
  '\\w': word,
  '\\D': negate(digit),
  '\\S': negate(space),
  '\\W': negate(word),
};

const posixClasses: Readonly<Record<string, readonly number[]>> = {
  '[:alnum:]': ranges('0-9', 'A-Z', 'a-z'),
  '[:alpha:]': ranges('A-Z', 'a-z'),
  '[:ascii:]': ranges('\u0000-\u007f'),
  '[:blank:]': ranges('\t', ' '),
  '[:cntrl:]': ranges('\u0000-\u001f', '\u007f'),
  '[:digit:]': digit,
  '[:graph:]': ranges('!-~'),
  '[:lower:]': ranges('a-z'),
  '[:print:]': ranges(' -~'),
  '[:punct:]': ranges('!-/', ':-@', '[-`', '{-~'),
  '[:space:]': ranges('\t-\r', ' '),
  '[:upper:]': ranges('A-Z'),
  '[:word:]': word,
  '[:xdigit:]': ranges('0-9', 'A-F', 'a-f'),
};

/** Unicode's general categories (`L`, `Lu`) and scripts (`Greek`), as RE2 knows them. */
function isUnicodeClass(name: string): boolean {
  if (name === 'Any') return true;
  if (/^[CLMNPSZ][a-z]?$/.test(name))
    return canCompile(`\\p{General_Category=${name}}`) && name !== 'Cn' && name !== 'LC';
  return /^[A-Z][A-Za-z_]{3,}$/.test(name) && canCompile(`\\p{Script=${name}}`);
}

function canCompile(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
