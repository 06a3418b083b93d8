/**
 * Splits text into the tokens of Go's `text/scanner`, which Loki's lexer stands on. What a query author sees of it: Go's
 * string escapes and number forms, Go's comments (`//` and `/*…`) beside LogQL's `#`, and its rules for positions.
 *
 * Positions deserve a word, because Loki prints them: a token knows the line and column (in characters, from 1) where it
 * starts, but every character that the lexer reads *by hand* with `next()` (the second one of `|=`, the unit of `5m`, all of
 * `[5m]`) makes the line invalid, and 0 is printed. Error texts therefore say `line 0` for such tokens. Source: Go's
 * documentation of text/scanner, "Calling Init or Next invalidates the position (Line == 0)".
 */

/** End of the text. */
export const END = -1;
const NOTHING_READ = -2;

export type GoTokenKind = 'end' | 'identifier' | 'integer' | 'float' | 'character' | 'string' | 'rawString' | 'other';

export interface ScanProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly start: number;
}

const identifierStart = /^[_\p{L}]$/u;
const identifierPart = /^[_\p{L}\p{Nd}]$/u;

export class GoScanner {
  readonly text: string;
  /** Called for what is malformed inside a token; scanning goes on. */
  readonly onProblem: (problem: ScanProblem) => void;
  readonly onComment: ((start: number, end: number) => void) | undefined;

  /** Line of the last token, 0 once `next` was called. */
  line = 0;
  /** Column of the last token, in characters from 1. */
  column = 0;
  /** Extent of the last token in UTF-16 units. */
  start = 0;
  end = 0;

  #position = 0;
  #lookahead = NOTHING_READ;
  #lookaheadLength = 0;
  #currentLine = 1;
  #currentColumn = 0;
  #previousLineLength = 0;

  constructor(
    text: string,
    onProblem: (problem: ScanProblem) => void,
    onComment?: (start: number, end: number) => void,
  ) {
    this.text = text;
    this.onProblem = onProblem;
    this.onComment = onComment;
  }

