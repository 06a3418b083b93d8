import { parseGoFloat } from './go-float.ts';
import { parsePattern } from './pattern-syntax.ts';
import { parseRegexp } from './regexp-syntax.ts';
import type { TokenKind } from './token.ts';
import type { TokenCursor } from './token-cursor.ts';
import type {
  ComparisonOperator,
  Extraction,
  LabelFilter,
  LabelFilterStage,
  LabelFormat,
  LabelSelection,
  LineFilter,
  LineFilterOperand,
  LineFilterOperator,
  Matcher,
  MatchOperator,
  Selector,
  Stage,
  Unwrap,
} from './tree.ts';

/** `{app="x", env=~"y"}` */
export function parseSelector(cursor: TokenCursor): Selector {
  const { start } = cursor.expect('{');
  const matchers: Matcher[] = [];
  if (!cursor.accept('}')) {
    if (!cursor.at('IDENTIFIER')) cursor.fail(['IDENTIFIER', '}']);
    do matchers.push(parseMatcher(cursor));
    while (cursor.expect('}', ',').kind === ',');
  }
  return { kind: 'selector', matchers, span: cursor.spanFrom(start) };
}

function parseMatcher(cursor: TokenCursor): Matcher {
  const name = cursor.expect('IDENTIFIER');
  const operator = cursor.expect('=', '=~', '!~', '!=').kind as MatchOperator;
  const value = cursor.expect('STRING').text;
  return matcher(cursor, name, operator, value);
}

function matcher(
  cursor: TokenCursor,
  name: { readonly text: string; readonly start: number },
  operator: MatchOperator,
  value: string,
): Matcher {
  const span = cursor.spanFrom(name.start);
  if (operator === '=~' || operator === '!~') {
    const { error } = parseRegexp(value, { dotAll: true });
    if (error !== undefined) cursor.refuse(error, span);
  }
  return { kind: 'matcher', name: name.text, operator, value, span };
}

export interface ParsedPipeline {
  readonly stages: readonly Stage[];
  readonly unwrap: Unwrap | undefined;
}

/** Stages up to the first token that starts none. `unwrap` is the last one, and only inside a range. */
export function parsePipeline(cursor: TokenCursor, inRange: boolean): ParsedPipeline {
  const stages: Stage[] = [];
  for (;;) {
    if (isLineFilterOperator(cursor.peek().kind)) stages.push(...parseLineFilter(cursor));
    else if (cursor.at('|')) {
      const { start } = cursor.take();
      if (inRange && cursor.at('unwrap')) return { stages, unwrap: parseUnwrap(cursor, start) };
      stages.push(parseStage(cursor, start));
    } else return { stages, unwrap: undefined };
  }
}

// --- line filters --------------------------------------------------------------------------------------------------------

const lineFilterOperators: ReadonlySet<string> = new Set(['|=', '|~', '|>', '!=', '!~', '!>']);

function isLineFilterOperator(kind: TokenKind): kind is LineFilterOperator {
  return lineFilterOperators.has(kind);
}

/**
 * `|= "a" or "b"`. A chain of a negative operator drops lines with any of its operands, so it is read as one filter for each:
 * `!= "a" != "b"`.
 */
function parseLineFilter(cursor: TokenCursor): LineFilter[] {
  const { start, kind } = cursor.take();
  const operator = kind as LineFilterOperator;
  const operands = [parseLineFilterOperand(cursor)];
  while (cursor.accept('or')) operands.push(parseLineFilterOperand(cursor));
  if (!operator.startsWith('!')) return [{ kind: 'lineFilter', operator, operands, span: cursor.spanFrom(start) }];
  return operands.map((operand, index) => {
    const span = index === 0 ? { start, end: operand.span.end } : operand.span;
    return { kind: 'lineFilter', operator, operands: [operand], span };
  });
}

function parseLineFilterOperand(cursor: TokenCursor): LineFilterOperand {
  const first = cursor.expect('STRING', 'ip');
  if (first.kind === 'STRING') return { ip: false, text: first.text, span: cursor.spanFrom(first.start) };
  cursor.expect('(');
  const { text } = cursor.expect('STRING');
  cursor.expect(')');
  return { ip: true, text, span: cursor.spanFrom(first.start) };
}

// --- stages after a pipe -------------------------------------------------------------------------------------------------

