import { Lexer } from './lexer.ts';
import { type Token, type TokenKind, tokenKinds } from './token.ts';
import type { Span } from './tree.ts';
import { syntaxErrorMessage } from './yacc-message.ts';

/**
 * Levels that parentheses, calls and operators may nest. Loki has no such limit; this one keeps every recursive walk over a
 * tree within the stack of any JavaScript engine.
 */
export const nestingMax = 1000;

/** The parser's one exception: the query is refused. It never leaves parse.ts. */
export class Refusal extends Error {
  readonly span: Span;
  /** As Loki prints them; 0 and 0 for problems without a position. */
  readonly line: number;
  readonly column: number;

  constructor(message: string, span: Span, line = 0, column = 0) {
    super(message);
    this.span = span;
    this.line = line;
    this.column = column;
  }
}

/** The parser's place in the tokens. A token is read only when it is asked for: see parser.ts, rule 3. */
export class TokenCursor {
  /** Where the last token taken ends. */
  end = 0;
  readonly #lexer: Lexer;
  #lookahead: Token | undefined;
  #depth = 0;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
  }

  peek(): Token {
    this.#lookahead ??= this.#lexer.next();
    return this.#lookahead;
  }

  at(kind: TokenKind): boolean {
    return this.peek().kind === kind;
  }

  take(): Token {
    const token = this.peek();
    this.#lookahead = undefined;
    this.end = token.end;
    return token;
  }

  accept(kind: TokenKind): Token | undefined {
    return this.at(kind) ? this.take() : undefined;
  }

  /** The next token if it is of one of the kinds, which are all that may follow here. */
  expect(...kinds: readonly TokenKind[]): Token {
    return kinds.includes(this.peek().kind) ? this.take() : this.fail(kinds);
  }

  /** Refuses the next token. A malformed token before it is reported instead, as that came first. */
  fail(expected: readonly TokenKind[]): never {
    const token = this.peek();
    this.refuseMalformed();
    const message = syntaxErrorMessage(token.kind, expected, tokenKinds);
    throw new Refusal(message, { start: token.start, end: Math.max(token.end, token.start) }, token.line, token.column);
  }

  /** Refuses something that was read, for what it means. */
  refuse(message: string, span: Span): never {
    throw new Refusal(message, span);
  }

  /** Succeeds at the end of the text. */
  finish(): void {
    if (!this.at('$end')) this.fail([]);
    this.refuseMalformed();
  }

  spanFrom(start: number): Span {
    return { start, end: this.end };
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    this.#depth++;
    this.checkDepth(this.#depth);
    const result = parse();
    this.#depth--;
    return result;
  }

  checkDepth(depth: number): void {
    if (depth <= nestingMax) return;
    const { start, end } = this.peek();
    this.refuse(`the expression is nested more than ${nestingMax} levels deep`, { start, end });
  }

  /** Refuses the text if a token read so far was malformed. */
  refuseMalformed(): void {
    const problem = this.#lexer.problems[0];
    if (!problem) return;
    const end = Math.max(this.#lookahead?.end ?? problem.start, problem.start);
    throw new Refusal(problem.message, { start: problem.start, end }, problem.line, problem.column);
  }
}
