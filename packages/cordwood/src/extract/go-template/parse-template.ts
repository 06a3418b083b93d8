import { quoteGo } from '../../model/labels.ts';
import { textOfBytes } from '../escaped-bytes.ts';
import type { Command, Operand, Pipe, Template, TemplateNode } from './tree.ts';

/**
 * Go text/template syntax to a tree. Two layers, as in every such language: the text between `{{` and `}}` is cut into tokens, the
 * rest is text; then a recursive descent. Errors are values with Go's texts, because Loki and Prometheus show them to users.
 */

export type ParseTemplateResult =
  | { readonly template: Template; readonly error?: undefined }
  | { readonly template?: undefined; readonly error: string };

class SyntaxProblem extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'field'
  | 'variable'
  | 'dot'
  | 'string'
  | 'char'
  | 'number'
  | 'bool'
  | 'nil'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'leftParen'
  | 'rightParen'
  /** `text` is the message. Nothing follows. */
  | 'error'
  | 'end';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly position: number;
}

const keywords = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'template', 'block', 'break', 'continue']);
/** Deep nesting is an attack or a mistake; Go would use its growable stack, we say no. */
const depthMax = 100;

/** A mistake in a token counts only once the parser gets there: what is wrong before it is reported first. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  try {
    tokenizeInto(text, tokens);
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    tokens.push({ kind: 'error', text: problem.message, position: problem.position });
  }
  return tokens;
}

function tokenizeInto(text: string, tokens: Token[]): void {
  let position = 0;
  let trimNext = false;
  const addText = (end: number, trimEnd: boolean) => {
    let value = text.slice(position, end);
    let start = position;
    if (trimNext) {
      const trimmed = value.replace(/^[ \t\r\n]+/, '');
      start += value.length - trimmed.length;
      value = trimmed;
    }
    if (trimEnd) value = value.replace(/[ \t\r\n]+$/, '');
    if (value !== '') tokens.push({ kind: 'text', text: value, position: start });
  };
  for (;;) {
    const open = text.indexOf('{{', position);
    if (open < 0) {
      addText(text.length, false);
      tokens.push({ kind: 'end', text: '', position: text.length });
      return;
    }
    const trimBefore = /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
    addText(open, trimBefore);
    let at = open + 2 + (trimBefore ? 2 : 0);
    trimNext = false;
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at);
      if (end < 0) throw new SyntaxProblem(at, 'unclosed comment');
      const close = /^([ \t\r\n]-)?\}\}/.exec(text.slice(end + 2));
      if (!close) throw new SyntaxProblem(end, 'comment ends before closing delimiter');
      trimNext = close[1] !== undefined;
      position = end + 2 + close[0].length;
      continue;
    }
    tokens.push({ kind: 'open', text: '{{', position: open });
    at = tokenizeAction(text, at, tokens);
    trimNext = text.slice(at - 3, at - 2) === '-' && /[ \t\r\n]/.test(text[at - 4] ?? '');
    position = at;
  }
}

const actionToken =
  /([ \t\r\n]+)|(:=)|(=)|(\|)|(,)|("(?:[^"\\\n]|\\[^\n])*")|(`[^`]*`)|('(?:[^'\\\n]|\\[^\n])*')|(\$[\p{L}\p{Nd}_]*)|(\.[\p{L}_][\p{L}\p{Nd}_]*)|([+-]?(?:0[xX][0-9a-fA-F_]+(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?\d+)?|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?))|([\p{L}_][\p{L}\p{Nd}_]*)|(\.)|(\()|(\))/uy;

/** Tokens up to and with `}}`; returns the index after it. */
function tokenizeAction(text: string, start: number, tokens: Token[]): number {
  let at = start;
  let depth = 0;
  for (;;) {
    const trim = /^[ \t\r\n]+-\}\}/.exec(text.slice(at, at + 64));
    if (trim || text.startsWith('}}', at)) {
      if (depth > 0) throw new SyntaxProblem(at, 'unclosed left paren');
      const end = at + (trim ? trim[0].length : 2);
      tokens.push({ kind: 'close', text: '}}', position: end - 2 });
      return end;
    }
    if (at >= text.length) throw new SyntaxProblem(at, 'unclosed action');
    actionToken.lastIndex = at;
    const match = actionToken.exec(text);
    const char = String.fromCodePoint(text.codePointAt(at)!);
    if (match === null) {
      if (char === '"') throw new SyntaxProblem(at, 'unterminated quoted string');
      if (char === '`') throw new SyntaxProblem(at, 'unterminated raw quoted string');
      if (char === "'") throw new SyntaxProblem(at, 'unterminated character constant');
      if (char === ':') throw new SyntaxProblem(at, 'expected :=');
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      throw new SyntaxProblem(at, `unrecognized character in action: U+${code} '${char}'`);
    }
    const [whole] = match;
    const kindIndex = match.slice(1).findIndex((group) => group !== undefined);
    const after = text[at + whole.length] ?? '';
    // A word or number that runs into another one is no token: `1x`, `.a$`.
    if (kindIndex >= 8 && kindIndex <= 11 && !/^$|[ \t\r\n.,|:=)(}]/u.test(after)) {
      if (kindIndex === 10) throw new SyntaxProblem(at, `bad number syntax: ${quoteGo(whole + after)}`);
      const code = after.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      throw new SyntaxProblem(at, `bad character U+${code} '${after}'`);
    }
    const kinds: readonly TokenKind[] = [
      'space',
      'declare',
      'assign',
      'pipe',
      'comma',
      'string',
      'string',
      'char',
      'variable',
      'field',
      'number',
      'identifier',
      'dot',
      'leftParen',
      'rightParen',
    ];
    let kind = kinds[kindIndex]!;
    if (kind === 'identifier') {
      if (keywords.has(whole)) kind = 'keyword';
      else if (whole === 'true' || whole === 'false') kind = 'bool';
      else if (whole === 'nil') kind = 'nil';
    }
    if (kind === 'leftParen') depth++;
    tokens.push({ kind, text: whole, position: at });
    if (kind === 'rightParen' && --depth < 0) throw new SyntaxProblem(at, 'unexpected right paren');
    at += whole.length;
  }
}