function parseStage(cursor: TokenCursor, start: number): Stage {
  const { kind } = cursor.peek();
  if (kind === 'IDENTIFIER' || kind === '(') {
    const filter = parseLabelFilter(cursor);
    return { kind: 'labelFilter', filter, span: cursor.spanFrom(start) };
  }
  switch (kind) {
    case 'json': {
      cursor.take();
      const extractions = cursor.at('IDENTIFIER') ? parseExtractions(cursor) : [];
      return { kind: 'json', extractions, span: cursor.spanFrom(start) };
    }
    case 'logfmt':
      return parseLogfmt(cursor, start);
    case 'regexp': {
      cursor.take();
      const { text: pattern, start: at } = cursor.expect('STRING');
      const error = regexpStageError(pattern);
      if (error !== undefined) cursor.refuse(`invalid regexp parser: ${error}`, cursor.spanFrom(at));
      return { kind: 'regexp', pattern, span: cursor.spanFrom(start) };
    }
    case 'pattern': {
      cursor.take();
      const { text: pattern, start: at } = cursor.expect('STRING');
      const { error } = parsePattern(pattern);
      if (error !== undefined) cursor.refuse(`invalid pattern parser: ${error}`, cursor.spanFrom(at));
      return { kind: 'pattern', pattern, span: cursor.spanFrom(start) };
    }
    case 'unpack':
    case 'decolorize':
      cursor.take();
      return { kind, span: cursor.spanFrom(start) };
    case 'line_format': {
      cursor.take();
      const { text: template } = cursor.expect('STRING');
      return { kind: 'lineFormat', template, span: cursor.spanFrom(start) };
    }
    case 'label_format': {
      cursor.take();
      const operations = [parseLabelFormat(cursor)];
      while (cursor.accept(',')) operations.push(parseLabelFormat(cursor));
      return { kind: 'labelFormat', operations, span: cursor.spanFrom(start) };
    }
    case 'drop':
    case 'keep': {
      cursor.take();
      const labels = [parseLabelSelection(cursor)];
      while (cursor.accept(',')) labels.push(parseLabelSelection(cursor));
      return { kind, labels, span: cursor.spanFrom(start) };
    }
    default:
      return cursor.fail([]);
  }
}

function parseLogfmt(cursor: TokenCursor, start: number): Stage {
  cursor.take();
  let strict = false;
  let keepEmpty = false;
  for (let flag = cursor.accept('FUNCTION_FLAG'); flag; flag = cursor.accept('FUNCTION_FLAG')) {
    if (flag.text === '--strict') strict = true;
    else keepEmpty = true;
  }
  const extractions = cursor.at('IDENTIFIER') ? parseExtractions(cursor) : [];
  return { kind: 'logfmt', strict, keepEmpty, extractions, span: cursor.spanFrom(start) };
}

function parseExtractions(cursor: TokenCursor): Extraction[] {
  const extractions: Extraction[] = [];
  do {
    const { text: name, start } = cursor.expect('IDENTIFIER');
    const expression = cursor.accept('=') ? cursor.expect('STRING').text : name;
    extractions.push({ name, expression, span: cursor.spanFrom(start) });
  } while (cursor.accept(','));
  return extractions;
}

function parseLabelFormat(cursor: TokenCursor): LabelFormat {
  const { text: name, start } = cursor.expect('IDENTIFIER');
  cursor.expect('=');
  const value = cursor.expect('IDENTIFIER', 'STRING');
  const span = cursor.spanFrom(start);
  return value.kind === 'STRING'
    ? { kind: 'template', name, template: value.text, span }
    : { kind: 'rename', name, from: value.text, span };
}

function parseLabelSelection(cursor: TokenCursor): LabelSelection {
  const name = cursor.expect('IDENTIFIER');
  const { kind } = cursor.peek();
  if (kind !== '=' && kind !== '!=' && kind !== '=~' && kind !== '!~')
    return { name: name.text, matcher: undefined, span: cursor.spanFrom(name.start) };
  cursor.take();
  const { text } = cursor.expect('STRING');
  return { name: name.text, matcher: matcher(cursor, name, kind, text), span: cursor.spanFrom(name.start) };
}

function regexpStageError(pattern: string): string | undefined {
  const result = parseRegexp(pattern);
  if (result.error !== undefined) return result.error;
  const names = result.groups.filter((name) => name !== '');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `duplicate extracted label name '${twice}'`;
  return names.length === 0 ? 'at least one named capture must be supplied' : undefined;
}

/** `| unwrap duration(took) | __error__=""`, from the word on; `start` is where its pipe is. */
export function parseUnwrap(cursor: TokenCursor, start: number): Unwrap {
  cursor.expect('unwrap');
  const first = cursor.expect('IDENTIFIER', 'BYTES_CONV', 'DURATION_CONV', 'DURATION_SECONDS_CONV');
  let label = first.text;
  if (first.kind !== 'IDENTIFIER') {
    cursor.expect('(');
    label = cursor.expect('IDENTIFIER').text;
    cursor.expect(')');
  }
  const filters: LabelFilterStage[] = [];
  while (cursor.at('|')) {
    const pipe = cursor.take();
    const filter = parseLabelFilter(cursor);
    filters.push({ kind: 'labelFilter', filter, span: cursor.spanFrom(pipe.start) });
  }
  return { conversion: conversions[first.kind], label, filters, span: cursor.spanFrom(start) };
}

