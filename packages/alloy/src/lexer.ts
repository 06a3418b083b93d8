/**
 * Text to tokens. A newline (or the end of the file) becomes a TERMINATOR after an identifier, a literal or a closing
 * bracket, as in Go: this is why a list closed on its own line needs a comma after its last element, and why an operator
 * must end a line rather than start one.
 */
import { type Diagnostic, diagnosticAt, type SourceFile } from './diagnostic.ts';
import { unquote } from './quote.ts';

export type TokenKind =
  | 'ILLEGAL'
  | 'EOF'
  | 'IDENT'
  | 'NUMBER'
  | 'FLOAT'
  | 'STRING'
  | 'BOOL'
  | 'NULL'
  | 'TERMINATOR'
  | Operator;

type Operator =
  | '||'
  | '&&'
  | '!'
  | '='
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '{'
  | '}'
  | '('
  | ')'
  | '['
  | ']'
  | ','
  | '.';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** The token as written; empty for TERMINATOR and EOF. */
  readonly text: string;
}

/** A comment as written, without its newline. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Tokens {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
}

const letter = /[\p{L}_]/u;
const identifierPart = /[\p{L}\p{Nd}_]/u;
const operators: readonly Operator[] = [
  '||', '&&', '==', '!=', '<=', '>=', '!', '=', '<', '>', '+', '-', '*', '/', '%', '^', '{', '}', '(', ')', '[', ']',
  ',', '.',
]; // biome-ignore format: one table
const keywords: ReadonlyMap<string, TokenKind> = new Map([
  ['true', 'BOOL'],
  ['false', 'BOOL'],
  ['null', 'NULL'],
]);
/** After these a newline ends the statement. */
const endsStatement: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'IDENT', 'NUMBER', 'FLOAT', 'STRING', 'BOOL', 'NULL', ')', ']', '}',
]); // biome-ignore format: one table

/** `U+0023 '#'` */
function printRune(char: string): string {
  const code = char.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  return code < 0x20 || code === 0x7f ? `U+${hex}` : `U+${hex} '${char}'`;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

/** Tokens, comments and lexical errors of a file. The last token is EOF. */
export function tokenize(file: SourceFile): Tokens {
  const { text } = file;
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  const diagnostics: Diagnostic[] = [];
  let offset = text.startsWith('\ufeff') ? 1 : 0;
  let needsTerminator = false;

  const error = (start: number, end: number, message: string, hint?: string) => {
    diagnostics.push(diagnosticAt(file, { start, end }, message, hint === undefined ? {} : { hint }));
  };
  const push = (kind: TokenKind, start: number) => {
    tokens.push({ kind, start, end: offset, text: text.slice(start, offset) });
    needsTerminator = kind === 'ILLEGAL' ? needsTerminator : endsStatement.has(kind);
  };
  const terminate = (start: number) => {
    tokens.push({ kind: 'TERMINATOR', start, end: start, text: '' });
    needsTerminator = false;
  };

  for (;;) {
    const char = text[offset];
    if (char === undefined) {
      if (needsTerminator) terminate(text.length);
      tokens.push({ kind: 'EOF', start: text.length, end: text.length, text: '' });
      return { tokens, comments, diagnostics };
    }
    if (char === '\n') {
      if (needsTerminator) terminate(offset);
      offset++;
      continue;
    }
    if (char === ' ' || char === '\t' || char === '\r') {
      offset++;
      continue;
    }
    const start = offset;
    if (char === '/' && (text[offset + 1] === '/' || text[offset + 1] === '*')) {
      scanComment(start);
      continue;
    }
    if (char === '"') {
      scanString(start);
    } else if (char === '`') {
      const close = text.indexOf('`', offset + 1);
      offset = close < 0 ? text.length : close + 1;
      if (close < 0) error(start, offset, 'string literal not terminated', 'Close the raw string with a backtick.');
      push('STRING', start);
    } else if (isDigit(char) || (char === '.' && isDigit(text[offset + 1]))) {
      scanNumber(start);
    } else if (char === "'") {
      const close = text.slice(offset + 1).search(/['\n]/);
      offset = close < 0 ? text.length : offset + 1 + close + (text[offset + 1 + close] === "'" ? 1 : 0);
      error(start, offset, 'illegal single-quoted string; use double quotes');
      push('ILLEGAL', start);
    } else {
      const point = String.fromCodePoint(text.codePointAt(offset)!);
      const operator = operators.find((candidate) => text.startsWith(candidate, offset));
      if (letter.test(point)) {
        while (offset < text.length) {
          const part = String.fromCodePoint(text.codePointAt(offset)!);
          if (!identifierPart.test(part)) break;
          offset += part.length;
        }
        push(keywords.get(text.slice(start, offset)) ?? 'IDENT', start);
      } else if (operator !== undefined) {
        offset += operator.length;
        push(operator, start);
      } else {
        offset += point.length;
        const message =
          point === '\0'
            ? 'illegal character NUL'
            : point === '\ufeff'
              ? 'illegal byte order mark'
              : `illegal character ${printRune(point)}`;
        error(start, offset, message, point === '#' ? 'Comments start with //.' : undefined);
        push('ILLEGAL', start);
      }
    }
  }

  function scanComment(start: number): void {
    if (text[start + 1] === '/') {
      const lineEnd = text.indexOf('\n', start);
      offset = lineEnd < 0 ? text.length : lineEnd;
      if (needsTerminator) terminate(start);
    } else {
      const close = text.indexOf('*/', start + 2);
      offset = close < 0 ? text.length : close + 2;
      if (close < 0) error(start, offset, 'block comment not terminated', 'Close it with */.');
      // A comment that runs to the end of the line stands for the newline.
      const spansLines = text.slice(start, offset).includes('\n');
      if (needsTerminator && (spansLines || /^[ \t\r]*(\n|$)/.test(text.slice(offset)))) terminate(start);
    }
    comments.push({ start, end: offset, text: text.slice(start, offset).replaceAll('\r', '') });
  }

  function scanString(start: number): void {
    offset++;
    for (;;) {
      const char = text[offset];
      if (char === undefined || char === '\n') {
        error(start, offset, 'string literal not terminated', 'Close the string with " on the same line.');
        break;
      }
      if (char === '\\' && text[offset + 1] !== undefined && text[offset + 1] !== '\n') {
        offset += 2;
        continue;
      }
      offset++;
      if (char === '"') {
        const result = unquote(text.slice(start, offset));
        if ('error' in result) {
          const at = start + result.offset;
          error(at, at + 1, result.error, 'Escape a backslash as \\\\, or use a raw string in backticks.');
        }
        break;
      }
    }
    push('STRING', start);
  }

  function scanNumber(start: number): void {
    let kind: TokenKind = 'NUMBER';
    while (isDigit(text[offset])) offset++;
    if (text[offset] === '.') {
      kind = 'FLOAT';
      offset++;
      while (isDigit(text[offset])) offset++;
    }
    if (text[offset] === 'e' || text[offset] === 'E') {
      kind = 'FLOAT';
      offset++;
      if (text[offset] === '+' || text[offset] === '-') offset++;
      if (!isDigit(text[offset])) error(start, offset, 'exponent has no digits');
      while (isDigit(text[offset])) offset++;
    }
    push(kind, start);
  }
}
