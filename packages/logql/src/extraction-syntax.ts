/** The right-hand sides of `json a="x.y[0]"` and `logfmt a="key"`: their paths, and their errors in Loki's words. */
import { syntaxErrorMessage } from './yacc-message.ts';

export type JsonPathResult =
  | { readonly path: readonly (string | number)[]; readonly error?: undefined }
  | { readonly error: string; readonly path?: undefined };

const jsonTokens = ['$end', 'DOT', 'LSB', 'RSB', 'STRING', 'FIELD', 'INDEX'] as const;
type JsonToken = (typeof jsonTokens)[number];

/** `x.y[0]["k 1"]`: field names and indexes. */
export function parseJsonPath(expression: string): JsonPathResult {
  const lexer = jsonLexer(expression);
  const path: (string | number)[] = [];
  const refuse = (token: JsonToken, expected: readonly JsonToken[]): JsonPathResult => ({
    error: syntaxErrorMessage(token, expected, jsonTokens),
  });
  let token = lexer.next();
  for (let first = true; first || token.kind !== '$end'; first = false) {
    if (token.kind === 'LSB') {
      token = lexer.next();
      if (token.kind !== 'STRING' && token.kind !== 'INDEX') return refuse(token.kind, ['STRING', 'INDEX']);
      path.push(token.value);
      token = lexer.next();
      if (token.kind !== 'RSB') return refuse(token.kind, ['RSB']);
    } else {
      if (!first) {
        if (token.kind !== 'DOT') return refuse(token.kind, []);
        token = lexer.next();
      }
      if (token.kind !== 'FIELD') return refuse(token.kind, first ? ['LSB', 'FIELD'] : ['FIELD']);
      path.push(token.value);
    }
    token = lexer.next();
  }
  return lexer.problem === undefined ? { path } : { error: lexer.problem };
}

function jsonLexer(text: string): {
  next(): { kind: JsonToken; value: string | number };
  readonly problem: string | undefined;
} {
  let index = 0;
  let problem: string | undefined;
  const fail = (message: string): { kind: JsonToken; value: string } => {
    problem = message;
    return { kind: '$end', value: '' };
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    if (match) index = pattern.lastIndex;
    return match?.[1] ?? match?.[0];
  };
  return {
    get problem() {
      return problem;
    },
    next() {
      take(/[ \t\n]*/y);
      if (index >= text.length || text[index] === '\0') return { kind: '$end', value: '' };
      const digits = take(/[0-9]+/y);
      if (digits !== undefined) {
        const after = text.slice(index)[Symbol.iterator]().next().value as string | undefined;
        if (after === '.') return fail('cannot use float as array index');
        if (after === undefined || !/[ \t\n\]]/.test(after)) return fail(`non-integer value: ${after ?? '\0'}`);
        if (BigInt(digits) > 2n ** 63n - 1n)
          return fail(`strconv.Atoi: parsing ${JSON.stringify(digits)}: value out of range`);
        return { kind: 'INDEX', value: Number(digits) };
      }
      const symbol = ({ '[': 'LSB', ']': 'RSB', '.': 'DOT' } as const)[text[index]!];
      if (symbol) {
        index++;
        return { kind: symbol, value: '' };
      }
      const field = take(/[A-Za-z_][A-Za-z0-9_]*/y);
      if (field !== undefined) return { kind: 'FIELD', value: field };
      // A closing bracket ends a string, too; Loki has no escapes here.
      const string = take(/"([^"\]\0]*)["\]\0]?/y);
      if (string !== undefined) return { kind: 'STRING', value: string };
      return fail(`unexpected char ${String.fromCodePoint(text.codePointAt(index)!)}`);
    },
  };
}

export type LogfmtKeyResult =
  | { readonly key: string; readonly error?: undefined }
  | { readonly error: string; readonly key?: undefined };

const logfmtTokens = ['$end', 'STRING', 'FIELD'] as const;

/** A bare field name, or quoted text. */
export function parseLogfmtKey(expression: string): LogfmtKeyResult {
  let index = 0;
  let problem: string | undefined;
  const next = (): { kind: (typeof logfmtTokens)[number]; value: string } => {
    const token = /[ \t\n]*(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"\]\0]*)["\]\0]?)?/y;
    token.lastIndex = index;
    const match = token.exec(expression)!;
    index = token.lastIndex;
    if (match[1] !== undefined) return { kind: 'FIELD', value: match[1] };
    if (match[2] !== undefined) return { kind: 'STRING', value: match[2] };
    const stray = expression.codePointAt(index);
    if (stray !== undefined && stray !== 0) problem = `unexpected char ${String.fromCodePoint(stray)}`;
    return { kind: '$end', value: '' };
  };
  const first = next();
  if (first.kind === '$end') return { error: syntaxErrorMessage(first.kind, ['STRING', 'FIELD'], logfmtTokens) };
  let key = first.value;
  for (let token = next(); token.kind !== '$end'; token = next()) {
    if (token.kind === 'FIELD') return { error: syntaxErrorMessage(token.kind, [], logfmtTokens) };
    key += token.value;
  }
  return problem === undefined ? { key } : { error: problem };
}