  /** The next character (code point) without reading it. */
  peek(): number {
    if (this.#lookahead === NOTHING_READ) {
      this.#lookahead = this.#read();
      if (this.#lookahead === 0xfeff) this.#lookahead = this.#read();
    }
    return this.#lookahead;
  }

  /** Reads one character by hand. */
  next(): number {
    this.line = 0;
    const char = this.peek();
    if (char !== END) this.#lookahead = this.#read();
    return char;
  }

  /** Where `peek()`'s character starts. */
  get offset(): number {
    this.peek();
    return this.#position - this.#lookaheadLength;
  }

  problem(message: string): void {
    this.onProblem({ message, line: this.line, column: this.column, start: this.start });
  }

  /** Scans the next token; its text is `text.slice(start, end)`. */
  scan(): GoTokenKind {
    let char = this.peek();
    this.line = 0;
    for (;;) {
      while (char === 0x20 || char === 0x09 || char === 0x0a || char === 0x0d) char = this.#read();
      this.start = this.#position - this.#lookaheadLength;
      if (this.#currentColumn > 0) {
        this.line = this.#currentLine;
        this.column = this.#currentColumn;
      } else {
        this.line = this.#currentLine - 1;
        this.column = this.#previousLineLength;
      }
      if (char !== 0x2f) break;
      char = this.#read();
      if (char !== 0x2f && char !== 0x2a) return this.#finish('other', char);
      const start = this.start;
      char = this.#comment(char);
      this.onComment?.(start, this.#position - this.#lookaheadLength);
    }
    if (char === END) return this.#finish('end', char);
    if (isIdentifierStart(char)) {
      do char = this.#read();
      while (isIdentifierPart(char));
      return this.#finish('identifier', char);
    }
    if (isDecimal(char)) return this.#number(char, false);
    switch (char) {
      case 0x22:
        this.#string(0x22);
        return this.#finish('string', this.#read());
      case 0x27:
        if (this.#string(0x27) !== 1) this.problem('invalid char literal');
        return this.#finish('character', this.#read());
      case 0x60:
        this.#rawString();
        return this.#finish('rawString', this.#read());
      case 0x2e:
        char = this.#read();
        return isDecimal(char) ? this.#number(char, true) : this.#finish('other', char);
      default:
        return this.#finish('other', this.#read());
    }
  }

  #finish(kind: GoTokenKind, lookahead: number): GoTokenKind {
    this.end = this.#position - this.#lookaheadLength;
    this.#lookahead = lookahead;
    return kind;
  }

  #read(): number {
    const char = this.text.codePointAt(this.#position);
    if (char === undefined) {
      if (this.#lookaheadLength > 0) this.#currentColumn++;
      this.#lookaheadLength = 0;
      return END;
    }
    // V8 14's optimised codePointAt reads past the end of a sliced string when that ends in half a surrogate pair.
    this.#lookaheadLength = Math.min(char > 0xffff ? 2 : 1, this.text.length - this.#position);
    this.#position += this.#lookaheadLength;
    this.#currentColumn++;
    if (char === 0) this.problem('invalid character NUL');
    else if (char === 0x0a) {
      this.#currentLine++;
      this.#previousLineLength = this.#currentColumn;
      this.#currentColumn = 0;
    }
    return char;
  }

  /** `second` is the `/` or `*` that was just read; gives the character after the comment. */
  #comment(second: number): number {
    if (second === 0x2f) {
      let char = this.#read();
      while (char !== 0x0a && char !== END) char = this.#read();
      return char;
    }
    let char = this.#read();
    for (;;) {
      if (char === END) {
        this.problem('comment not terminated');
        return char;
      }
      const before = char;
      char = this.#read();
      if (before === 0x2a && char === 0x2f) return this.#read();
    }
  }

  /** Reads up to and including the closing quote; gives the number of characters between the quotes. */
  #string(quote: number): number {
    let count = 0;
    let char = this.#read();
    while (char !== quote) {
      if (char === 0x0a || char === END) {
        this.problem('literal not terminated');
        return count;
      }
      char = char === 0x5c ? this.#escape(quote) : this.#read();
      count++;
    }
    return count;
  }

  #rawString(): void {
    let char = this.#read();
    while (char !== 0x60) {
      if (char === END) {
        this.problem('literal not terminated');
        return;
      }
      char = this.#read();
    }
  }

