/**
 * Tokens to tree: recursive descent with precedence climbing. After an error the parser skips to the end of the statement
 * and goes on, reporting at most one parse error per source line, so that one slip gives one message.
 */
import { type Diagnostic, diagnosticAt, placeAt, type SourceFile } from './diagnostic.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';
import { quote, unquote } from './quote.ts';
import type {
  BinaryOperator,
  Block,
  Expression,
  File,
  Identifier,
  Label,
  ObjectField,
  Statement,
  UnaryOperator,
} from './tree.ts';

export interface ParseResult {
  /** What could be read, also when there are errors. */
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
}

/** Deeper nesting is refused: the tree is walked by recursion. */
export const nestingLimit = 400;

const precedence: Readonly<Partial<Record<TokenKind, number>>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};

const identifier = /^[\p{L}_][\p{L}\p{Nd}_]*$/u;

/** Parses a whole file. Never throws. */
export function parse(source: SourceFile): ParseResult {
  const parser = new Parser(source);
  return parser.parseFile();
}

/** Parses one expression, e.g. for a test or a value on a command line. */
export function parseExpression(source: SourceFile): { expression?: Expression; diagnostics: readonly Diagnostic[] } {
  return new Parser(source).parseSingleExpression();
}

/** Thrown inside the parser to leave a statement; never leaves this file. */
const giveUp = Symbol('give up');

class Parser {
  readonly #source: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #file: File;
  readonly #diagnostics: Diagnostic[] = [];
  #index = 0;
  #depth = 0;
  #lastErrorLine = 0;

  constructor(source: SourceFile) {
    const { tokens, comments, diagnostics } = tokenize(source);
    this.#source = source;
    this.#tokens = tokens;
    this.#diagnostics.push(...diagnostics);
    this.#file = { source, body: [], comments };
  }

