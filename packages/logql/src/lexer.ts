import { parseByteSize } from './byte-size.ts';
import { parseGoDuration, parsePrometheusDuration } from './go-duration.ts';
import { END, GoScanner, isGoSpace, type ScanProblem } from './go-scanner.ts';
import { unquote } from './go-string.ts';
import { functionTokens, keywordTokens, symbolTokens, type Token, type TokenKind } from './token.ts';

/** After the first minus of a flag. */
const flagTail = /-(?:strict|keep-empty)(?![\p{L}-])/uy;
/** What may belong to a number. No duration or size is that long, and a longer tail would be scanned again and again. */
const durationTail = /[\p{N}nuµmshdwy.]{0,100}/uy;
const bytesTail = /[\p{N}BikKMGTP.]{0,100}/uy;

/**
 * Tokens of a query, one at a time: the parser may refuse a query before its end is looked at, and which of several problems
 * is reported depends on that. After a malformed token comes `$end`, as in Loki.
 */
export class Lexer {
  /** What was malformed so far, in order. Loki reports the first. */
  readonly problems: ScanProblem[] = [];
  readonly #text: string;
  readonly #scanner: GoScanner;

  constructor(text: string, onComment?: (start: number, end: number) => void) {
    this.#text = text;
    this.#scanner = new GoScanner(text, (problem) => this.problems.push(problem), onComment);
    this.#onComment = onComment;
  }

  readonly #onComment: ((start: number, end: number) => void) | undefined;

  next(): Token {
    const scanner = this.#scanner;
    for (;;) {
      const kind = scanner.scan();
      const word = this.#text.slice(scanner.start, scanner.end);
      switch (kind) {
        case 'end':
          return this.#token('$end');
        case 'integer':
        case 'float':
          return this.#number(word);
        case 'string':
        case 'rawString': {
          const value = unquote(word);
          if (value === undefined) return this.#malformed('invalid syntax');
          return this.#token('STRING', { text: value });
        }
        case 'identifier':
        case 'character':
          return this.#word(word);
        case 'other':
          if (word === '#') {
            this.#skipComment();
            continue;
          }
          if (word === '[') return this.#range();
          if (word === '-') return this.#minus();
          return this.#word(word);
      }
    }
  }

  #token(kind: TokenKind, value: { text?: string; durationNs?: bigint; bytes?: number } = {}): Token {
    const { start, end, line, column } = this.#scanner;
    return { kind, start, end, line, column, text: '', durationNs: 0n, bytes: 0, ...value };
  }

  /** A token that goes on to where the scanner stands now, because characters were read by hand. */
  #longToken(kind: TokenKind, value: { text?: string; durationNs?: bigint; bytes?: number } = {}): Token {
    return { ...this.#token(kind, value), end: this.#scanner.offset };
  }

  #malformed(message: string): Token {
    this.#scanner.problem(message);
    return this.#longToken('$end');
  }

  #skipComment(): void {
    const scanner = this.#scanner;
    const start = scanner.start;
    while (scanner.peek() !== 0x0a && scanner.peek() !== END) scanner.next();
    this.#onComment?.(start, scanner.offset);
  }

  #number(word: string): Token {
    const scanner = this.#scanner;
    const afterDuration = this.#tail(durationTail);
    const durationNs = afterDuration === '' ? undefined : parseDuration(word + afterDuration);
    if (durationNs !== undefined) {
      this.#read(afterDuration);
      return this.#longToken('DURATION', { durationNs, text: word + afterDuration });
    }
    const afterBytes = this.#tail(bytesTail);
    const bytes = afterBytes === '' ? undefined : parseByteSize(word + afterBytes);
    if (bytes !== undefined) {
      this.#read(afterBytes);
      return this.#longToken('BYTES', { bytes, text: this.#text.slice(scanner.start, scanner.offset) });
    }
    return this.#token('NUMBER', { text: word });
  }

  /** A flag, a negative duration, or just a minus. */
  #minus(): Token {
    const afterFlag = this.#tail(flagTail);
    if (afterFlag !== '') {
      this.#read(afterFlag);
      return this.#longToken('FUNCTION_FLAG', { text: `-${afterFlag}` });
    }
    const afterDuration = this.#tail(durationTail);
    const durationNs = afterDuration === '' ? undefined : parseDuration(`-${afterDuration}`);
    if (durationNs === undefined) return this.#token('-');
    this.#read(afterDuration);
    return this.#longToken('DURATION', { durationNs, text: `-${afterDuration}` });
  }

  #range(): Token {
    const scanner = this.#scanner;
    const start = scanner.offset;
    for (let char = scanner.next(); char !== END; char = scanner.next()) {
      if (char !== 0x5d) continue;
      const text = this.#text.slice(start, scanner.offset - 1);
      const duration = parsePrometheusDuration(text);
      if (duration.error !== undefined) return this.#malformed(duration.error);
      return this.#longToken('RANGE', { durationNs: duration.durationNs, text });
    }
    return this.#malformed("missing closing ']' in duration");
  }

  #word(word: string): Token {
    const lower = word.toLowerCase();
    const functionKind = functionTokens.get(lower);
    if (functionKind !== undefined)
      return this.#callFollows() ? this.#token(functionKind) : this.#token('IDENTIFIER', { text: word });
    const following = this.#scanner.peek();
    if (following !== END) {
      const pair = (word + String.fromCodePoint(following)) as TokenKind;
      if (symbolTokens.has(pair)) {
        this.#scanner.next();
        return this.#longToken(pair);
      }
    }
    if (symbolTokens.has(word as TokenKind)) return this.#token(word as TokenKind);
    if (keywordTokens.has(lower as TokenKind)) return this.#token(lower as TokenKind);
    return this.#token('IDENTIFIER', { text: word });
  }

  /** Whether `(`, or `by`/`without` and `(`, is next. */
  #callFollows(): boolean {
    const text = this.#text;
    const afterSpace = (from: number): number => {
      let index = from;
      while (index < text.length && isGoSpace(text.charCodeAt(index))) index++;
      return index;
    };
    const index = afterSpace(this.#scanner.offset);
    if (text[index] === '(') return true;
    const grouping = /(?:by|without)/iy;
    grouping.lastIndex = index;
    return grouping.test(text) && text[afterSpace(grouping.lastIndex)] === '(';
  }

  #tail(pattern: RegExp): string {
    pattern.lastIndex = this.#scanner.offset;
    return pattern.exec(this.#text)?.[0] ?? '';
  }

  #read(text: string): void {
    for (const _ of text) this.#scanner.next();
  }
}

/** Prometheus' spelling first (`1d12h`), then Go's (`1.5h`, `-5m`, `100µs`). */
function parseDuration(text: string): bigint | undefined {
  return parsePrometheusDuration(text).durationNs ?? parseGoDuration(text);
}