/** `functions`: is there a function of this name? */
export function parseTemplate(name: string, text: string, functions: (name: string) => boolean): ParseTemplateResult {
  try {
    return { template: new Parser(name, text, functions).parse() };
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    const line = text.slice(0, problem.position).split('\n').length;
    return { error: `template: ${name}:${line}: ${problem.message}` };
  }
}

/** Go shows ten characters of a token. */
function shown({ kind, text }: Token): string {
  if (kind === 'keyword') return `<${text}>`;
  const characters = [...text];
  return characters.length > 10 ? `${quoteGo(characters.slice(0, 10).join(''))}...` : quoteGo(text);
}

class Parser {
  readonly #name: string;
  readonly #text: string;
  readonly #functions: (name: string) => boolean;
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  #index = 0;
  #variables: string[] = ['$'];
  #rangeDepth = 0;
  #depth = 0;

  constructor(name: string, text: string, functions: (name: string) => boolean) {
    this.#name = name;
    this.#text = text;
    this.#functions = functions;
    this.#tokens = tokenize(text);
  }

  parse(): Template {
    const nodes: TemplateNode[] = [];
    while (this.#peek().kind !== 'end') {
      const ended = this.#nodes(nodes, true);
      if (ended) throw new SyntaxProblem(ended.position, `unexpected {{${ended.text}}}`);
    }
    return { name: this.#name, text: this.#text, nodes, defined: this.#defined };
  }

  #peek(): Token {
    return this.#tokens[this.#index]!;
  }
  #next(): Token {
    return this.#tokens[Math.min(this.#index++, this.#tokens.length - 1)]!;
  }
  #skipSpace(): Token {
    while (this.#peek().kind === 'space') this.#index++;
    return this.#peek();
  }
  #fail(token: Token, context: string): never {
    if (token.kind === 'error') throw new SyntaxProblem(token.position, token.text);
    if (token.kind === 'end') throw new SyntaxProblem(token.position, 'unexpected EOF');
    throw new SyntaxProblem(token.position, `unexpected ${shown(token)} in ${context}`);
  }
  #closeAction(context: string): void {
    const token = this.#skipSpace();
    if (token.kind !== 'close') this.#fail(token, context);
    this.#index++;
  }

  /** Reads nodes until `{{end}}` or `{{else...}}`, which is returned, or the end of the text. */
  #nodes(into: TemplateNode[], top: boolean): Token | undefined {
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end') {
        if (!top) throw new SyntaxProblem(token.position, 'unexpected EOF');
        this.#index--;
        return undefined;
      }
      if (token.kind === 'text') {
        into.push({ kind: 'text', text: token.text, position: token.position });
        continue;
      }
      if (token.kind === 'error') this.#fail(token, 'input');
      const word = this.#skipSpace();
      if (word.kind === 'keyword' && (word.text === 'end' || word.text === 'else')) {
        this.#index++;
        return word;
      }
      const node = this.#action(token);
      if (node) into.push(node);
    }
  }

  #action(open: Token): TemplateNode | undefined {
    const word = this.#peek();
    if (word.kind === 'keyword') {
      this.#index++;
      switch (word.text) {
        case 'if':
        case 'with':
        case 'range':
          return this.#control(word.text, word.position);
        case 'define':
          this.#define();
          return undefined;
        case 'block':
          return this.#block(word.position);
        case 'template': {
          const name = this.#templateName('template clause');
          const pipe = this.#skipSpace().kind === 'close' ? undefined : this.#pipe('template clause');
          this.#closeAction('template clause');
          return { kind: 'template', name, pipe, position: word.position };
        }
        case 'break':
        case 'continue':
          if (this.#skipSpace().kind !== 'close') this.#fail(this.#peek(), `{{${word.text}}}`);
          if (this.#rangeDepth === 0) throw new SyntaxProblem(word.position, `{{${word.text}}} outside {{range}}`);
          this.#index++;
          return { kind: word.text, position: word.position };
      }
    }
    const pipe = this.#pipe('command');
    this.#closeAction('command');
    return { kind: 'action', pipe, position: open.position };
  }

  #control(kind: 'if' | 'with' | 'range', position: number): TemplateNode {
    if (++this.#depth > depthMax) throw new SyntaxProblem(position, 'template is nested too deeply');
    const scope = this.#variables.length;
    const pipe = this.#pipe(kind);
    this.#closeAction(kind);
    if (kind === 'range') this.#rangeDepth++;
    const body: TemplateNode[] = [];
    let ended = this.#nodes(body, false)!;
    if (kind === 'range') this.#rangeDepth--;
    let otherwise: TemplateNode[] | undefined;
    if (ended.text === 'else') {
      otherwise = [];
      const word = this.#skipSpace();
      // `{{else if}}` is an if inside the else that shares its end.
      if (word.kind === 'keyword' && word.text === kind && kind !== 'range') {
        this.#index++;
        otherwise.push(this.#control(kind, word.position));
        this.#variables.length = scope;
        this.#depth--;
        return { kind, pipe, body, otherwise, position };
      }
      this.#closeAction('else');
      ended = this.#nodes(otherwise, false)!;
      if (ended.text === 'else') throw new SyntaxProblem(ended.position, 'expected end; found {{else}}');
    }
    this.#closeAction('end');
    this.#variables.length = scope;
    this.#depth--;
    return { kind, pipe, body, otherwise, position };
  }

  #templateName(context: string): string {
    const token = this.#skipSpace();
    if (token.kind !== 'string') this.#fail(token, context);
    this.#index++;
    return unquote(token);
  }

  #body(name: string): void {
    const outer = this.#variables;
    const ranges = this.#rangeDepth;
    this.#variables = ['$'];
    this.#rangeDepth = 0;
    const nodes: TemplateNode[] = [];
    const ended = this.#nodes(nodes, false)!;
    if (ended.text !== 'end') throw new SyntaxProblem(ended.position, `unexpected {{${ended.text}}} in define clause`);
    this.#closeAction('end');
    this.#variables = outer;
    this.#rangeDepth = ranges;
    this.#defined.set(name, nodes);
  }

  #define(): void {
    const name = this.#templateName('define clause');
    this.#closeAction('define clause');
    this.#body(name);
  }

  #block(position: number): TemplateNode {
    const name = this.#templateName('block clause');
    const pipe = this.#pipe('block clause');
    this.#closeAction('block clause');
    this.#body(name);
    return { kind: 'template', name, pipe, position };
  }

  #pipe(context: string): Pipe {
    if (++this.#depth > depthMax) throw new SyntaxProblem(this.#peek().position, 'template is nested too deeply');
    const { position } = this.#skipSpace();
    const { variables, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    const end = context === 'parenthesized pipeline' ? 'rightParen' : 'close';
    for (;;) {
      const token = this.#skipSpace();
      if (token.kind === end) {
        if (commands.length === 0) throw new SyntaxProblem(token.position, `missing value for ${context}`);
        break;
      }
      if (token.kind === 'rightParen' || token.kind === 'error') this.#fail(token, context);
      if (token.kind === 'pipe') {
        if (commands.length === 0) this.#fail(token, context);
        this.#index++;
        const after = this.#skipSpace();
        if (after.kind === 'close' || after.kind === 'rightParen')
          throw new SyntaxProblem(after.position, `missing value for ${context}`);
      }
      commands.push(this.#command(context));
    }
    commands.slice(1).forEach((command, index) => {
      const { kind } = command.operands[0]!;
      if (['bool', 'dot', 'nil', 'integer', 'float', 'string'].includes(kind)) {
        throw new SyntaxProblem(command.position, `non executable command in pipeline stage ${index + 2}`);
      }
    });
    this.#variables.push(...(assigns ? [] : variables));
    this.#depth--;
    return { variables, assigns, commands, position };
  }

  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const start = this.#index;
    const variables: string[] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.kind !== 'variable') break;
      this.#index++;
      const after = this.#skipSpace();
      if (after.kind === 'comma' && context === 'range' && variables.length === 0) {
        this.#index++;
        variables.push(token.text);
        continue;
      }
      if (after.kind === 'declare' || after.kind === 'assign') {
        this.#index++;
        variables.push(token.text);
        if (after.kind === 'assign') for (const name of variables) this.#checkVariable(name, token.position);
        return { variables, assigns: after.kind === 'assign' };
      }
      break;
    }
    this.#index = start;
    return { variables: [], assigns: false };
  }

  #checkVariable(name: string, position: number): void {
    if (!this.#variables.includes(name)) throw new SyntaxProblem(position, `undefined variable ${quoteGo(name)}`);
  }

  #command(context: string): Command {
    const { position } = this.#skipSpace();
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.kind === 'close' || token.kind === 'rightParen' || token.kind === 'pipe') break;
      const operand = this.#operand();
      if (operand === undefined) this.#fail(token, operands.length === 0 ? context : 'operand');
      operands.push(operand);
      const after = this.#peek().kind;
      if (!['space', 'close', 'rightParen', 'pipe'].includes(after)) this.#fail(this.#peek(), 'operand');
    }
    if (operands.length === 0) throw new SyntaxProblem(position, 'empty command');
    return { operands, position };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined) return undefined;
    const names: string[] = [];
    let position = term.position;
    if (this.#peek().kind === 'field') position = this.#peek().position;
    while (this.#peek().kind === 'field') names.push(this.#next().text.slice(1));
    if (names.length === 0) return term;
    switch (term.kind) {
      case 'field':
        return { ...term, names: [...term.names, ...names], position };
      case 'variable':
        return { ...term, names: [...term.names, ...names], position };
      case 'bool':
      case 'string':
      case 'integer':
      case 'float':
      case 'nil':
      case 'dot':
        throw new SyntaxProblem(
          position,
          `unexpected . after term ${quoteGo(this.#text.slice(term.position, position))}`,
        );
      default:
        return { kind: 'chain', operand: term, names, position };
    }
  }

  #term(): Operand | undefined {
    const token = this.#peek();
    const { position, text } = token;
    switch (token.kind) {
      case 'identifier':
        if (!this.#functions(text)) throw new SyntaxProblem(position, `function ${quoteGo(text)} not defined`);
        this.#index++;
        return { kind: 'function', name: text, position };
      case 'dot':
        this.#index++;
        return { kind: 'dot', position };
      case 'nil':
        this.#index++;
        return { kind: 'nil', position };
      case 'variable':
        this.#index++;
        this.#checkVariable(text, position);
        return { kind: 'variable', names: [text], position };
      case 'field':
        this.#index++;
        return { kind: 'field', names: [text.slice(1)], position };
      case 'bool':
        this.#index++;
        return { kind: 'bool', value: text === 'true', position };
      case 'char': {
        this.#index++;
        const value = unquote({
          ...token,
          text: `"${text.slice(1, -1).replaceAll('"', '\\"').replaceAll("\\'", "'")}"`,
        });
        return { kind: 'integer', source: text, value: BigInt(value.codePointAt(0) ?? 0), position };
      }
      case 'number':
        this.#index++;
        return numberOperand(token);
      case 'string':
        this.#index++;
        return { kind: 'string', source: text, value: unquote(token), position };
      case 'leftParen': {
        this.#index++;
        const pipe = this.#pipe('parenthesized pipeline');
        const close = this.#skipSpace();
        if (close.kind !== 'rightParen') this.#fail(close, 'parenthesized pipeline');
        this.#index++;
        return { kind: 'pipe', pipe, position };
      }
      default:
        return undefined;
    }
  }
}