  #escape(quote: number): number {
    const char = this.#read();
    switch (char === END ? '' : String.fromCodePoint(char)) {
      case 'a':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
      case '\\':
        return this.#read();
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
        return this.#escapeDigits(char, 8, 3);
      case 'x':
        return this.#escapeDigits(this.#read(), 16, 2);
      case 'u':
        return this.#escapeDigits(this.#read(), 16, 4);
      case 'U':
        return this.#escapeDigits(this.#read(), 16, 8);
      default:
        if (char === quote) return this.#read();
        this.problem('invalid char escape');
        return char;
    }
  }

  #escapeDigits(first: number, base: number, count: number): number {
    let char = first;
    let left = count;
    while (left > 0 && digitValue(char) < base) {
      char = this.#read();
      left--;
    }
    if (left > 0) this.problem('invalid char escape');
    return char;
  }

  /** A number from its first digit on (`fraction`: that digit follows a dot). */
  #number(first: number, fraction: boolean): GoTokenKind {
    let char = first;
    let base = 10;
    let prefix = '';
    let sawDigits = false;
    let sawSeparator = false;
    let invalidDigit = '';
    let seenDot = fraction;
    let float = false;

    const digits = (digitBase: number): void => {
      while (char === 0x5f || (digitBase <= 10 ? isDecimal(char) : digitValue(char) < 16)) {
        if (char === 0x5f) sawSeparator = true;
        else {
          sawDigits = true;
          if (digitBase <= 10 && char - 0x30 >= digitBase) invalidDigit ||= String.fromCharCode(char);
        }
        char = this.#read();
      }
    };

    if (!seenDot) {
      if (char === 0x30) {
        char = this.#read();
        const letter = char | 0x20;
        if (letter === 0x78) [base, prefix] = [16, 'x'];
        else if (letter === 0x6f) [base, prefix] = [8, 'o'];
        // Loki's copy of the scanner takes `0b` for a binary number only if no space stands before it.
        else if (letter === 0x62 && !isGoSpace(this.#lookahead)) [base, prefix] = [2, 'b'];
        else if (letter !== 0x62) {
          [base, prefix] = [8, '0'];
          sawDigits = true;
        }
        if (prefix !== '' && prefix !== '0') char = this.#read();
      }
      digits(base);
      if (char === 0x2e) {
        char = this.#read();
        seenDot = true;
      }
    }
    if (seenDot) {
      float = true;
      if (prefix === 'o' || prefix === 'b') this.problem(`invalid radix point in ${literalName(prefix)}`);
      digits(base);
    }
    if (!sawDigits) this.problem(`${literalName(prefix)} has no digits`);
    const letter = char | 0x20;
    if (char !== END && (letter === 0x65 || letter === 0x70)) {
      const shown = String.fromCharCode(char);
      if (letter === 0x65 && prefix !== '' && prefix !== '0')
        this.problem(`'${shown}' exponent requires decimal mantissa`);
      else if (letter === 0x70 && prefix !== 'x') this.problem(`'${shown}' exponent requires hexadecimal mantissa`);
      char = this.#read();
      float = true;
      if (char === 0x2b || char === 0x2d) char = this.#read();
      const before = sawDigits;
      sawDigits = false;
      const invalidBefore = invalidDigit;
      digits(10);
      invalidDigit = invalidBefore;
      if (!sawDigits) this.problem('exponent has no digits');
      sawDigits ||= before;
    } else if (prefix === 'x' && float) this.problem("hexadecimal mantissa requires a 'p' exponent");
    if (!float && invalidDigit !== '') this.problem(`invalid digit '${invalidDigit}' in ${literalName(prefix)}`);
    if (sawSeparator) {
      const text = this.text.slice(this.start, this.#position - this.#lookaheadLength);
      if (!/^(0[xob])?_?[0-9a-f]+(_[0-9a-f]+)*(\.([0-9a-f]+(_[0-9a-f]+)*)?)?([ep][+-]?[0-9]+(_[0-9]+)*)?$/i.test(text))
        this.problem("'_' must separate successive digits");
    }
    return this.#finish(float ? 'float' : 'integer', char);
  }
}

function literalName(prefix: string): string {
  switch (prefix) {
    case 'x':
      return 'hexadecimal literal';
    case 'o':
    case '0':
      return 'octal literal';
    case 'b':
      return 'binary literal';
    default:
      return 'decimal literal';
  }
}

function isIdentifierStart(char: number): boolean {
  if (char < 0x80) return (char >= 0x61 && char <= 0x7a) || (char >= 0x41 && char <= 0x5a) || char === 0x5f;
  return identifierStart.test(String.fromCodePoint(char));
}

function isIdentifierPart(char: number): boolean {
  if (char < 0x80) return isIdentifierStart(char) || isDecimal(char);
  return identifierPart.test(String.fromCodePoint(char));
}

function isDecimal(char: number): boolean {
  return char >= 0x30 && char <= 0x39;
}

function digitValue(char: number): number {
  if (isDecimal(char)) return char - 0x30;
  const letter = char | 0x20;
  return char > 0 && letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 16;
}

/** Go's unicode.IsSpace. */
export function isGoSpace(char: number): boolean {
  return (
    char >= 0 &&
    /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(String.fromCodePoint(char))
  );
}
