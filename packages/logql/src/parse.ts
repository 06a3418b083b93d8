/**
 * LogQL by recursive descent.
 *
 * Loki's parser is a table-driven machine made by goyacc, and its error texts are part of the API. This parser reports what
 * that machine reports, by three rules that the functions of pipeline-parser.ts and expression-parser.ts follow:
 *
 * 1. Where a construct can only go on in one of at most four ways, the message lists them: `expect('=', '=~', '!~', '!=')`.
 *    Where there are more, it lists none: `fail([])`.
 * 2. Where a construct may also be complete, the machine completes it before it notices that the next token is wrong. So a
 *    function here returns, and its caller fails. That is why a missing `)` after `rate({a="b"}[5m]` is named, and one after
 *    `sum(rate({a="b"}[5m])` is not: an expression may be followed by fifteen operators.
 * 3. What has a malformed value (the regular expression of a matcher, the pattern of a stage) is refused when its last token
 *    has been read and before the next one is looked at.
 *
 * Problems of a whole node (an aggregation without its parameter, operands of a wrong type) are collected while parsing and
 * reported afterwards in the order of validate.ts, as in Loki.
 */
import { checkStages, type StageCheckOptions } from './check-stages.ts';
import { ExpressionParser } from './expression-parser.ts';
import { Refusal, TokenCursor } from './token-cursor.ts';
import type { Expression, LogqlError, ParseResult, Span } from './tree.ts';
import { validate } from './validate.ts';

/** Bytes of UTF-8 from which on Loki refuses a query. */
export const queryBytesMax = 131_072;

export interface ParseOptions extends StageCheckOptions {
  /** Accept `{}` and selectors that match streams without labels: for series, labels and volume. Default false. */
  readonly allowEmptySelector?: boolean;
  /**
   * Whether stages with a bad regular expression, JSON path, address or template are refused. Loki does that when a query is
   * run, but not when it is formatted or loaded as a rule. Default true.
   */
  readonly checkStages?: boolean;
}

/** A query text as a tree, or the first thing that is wrong with it, in Loki's words. Never throws. */
export function parse(text: string, options: ParseOptions = {}): ParseResult {
  const bytes = utf8Length(text);
  if (bytes >= queryBytesMax)
    return { error: problem(text, `input size too long (${bytes} > ${queryBytesMax})`, { start: 0, end: 0 }) };
  try {
    const cursor = new TokenCursor(text);
    const parser = new ExpressionParser(cursor);
    const expression = parser.parseExpression();
    cursor.finish();
    const found =
      firstProblem(expression, parser, options.allowEmptySelector ?? false) ??
      (options.checkStages === false ? undefined : checkStages(expression, options));
    return found ? { error: problem(text, found.message, found.span) } : { expression };
  } catch (error) {
    if (error instanceof Refusal) return { error: problem(text, error.message, error.span, error.line, error.column) };
    throw error;
  }
}

function firstProblem(
  expression: Expression,
  parser: ExpressionParser,
  allowEmptySelector: boolean,
): { message: string; span: Span } | undefined {
  if (allowEmptySelector && expression.kind === 'log') return undefined;
  return validate(expression, parser.problems);
}

function problem(text: string, message: string, span: Span, line = 0, column = 0): LogqlError {
  const place = line === 0 && column === 0 ? '' : `at line ${line}, col ${column}`;
  return { message: `parse error ${place}: ${message}`, span, ...lineAndColumn(text, span.start) };
}

/** 1-based; columns in characters. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: [...before.at(-1)!].length + 1 };
}

function utf8Length(text: string): number {
  // At most three bytes come from one UTF-16 unit, so short queries need no counting.
  return text.length * 3 < queryBytesMax ? text.length : new TextEncoder().encode(text).length;
}