const conversions: Partial<Record<TokenKind, 'bytes' | 'duration' | 'duration_seconds'>> = {
  BYTES_CONV: 'bytes',
  DURATION_CONV: 'duration',
  DURATION_SECONDS_CONV: 'duration_seconds',
};

// --- label filters -------------------------------------------------------------------------------------------------------

const lowest = 0;
const insideOr = 1;
const insideAnd = 2;

/**
 * `and` binds tighter than `or`, and both are left-associative. A comma, or nothing between two filters, means `and` too, but
 * takes everything to its right first: `a="1", b="2" or c="3"` is a and (b or c). That is what Loki makes of it.
 */
export function parseLabelFilter(cursor: TokenCursor, inside = lowest): LabelFilter {
  return cursor.nested(() => {
    let left = parseOneLabelFilter(cursor);
    for (let depth = 1; ; depth++) {
      cursor.checkDepth(depth);
      const { kind } = cursor.peek();
      let operator: 'and' | 'or' = 'and';
      let insideRight = lowest;
      if (kind === 'or') {
        if (inside >= insideOr) return left;
        operator = 'or';
        insideRight = insideOr;
        cursor.take();
      } else if (kind === 'and') {
        if (inside >= insideAnd) return left;
        insideRight = insideAnd;
        cursor.take();
      } else if (kind === ',') cursor.take();
      else if (kind !== 'IDENTIFIER' && kind !== '(') return left;
      const right = parseLabelFilter(cursor, insideRight);
      left = { kind: 'binary', operator, left, right, span: cursor.spanFrom(left.span.start) };
    }
  });
}

function parseOneLabelFilter(cursor: TokenCursor): LabelFilter {
  const first = cursor.expect('IDENTIFIER', '(');
  if (first.kind === '(') {
    const filter = parseLabelFilter(cursor);
    if (!cursor.accept(')')) cursor.fail([]);
    return filter;
  }
  const operator = cursor.peek().kind;
  switch (operator) {
    case '=~':
    case '!~':
      cursor.take();
      return stringFilter(matcher(cursor, first, operator, cursor.expect('STRING').text));
    case '=':
    case '!=':
      cursor.take();
      if (cursor.at('STRING')) return stringFilter(matcher(cursor, first, operator, cursor.take().text));
      if (cursor.accept('ip')) {
        cursor.expect('(');
        const { text: pattern } = cursor.expect('STRING');
        cursor.expect(')');
        return { kind: 'ip', name: first.text, operator, pattern, span: cursor.spanFrom(first.start) };
      }
      return parseComparison(cursor, first, operator === '=' ? '==' : '!=');
    case '==':
    case '>':
    case '>=':
    case '<':
    case '<=':
      cursor.take();
      return parseComparison(cursor, first, operator);
    default:
      return cursor.fail([]);
  }
}

function stringFilter({ name, operator, value, span }: Matcher): LabelFilter {
  return { kind: 'string', name, operator, value, span };
}

function parseComparison(
  cursor: TokenCursor,
  name: { readonly text: string; readonly start: number },
  operator: ComparisonOperator,
): LabelFilter {
  const common = { name: name.text, operator };
  const { kind, text, durationNs, bytes } = cursor.peek();
  switch (kind) {
    case 'DURATION':
      cursor.take();
      return { kind: 'duration', ...common, value: Number(durationNs), text, span: cursor.spanFrom(name.start) };
    case 'BYTES':
      cursor.take();
      return { kind: 'bytes', ...common, value: bytes, text, span: cursor.spanFrom(name.start) };
    case 'NUMBER':
    case '+':
    case '-': {
      const number = parseNumber(cursor);
      const span = cursor.spanFrom(name.start);
      cursor.refuseMalformed();
      // Loki compares with 0 instead.
      if (number.error !== undefined) cursor.refuse(`unable to parse literal as a float: ${number.error}`, span);
      return { kind: 'number', ...common, value: number.value, text: number.text, span };
    }
    default:
      return cursor.fail([]);
  }
}

/** `1.5`, `-2`, `+1e3` */
export function parseNumber(cursor: TokenCursor): { text: string; value: number; error: string | undefined } {
  const sign = cursor.accept('+') ?? cursor.accept('-');
  const digits = cursor.expect('NUMBER').text;
  const { value = 0, error } = parseGoFloat(digits);
  const negative = sign?.kind === '-';
  return { text: `${negative ? '-' : ''}${digits}`, value: negative ? -value : value, error };
}
