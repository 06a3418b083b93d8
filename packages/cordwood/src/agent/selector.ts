/**
 * The selector of `stage.match`: stream matchers and line filters of LogQL, no more.
 * `{app="web", env=~"prod|stage"} |= "timeout" != "ignored" |~ "5\\d\\d"`
 */
import { parsedType, type Type, unquote } from '@cordwood/alloy';
import { compileRe2, type Re2 } from '../extract/re2.ts';
import { memoize } from './argument-types.ts';
import { LabelSet } from './label-set.ts';
import type { LogEntry } from './log-entry.ts';

export interface Selector {
  readonly text: string;
  /** Labels without which nothing matches. */
  readonly needs: readonly string[];
  matches(entry: LogEntry): boolean;
}

type MatchOperator = '=' | '!=' | '=~' | '!~';
type FilterOperator = '|=' | '!=' | '|~' | '!~';

interface Token {
  readonly kind: 'identifier' | 'string' | 'end' | '{' | '}' | ',' | '=' | '!=' | '=~' | '!~' | '|=' | '|~' | '|';
  readonly text: string;
  /** 0-based. */
  readonly at: number;
}

class SelectorError extends Error {}

function fail(text: string, at: number, message: string): never {
  const line = text.slice(0, at).split('\n').length;
  const column = at - (text.lastIndexOf('\n', at - 1) + 1) + 1;
  throw new SelectorError(`parse error at line ${line}, col ${column}: ${message}`);
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|(\|=|\|~|!=|!~|=~|[{},=|])|([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\\n]|\\.)*")/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      if (text[at] === '"') fail(text, at, 'literal not terminated');
      // The lexer of the match stage knows no raw strings: a backtick is a word of its own.
      tokens.push({ kind: 'identifier', text: text[at]!, at });
      pattern.lastIndex = at + 1;
    } else if (match[1] !== undefined) tokens.push({ kind: match[1] as Token['kind'], text: match[1], at });
    else if (match[2] !== undefined) tokens.push({ kind: 'identifier', text: match[2], at });
    else if (match[3] !== undefined) {
      const value = unquote(match[3]);
      if ('error' in value) fail(text, at, 'invalid syntax');
      tokens.push({ kind: 'string', text: value.value, at });
    }
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

const names: Readonly<Partial<Record<Token['kind'], string>>> = {
  identifier: 'IDENTIFIER',
  string: 'STRING',
  end: '$end',
};

interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly regex: Re2 | undefined;
}
interface Filter {
  readonly operator: FilterOperator;
  readonly value: string;
  readonly bytes: Buffer;
  readonly regex: Re2 | undefined;
}

class SelectorParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): { matchers: Matcher[]; filters: Filter[] } {
    const matchers: Matcher[] = [];
    this.#expect('{');
    do matchers.push(this.#matcher());
    while (this.#take(','));
    this.#expect('}', ', or }');
    const filters: Filter[] = [];
    while (this.#peek().kind !== 'end') filters.push(this.#filter());
    return { matchers, filters };
  }

  #peek(): Token {
    return this.#tokens[this.#index]!;
  }

  #take(kind: Token['kind']): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#index++;
    return true;
  }

  #expect(kind: Token['kind'], wanted = names[kind] ?? kind): Token {
    const token = this.#peek();
    if (token.kind !== kind) this.#unexpected(wanted);
    this.#index++;
    return token;
  }

  #unexpected(wanted: string): never {
    const token = this.#peek();
    // `|` alone begins a parser stage, which is no line filter: the error is about what follows it.
    const after = token.kind === '|' ? this.#tokens[this.#index + 1]! : token;
    return fail(
      this.#text,
      token.at,
      `syntax error: unexpected ${names[after.kind] ?? after.kind}, expecting ${wanted}`,
    );
  }

  #matcher(): Matcher {
    const name = this.#expect('identifier').text;
    const operator = this.#peek();
    if (!['=', '!=', '=~', '!~'].includes(operator.kind)) this.#unexpected('!= or !~ or =~ or =');
    this.#index++;
    const value = this.#expect('string');
    const isRegex = operator.kind.endsWith('~');
    return {
      name,
      operator: operator.kind as MatchOperator,
      value: value.text,
      regex: isRegex ? this.#regex(value, true) : undefined,
    };
  }

  #filter(): Filter {
    const operator = this.#peek();
    if (!['|=', '!=', '|~', '!~'].includes(operator.kind)) this.#unexpected('!= or !~ or |~ or |=');
    this.#index++;
    const value = this.#expect('string');
    return {
      operator: operator.kind as FilterOperator,
      value: value.text,
      bytes: Buffer.from(value.text),
      regex: operator.kind.endsWith('~') ? this.#regex(value, false) : undefined,
    };
  }

  #regex(value: Token, anchored: boolean): Re2 {
    const compiled = compileRe2(value.text, anchored ? { anchored, dotAll: true } : {});
    return compiled.re2 ?? fail(this.#text, value.at, compiled.error ?? '');
  }
}

function matcherMatches(matcher: Matcher, labels: LabelSet): boolean {
  const value = labels.get(matcher.name);
  switch (matcher.operator) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return matcher.regex!.test(value);
    case '!~':
      return !matcher.regex!.test(value);
  }
}

function filterMatches(filter: Filter, entry: LogEntry): boolean {
  const { chunk, start, end } = entry;
  let found: boolean;
  if (filter.regex !== undefined) {
    found = chunk === undefined ? filter.regex.test(entry.text) : filter.regex.testBytes(chunk.bytes, start, end);
  } else if (chunk === undefined) found = entry.text.includes(filter.value);
  else found = chunk.bytes.subarray(start, end).includes(filter.bytes);
  return filter.operator.startsWith('|') ? found : !found;
}

/** Labels that a selector remembers its answer for; a stream comes again and again with the same set. */
const answersMax = 10_000;

function create(text: string): Selector {
  const { matchers, filters } = new SelectorParser(text).parse();
  let answers = new WeakMap<LabelSet, boolean>();
  let count = 0;
  const streamMatches = (labels: LabelSet): boolean => {
    let answer = answers.get(labels);
    if (answer === undefined) {
      if (++count > answersMax) {
        answers = new WeakMap();
        count = 0;
      }
      answer = matchers.every((matcher) => matcherMatches(matcher, labels));
      answers.set(labels, answer);
    }
    return answer;
  };
  return {
    text,
    needs: matchers.filter((matcher) => !matcherMatches(matcher, LabelSet.empty)).map(({ name }) => name),
    matches: (entry) => streamMatches(entry.labels) && filters.every((filter) => filterMatches(filter, entry)),
  };
}

const parse = memoize<Selector>((text) => {
  try {
    return { value: create(text) };
  } catch (thrown) {
    if (!(thrown instanceof SelectorError)) throw thrown;
    return { error: `invalid selector syntax for match stage: ${thrown.message}` };
  }
});

/** A selector; the empty text is refused as missing. */
export const selectorType: Type<Selector> = parsedType(
  'selector',
  { text: '', needs: [], matches: () => false },
  (text) => (text === '' ? { error: 'selector statement required for match stage' } : parse(text)),
);
