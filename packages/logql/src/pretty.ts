/**
 * The text of Loki's `format_query`: what fits into 100 bytes stays on one line, the rest is split and indented by two
 * spaces a level. Its quirks are kept where they are only looks: `decolorize` is not indented, labels of a split aggregation
 * have a space after the comma and those of an unsplit one have none.
 */
import { printGoDuration, printPrometheusDuration } from './go-duration.ts';
import { printFloat } from './go-float.ts';
import { quote } from './go-string.ts';
import { operatorPrecedence } from './precedence.ts';
import {
  print,
  printLineFilter,
  printLog,
  printOperator,
  printParameter,
  printSelector,
  printStage,
  printUnwrapped,
  writableStages,
} from './print.ts';
import type {
  BinaryExpression,
  Expression,
  Grouping,
  LineFilter,
  LogExpression,
  LogRange,
  Stage,
  Unwrap,
} from './tree.ts';

const lineBytesMax = 100;

export function printPretty(expression: Expression): string {
  return pretty(expression, 0);
}

function pretty(expression: Expression, level: number): string {
  if (expression.kind === 'parenthesized') return pretty(withoutParentheses(expression), level);
  const line = print(expression);
  if (fits(line)) return indent(level) + line;
  switch (expression.kind) {
    case 'log':
      return prettyLog(expression, level);
    case 'rangeAggregation': {
      const { operation, parameter, range, grouping } = expression;
      const lines = [`${indent(level)}${operation}(`];
      if (parameter !== undefined) lines.push(`${indent(level + 1)}${printFloat(parameter)},`);
      lines.push(prettyLogRange(range, level + 1), `${indent(level)})${prettyGrouping(grouping)}`);
      return lines.join('\n');
    }
    case 'vectorAggregation': {
      const { operation, operand, grouping } = expression;
      const lines = [`${indent(level)}${operation}${prettyGrouping(grouping)}(`];
      const parameter = printParameter(expression);
      if (parameter !== '') lines.push(`${indent(level + 1)}${parameter}`);
      lines.push(pretty(operand, level + 1), `${indent(level)})`);
      return lines.join('\n');
    }
    case 'binaryExpression':
      return [
        prettyOperand(expression, 'left', level + 1),
        indent(level) + printOperator(expression, ', '),
        prettyOperand(expression, 'right', level + 1),
      ].join('\n');
    case 'labelReplace': {
      const { operand, destination, replacement, source, pattern } = expression;
      const texts = [destination, replacement, source, pattern].map((text) => indent(level + 1) + quote(text));
      return `${indent(level)}label_replace(\n${[pretty(operand, level + 1), ...texts].join(',\n')}\n${indent(level)})`;
    }
    case 'literal':
    case 'vector':
    case 'variants':
      return indent(level) + line;
  }
}

/**
 * Loki leaves out the parentheses of an operation that it splits, and what it prints can mean something else. Where it would,
 * parentheses stand here.
 */
function prettyOperand(parent: BinaryExpression, side: 'left' | 'right', level: number): string {
  const operand = withoutParentheses(parent[side]);
  if (operand.kind !== 'binaryExpression' || fits(print(operand)) || bindsTighter(operand, parent, side))
    return pretty(operand, level);
  return `${indent(level)}(\n${pretty(operand, level + 1)}\n${indent(level)})`;
}

function bindsTighter(operand: BinaryExpression, parent: BinaryExpression, side: 'left' | 'right'): boolean {
  const [inner, outer] = [operatorPrecedence(operand.operator), operatorPrecedence(parent.operator)];
  if (inner !== outer) return inner > outer;
  return (side === 'right') === (parent.operator === '^');
}

function prettyLog(log: LogExpression, level: number): string {
  const line = printLog(log);
  if (log.stages.length === 0 || fits(line)) return indent(level) + line;
  const lines = [indent(level) + printSelector(log.selector)];
  for (const group of withoutBreaks(writableStages(log.stages))) {
    if (Array.isArray(group)) lines.push(...prettyLineFilters(group, level + 1));
    else lines.push((group.kind === 'decolorize' ? '' : indent(level + 1)) + printStage(group));
  }
  return lines.join('\n');
}

/** Line filters that follow each other share a line while they fit. */
function withoutBreaks(stages: readonly Stage[]): (LineFilter[] | Exclude<Stage, LineFilter>)[] {
  const groups: (LineFilter[] | Exclude<Stage, LineFilter>)[] = [];
  for (const stage of stages) {
    const last = groups.at(-1);
    if (stage.kind !== 'lineFilter') groups.push(stage);
    else if (Array.isArray(last)) last.push(stage);
    else groups.push([stage]);
  }
  return groups;
}

/** Loki splits off one filter at a time from the end, until what is left fits. */
function prettyLineFilters(filters: readonly LineFilter[], level: number): string[] {
  const texts = filters.map(printLineFilter);
  let first = texts[0]!;
  let together = 1;
  while (together < texts.length && fits(`${first} ${texts[together]}`)) first += ` ${texts[together++]}`;
  return [first, ...texts.slice(together)].map((text) => indent(level) + text);
}

function prettyLogRange(range: LogRange, level: number): string {
  let text = prettyLog(range.log, level);
  if (range.unwrap) text += `\n${prettyUnwrap(range.unwrap, level + 1)}`;
  text += ` [${printPrometheusDuration(range.rangeNs)}]`;
  if (range.offsetNs !== 0n) text += ` offset ${printOffset(range.offsetNs)}`;
  return text;
}

/** Prometheus durations know nothing below a millisecond. */
function printOffset(offsetNs: bigint): string {
  return offsetNs % 1_000_000n === 0n && offsetNs > 0n ? printPrometheusDuration(offsetNs) : printGoDuration(offsetNs);
}

function prettyUnwrap({ conversion, label, filters }: Unwrap, level: number): string {
  return [printUnwrapped(conversion, label), ...filters.map(printStage)].map((text) => indent(level) + text).join('\n');
}

function prettyGrouping(grouping: Grouping | undefined): string {
  return grouping ? ` ${grouping.without ? 'without' : 'by'} (${grouping.labels.join(', ')})` : '';
}

function fits(text: string): boolean {
  return text.length <= lineBytesMax && new TextEncoder().encode(text).length <= lineBytesMax;
}

function indent(level: number): string {
  return '  '.repeat(level);
}

function withoutParentheses(expression: Expression): Expression {
  let inner = expression;
  while (inner.kind === 'parenthesized') inner = inner.operand;
  return inner;
}
