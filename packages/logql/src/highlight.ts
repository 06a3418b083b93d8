import { Lexer } from './lexer.ts';
import { functionTokens, keywordTokens, type TokenKind } from './token.ts';
import type { Span } from './tree.ts';

export type HighlightKind =
  | 'keyword'
  | 'function'
  | 'identifier'
  | 'string'
  | 'number'
  | 'duration'
  | 'bytes'
  | 'flag'
  | 'operator'
  | 'punctuation'
  | 'comment'
  | 'invalid';

export interface HighlightToken extends Span {
  readonly kind: HighlightKind;
}

const punctuation: ReadonlySet<TokenKind> = new Set<TokenKind>(['{', '}', '[', ']', '(', ')', ',', '.']);
const functions: ReadonlySet<TokenKind> = new Set(functionTokens.values());

/**
 * Tokens and comments of a text in order, for highlighting: also of a text that does not parse. From a malformed token on (an
 * unclosed string) the rest is one `invalid` token. White space is left out.
 */
export function tokens(text: string): HighlightToken[] {
  const found: HighlightToken[] = [];
  const lexer = new Lexer(text, (start, end) => found.push({ kind: 'comment', start, end }));
  for (let token = lexer.next(); ; token = lexer.next()) {
    const problem = lexer.problems[0];
    if (problem) {
      const kept = found.filter((earlier) => earlier.end <= problem.start);
      if (problem.start < text.length) kept.push({ kind: 'invalid', start: problem.start, end: text.length });
      return kept;
    }
    if (token.kind === '$end') return found;
    found.push({ kind: highlightKind(token.kind), start: token.start, end: token.end });
  }
}

function highlightKind(kind: TokenKind): HighlightKind {
  switch (kind) {
    case 'STRING':
      return 'string';
    case 'NUMBER':
      return 'number';
    case 'DURATION':
    case 'RANGE':
      return 'duration';
    case 'BYTES':
      return 'bytes';
    case 'FUNCTION_FLAG':
      return 'flag';
    case 'IDENTIFIER':
      return 'identifier';
    default:
      if (functions.has(kind)) return 'function';
      if (keywordTokens.has(kind)) return 'keyword';
      return punctuation.has(kind) ? 'punctuation' : 'operator';
  }
}