function numberOperand({ text, position }: Token): Operand {
  const plain = text.replaceAll('_', '');
  const integer = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|\d+)$/.exec(plain);
  if (integer) {
    const digits = /^0\d/.test(integer[2]!) ? `0o${integer[2]!.slice(1)}` : integer[2]!;
    if (digits.startsWith('0o') && /[89]/.test(digits))
      throw new SyntaxProblem(position, `illegal number syntax: ${quoteGo(text)}`);
    const value = BigInt(digits) * (integer[1] === '-' ? -1n : 1n);
    if (BigInt.asIntN(64, value) !== value) throw new SyntaxProblem(position, `integer overflow: ${quoteGo(text)}`);
    return { kind: 'integer', source: text, value, position };
  }
  const value = Number(plain);
  if (Number.isNaN(value)) throw new SyntaxProblem(position, `illegal number syntax: ${quoteGo(text)}`);
  return { kind: 'float', source: text, value, position };
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** Go string literal, quoted or raw, to its value. Bytes written as `\xff` may make or break UTF-8. */
function unquote({ text, position }: Token): string {
  if (text.startsWith('`')) return text.slice(1, -1).replaceAll('\r', '');
  const parts: Buffer[] = [];
  for (const [whole, sequence] of text
    .slice(1, -1)
    .matchAll(/\\(x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])|[^\\]+/g)) {
    if (sequence === undefined) parts.push(Buffer.from(whole));
    else if (sequence[0] === 'x' && sequence.length > 1) parts.push(Buffer.of(Number.parseInt(sequence.slice(1), 16)));
    else if (/^[0-7]{3}$/.test(sequence)) parts.push(Buffer.of(Number.parseInt(sequence, 8) & 0xff));
    else if (sequence.length > 1)
      parts.push(Buffer.from(String.fromCodePoint(Math.min(Number.parseInt(sequence.slice(1), 16), 0x10ffff))));
    else {
      const plain = escapes[sequence];
      if (plain === undefined) throw new SyntaxProblem(position, 'invalid syntax');
      parts.push(Buffer.from(plain));
    }
  }
  return textOfBytes(Buffer.concat(parts));
}