  parseFile(): ParseResult {
    const body = this.#statements('EOF');
    const file: File = { ...this.#file, body };
    return { file, diagnostics: this.#sorted() };
  }

  parseSingleExpression(): { expression?: Expression; diagnostics: readonly Diagnostic[] } {
    try {
      const expression = this.#expression(1);
      if (this.#peek().kind === 'TERMINATOR') this.#index++;
      if (this.#peek().kind !== 'EOF') this.#error(this.#peek(), `expected EOF, got ${this.#got()}`);
      return { expression, diagnostics: this.#sorted() };
    } catch (thrown) {
      if (thrown !== giveUp) throw thrown;
      return { diagnostics: this.#sorted() };
    }
  }

  #sorted(): Diagnostic[] {
    return this.#diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
  }

  #peek(): Token {
    return this.#tokens[this.#index]!;
  }

  #got(): string {
    return this.#peek().kind;
  }

  #error(at: { start: number; end: number }, message: string, hint?: string): void {
    const { line } = placeAt(this.#source.text, at.start);
    if (line === this.#lastErrorLine) return;
    this.#lastErrorLine = line;
    this.#diagnostics.push(diagnosticAt(this.#source, at, message, hint === undefined ? {} : { hint }));
  }

  #fail(at: { start: number; end: number }, message: string, hint?: string): never {
    this.#error(at, message, hint);
    throw giveUp;
  }

  #expect(kind: TokenKind): Token {
    const token = this.#peek();
    if (token.kind !== kind) this.#fail(token, `expected ${kind}, got ${this.#got()}`);
    this.#index++;
    return token;
  }

  /** Skips the rest of a broken statement: to the end of its line, past the bodies that open in it. */
  #skipStatement(): void {
    let open = 0;
    for (; this.#peek().kind !== 'EOF'; this.#index++) {
      const { kind } = this.#peek();
      if (kind === '{' || kind === '[' || kind === '(') open++;
      else if ((kind === '}' || kind === ']' || kind === ')') && open > 0) open--;
      else if (kind === 'TERMINATOR' && open === 0) return;
    }
  }

  #statements(until: '}' | 'EOF'): Statement[] {
    const statements: Statement[] = [];
    while (this.#peek().kind !== until && this.#peek().kind !== 'EOF') {
      try {
        if (this.#depth > nestingLimit) this.#fail(this.#peek(), 'blocks are nested too deeply');
        statements.push(this.#statement());
        if (this.#peek().kind === until) break;
        if (this.#peek().kind !== 'TERMINATOR') {
          this.#fail(this.#peek(), `expected TERMINATOR, got ${this.#got()}`, this.#terminatorHint());
        }
      } catch (thrown) {
        if (thrown !== giveUp) throw thrown;
        this.#skipStatement();
      }
      if (this.#peek().kind === 'TERMINATOR') this.#index++;
    }
    return statements;
  }

  #terminatorHint(): string {
    const before = this.#tokens[this.#index - 1];
    if (before?.kind === 'NUMBER' && before.end === this.#peek().start) {
      return 'Numbers are decimal digits; write other text in double quotes.';
    }
    return 'Put each statement on its own line.';
  }

  #statement(): Statement {
    const first = this.#peek();
    if (first.kind !== 'IDENT') this.#fail(first, `expected identifier, got ${this.#got()}`);
    const name: Identifier[] = [this.#identifier()];
    while (this.#peek().kind === '.') {
      this.#index++;
      if (this.#peek().kind !== 'IDENT') this.#fail(this.#peek(), `expected identifier, got ${this.#got()}`);
      name.push(this.#identifier());
    }
    const labelToken = this.#peek();
    let label: Label | undefined;
    if (labelToken.kind !== '=' && labelToken.kind !== '{') {
      if (labelToken.kind !== 'STRING') {
        const what =
          labelToken.kind === 'IDENT'
            ? 'expected block label'
            : name.length === 1
              ? 'expected attribute assignment or block body'
              : 'expected block body';
        this.#fail(labelToken, `${what}, got ${this.#got()}`, 'A label is a name in double quotes.');
      }
      label = this.#label();
    }
    if (this.#peek().kind === '=') {
      if (name.length > 1) {
        this.#error(
          { start: first.start, end: name.at(-1)!.end },
          'attribute names may only consist of a single identifier with no "."',
        );
      } else if (label !== undefined || labelToken.kind === 'STRING') {
        this.#error(labelToken, 'attribute names may not have labels');
      }
      this.#index++;
      const value = this.#expression(1);
      // `a = b "x" { }`: somebody put a block where a value belongs.
      if (this.#peek().kind === 'STRING' || this.#peek().kind === '{') {
        if (value.kind === 'identifier' || value.kind === 'access') {
          this.#fail(value, 'cannot use a block as an expression', 'Refer to a component by its name and label.');
        }
      }
      return { kind: 'attribute', name: name[0]!, value, start: first.start, end: value.end };
    }
    if (this.#peek().kind !== '{') this.#fail(this.#peek(), `expected block body, got ${this.#got()}`);
    return this.#block(first.start, name, label);
  }

  #block(start: number, name: readonly Identifier[], label: Label | undefined): Block {
    const open = this.#expect('{');
    this.#depth++;
    const body = this.#statements('}');
    this.#depth--;
    const close = this.#expect('}');
    return { kind: 'block', name, label, body, start, end: close.end, open: open.start, close: close.start };
  }

  #identifier(): Identifier {
    const token = this.#peek();
    this.#index++;
    return { name: token.text, start: token.start, end: token.end };
  }

  /** The label of a block; `undefined` for the empty one and for a bad one (reported). */
  #label(): Label | undefined {
    const token = this.#peek();
    this.#index++;
    if (token.text.startsWith('`')) {
      this.#error(token, `expected block label to be a double quoted string, but got ${quote(token.text)}`);
      return undefined;
    }
    const text = token.text.slice(1, -1);
    if (text === '') return undefined;
    if (!identifier.test(text)) {
      const hint = 'Labels consist of letters, digits and _, and do not start with a digit.';
      this.#error(token, `expected block label to be a valid identifier, but got ${quote(text)}`, hint);
      return undefined;
    }
    return { text, start: token.start, end: token.end };
  }

  #expression(minimum: number): Expression {
    if (++this.#depth > nestingLimit) this.#fail(this.#peek(), 'expression is nested too deeply');
    let left = this.#unary();
    for (;;) {
      const operator = this.#peek();
      const level = precedence[operator.kind];
      if (level === undefined || level < minimum) break;
      this.#index++;
      // `^` is the only one that groups from the right.
      const right = this.#expression(operator.kind === '^' ? level : level + 1);
      left = {
        kind: 'binary',
        operator: operator.kind as BinaryOperator,
        operatorStart: operator.start,
        left,
        right,
        start: left.start,
        end: right.end,
      };
    }
    this.#depth--;
    return left;
  }

  #unary(): Expression {
    const token = this.#peek();
    if (token.kind !== '!' && token.kind !== '-') return this.#postfix();
    if (++this.#depth > nestingLimit) this.#fail(token, 'expression is nested too deeply');
    this.#index++;
    const value = this.#unary();
    this.#depth--;
    return { kind: 'unary', operator: token.kind as UnaryOperator, value, start: token.start, end: value.end };
  }

  #postfix(): Expression {
    let value = this.#primary();
    for (let length = 0; ; length++) {
      if (length > nestingLimit) this.#fail(this.#peek(), 'expression is nested too deeply');
      if (this.#peek().kind === '.') {
        this.#index++;
        if (this.#peek().kind !== 'IDENT') this.#fail(this.#peek(), `expected identifier, got ${this.#got()}`);
        const name = this.#identifier();
        value = { kind: 'access', value, name, start: value.start, end: name.end };
      } else if (this.#peek().kind === '[') {
        const open = this.#peek();
        this.#index++;
        const index = this.#expression(1);
        const close = this.#expect(']');
        value = {
          kind: 'index',
          value,
          index,
          start: value.start,
          end: close.end,
          open: open.start,
          close: close.start,
        };
      } else if (this.#peek().kind === '(') {
        const open = this.#peek();
        this.#index++;
        const items = this.#list(')');
        const close = this.#expect(')');
        value = {
          kind: 'call',
          callee: value,
          items,
          start: value.start,
          end: close.end,
          open: open.start,
          close: close.start,
        };
      } else return value;
    }
  }

  #primary(): Expression {
    const token = this.#peek();
    const { start, end, text } = token;
    switch (token.kind) {
      case 'IDENT':
        this.#index++;
        return { kind: 'identifier', name: text, start, end };
      case 'NUMBER':
      case 'FLOAT':
      case 'STRING':
      case 'BOOL':
      case 'NULL':
        this.#index++;
        return { kind: 'literal', type: literalTypes[token.kind], text, start, end };
      case '(': {
        this.#index++;
        const inner = this.#expression(1);
        const close = this.#expect(')');
        return { kind: 'parentheses', inner, start, end: close.end, close: close.start };
      }
      case '[': {
        this.#index++;
        const items = this.#list(']');
        const close = this.#expect(']');
        return { kind: 'list', items, start, end: close.end, close: close.start };
      }
      case '{': {
        this.#index++;
        const fields: ObjectField[] = [];
        while (this.#peek().kind !== '}' && this.#peek().kind !== 'EOF') {
          fields.push(this.#field());
          if (!this.#separator('}', 'field list')) break;
        }
        const close = this.#expect('}');
        return { kind: 'object', fields, start, end: close.end, close: close.start };
      }
      default:
        return this.#fail(token, `expected expression, got ${this.#got()}`);
    }
  }

  #list(close: ')' | ']'): Expression[] {
    const items: Expression[] = [];
    while (this.#peek().kind !== close && this.#peek().kind !== 'EOF') {
      items.push(this.#expression(1));
      if (!this.#separator(close, 'expression list')) break;
    }
    return items;
  }

  /** After an element: true when another one (or the closer after a trailing comma) may follow. */
  #separator(close: TokenKind, context: string): boolean {
    const token = this.#peek();
    if (token.kind === ',') {
      this.#index++;
      return true;
    }
    if (token.kind === close) return false;
    if (token.kind !== 'TERMINATOR') return this.#fail(token, `missing ',' in ${context}`);
    const hint = 'Elements are separated by commas; the last one on its own line needs one, too.';
    this.#error(token, `missing ',' in ${context}`, hint);
    this.#index++;
    return true;
  }

  #field(): ObjectField {
    const key = this.#peek();
    if (key.kind !== 'IDENT' && key.kind !== 'STRING') {
      this.#fail(key, `expected field name (string or identifier), got ${this.#got()}`);
    }
    this.#index++;
    this.#expect('=');
    const value = this.#expression(1);
    const name = key.kind === 'IDENT' ? key.text : fieldName(key.text);
    return {
      name,
      nameText: key.text,
      nameSpan: { start: key.start, end: key.end },
      value,
      start: key.start,
      end: value.end,
    };
  }
}

const literalTypes = { NUMBER: 'number', FLOAT: 'float', STRING: 'string', BOOL: 'bool', NULL: 'null' } as const;

/** Alloy does not unescape quoted keys, and the key `""` keeps its quotes. */
function fieldName(literal: string): string {
  if (literal.length <= 2) return literal;
  if (literal.startsWith('`')) {
    const raw = unquote(literal);
    return 'value' in raw ? raw.value : literal;
  }
  return literal.slice(1, -1);
}
