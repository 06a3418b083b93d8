/**
 * The canonical text of a query, as Loki prints it: one line, every operator in parentheses, comments gone.
 *
 * Loki's own text sometimes means something else than the query did, and this one does not follow it there: byte sizes and
 * numbers of `vector()` that Loki rounds (`5432B` to `5.4kB`) are printed in full, and a matching that Loki leaves out
 * (`ignoring () group_left ()`) is kept. Nor does it print what Loki itself could not read again: see printOperator.
 */
import { parseByteSize, printByteSize } from './byte-size.ts';
import { printGoDuration, printPrometheusDuration } from './go-duration.ts';
import { printFixedFloat, printFloat, printPlainFloat } from './go-float.ts';
import { quote } from './go-string.ts';
import { staysRegexp } from './label-regexp.ts';
import type {
  BinaryExpression,
  Expression,
  Extraction,
  Grouping,
  LabelFilter,
  LabelSelection,
  LineFilter,
  LineFilterOperand,
  LogExpression,
  LogRange,
  Matcher,
  Selector,
  Stage,
  Unwrap,
  VectorAggregation,
} from './tree.ts';

export function print(expression: Expression): string {
  switch (expression.kind) {
    case 'log':
      return printLog(expression);
    case 'rangeAggregation': {
      const { operation, parameter, range, grouping } = expression;
      const first = parameter === undefined ? '' : `${printPlainFloat(parameter)},`;
      return `${operation}(${first}${printLogRange(range)})${printGrouping(grouping)}`;
    }
    case 'vectorAggregation': {
      const { operation, operand, grouping } = expression;
      return `${operation}${printGrouping(grouping)}(${printParameter(expression)}${print(operand)})`;
    }
    case 'binaryExpression': {
      const { left, right } = expression;
      return `(${print(left)} ${printOperator(expression, ',')} ${print(right)})`;
    }
    case 'literal':
      // `-0` would be read as a duration.
      return Object.is(expression.value, -0) ? '-0.0' : printFloat(expression.value);
    case 'vector':
      return `vector(${printVectorValue(expression.value)})`;
    case 'labelReplace': {
      const { operand, destination, replacement, source, pattern } = expression;
      return `label_replace(${[print(operand), ...[destination, replacement, source, pattern].map(quote)].join(',')})`;
    }
    case 'parenthesized':
      return print(expression.operand);
    case 'variants':
      return `variants(${expression.variants.map(print).join(', ')}) of (${printLogRange(expression.of)})`;
  }
}

export function printSelector({ matchers }: Selector): string {
  return `{${matchers.map(printMatcher).join(', ')}}`;
}

export function printMatcher({ name, operator, value }: Pick<Matcher, 'name' | 'operator' | 'value'>): string {
  return `${name}${operator}${quote(value)}`;
}

export function printLog({ selector, stages }: LogExpression): string {
  return [printSelector(selector), ...writableStages(stages).map(printStage)].join(' ');
}

/**
 * Stages as they can be written. After `drop a` or `keep a` a filter `!= "x"` would be read as a matcher of `a`; a filter that
 * lets every line pass between them keeps the two apart. No parser makes such stages, but programs do.
 */
export function writableStages(stages: readonly Stage[]): readonly Stage[] {
  return stages.flatMap((stage, index) => {
    const before = stages[index - 1];
    if (before?.kind !== 'drop' && before?.kind !== 'keep') return [stage];
    if (stage.kind !== 'lineFilter' || (stage.operator !== '!=' && stage.operator !== '!~')) return [stage];
    return before.labels.at(-1)?.matcher ? [stage] : [everyLine, stage];
  });
}

const nowhere = { start: 0, end: 0 };
const everyLine: LineFilter = {
  kind: 'lineFilter',
  operator: '|=',
  operands: [{ ip: false, text: '', span: nowhere }],
  span: nowhere,
};

export function printLogRange(range: LogRange): string {
  const unwrap = range.unwrap ? ` ${printUnwrap(range.unwrap)}` : '';
  const offset = range.offsetNs === 0n ? '' : ` offset ${printGoDuration(range.offsetNs)}`;
  return `${printLog(range.log)}${unwrap}[${printPrometheusDuration(range.rangeNs)}]${offset}`;
}

export function printUnwrap({ conversion, label, filters }: Unwrap): string {
  return [printUnwrapped(conversion, label), ...filters.map(printStage)].join(' ');
}

export function printUnwrapped(conversion: Unwrap['conversion'], label: string): string {
  return conversion === undefined ? `| unwrap ${label}` : `| unwrap ${conversion}(${label})`;
}

/** topk's `3,` and the like. */
export function printParameter({ parameter }: VectorAggregation): string {
  return parameter === undefined ? '' : `${parameter},`;
}

function printGrouping(grouping: Grouping | undefined): string {
  return grouping ? ` ${grouping.without ? 'without' : 'by'} (${grouping.labels.join(',')})` : '';
}

/** `> bool`, `* on (a) group_left (b)`; after `on (a)` alone Loki leaves a space. */
export function printOperator(
  { operator, returnBool, matching, right }: BinaryExpression,
  separator: ',' | ', ',
): string {
  const text = returnBool ? `${operator} bool` : operator;
  if (!matching) return text;
  const { on, labels, group, include } = matching;
  let side = group === undefined ? '' : `group_${group}`;
  // Without its own parentheses group_left would take those of an operand for them.
  if (include.length > 0 || (group && isBinary(right))) side += ` (${include.join(separator)})`;
  return `${text} ${on ? 'on' : 'ignoring'} (${labels.join(separator)}) ${side}`;
}

function isBinary(expression: Expression): boolean {
  return expression.kind === 'parenthesized' ? isBinary(expression.operand) : expression.kind === 'binaryExpression';
}

function printVectorValue(value: number): string {
  const fixed = printFixedFloat(value);
  return Number(fixed) === value || !Number.isFinite(value) ? fixed : printPlainFloat(value);
}

// --- stages --------------------------------------------------------------------------------------------------------------

export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'lineFilter':
      return printLineFilter(stage);
    case 'json':
      return stage.extractions.length === 0 ? '| json' : `| json ${printExtractions(stage.extractions)}`;
    case 'logfmt': {
      const words = ['| logfmt'];
      if (stage.strict) words.push('--strict');
      if (stage.keepEmpty) words.push('--keep-empty');
      if (stage.extractions.length > 0) words.push(printExtractions(stage.extractions));
      return words.join(' ');
    }
    case 'regexp':
    case 'pattern':
      return `| ${stage.kind} ${quote(stage.pattern)}`;
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`;
    case 'labelFilter':
      return `| ${printLabelFilter(stage.filter)}`;
    case 'lineFormat':
      return `| line_format ${quote(stage.template)}`;
    case 'labelFormat': {
      const operations = stage.operations.map((operation) =>
        operation.kind === 'rename'
          ? `${operation.name}=${operation.from}`
          : `${operation.name}=${quote(operation.template)}`,
      );
      return `| label_format ${operations.join(',')}`;
    }
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.labels.map(printLabelSelection).join(',')}`;
  }
}

export function printLineFilters(filters: readonly LineFilter[]): string {
  return filters.map(printLineFilter).join(' ');
}

export function printLineFilter({ operator, operands }: LineFilter): string {
  return `${operator} ${operands.map(printOperand).join(' or ')}`;
}

function printOperand({ ip, text }: LineFilterOperand): string {
  return ip ? `ip(${quote(text)})` : quote(text);
}

function printExtractions(extractions: readonly Extraction[]): string {
  return extractions.map(({ name, expression }) => `${name}=${quote(expression)}`).join(',');
}

function printLabelSelection({ name, matcher }: LabelSelection): string {
  return matcher ? printMatcher(matcher) : name;
}

function printLabelFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'binary': {
      const operator = filter.operator === 'and' ? ',' : 'or';
      return `( ${printLabelFilter(filter.left)} ${operator} ${printLabelFilter(filter.right)} )`;
    }
    case 'string': {
      const { name, operator, value } = filter;
      // Loki shows an expression that it runs as one in backticks.
      const raw = operator === '=~' && !/[`\0]/.test(value) && staysRegexp(value);
      return raw ? `${name}${operator}\`${value}\`` : printMatcher(filter);
    }
    case 'number':
      return `${filter.name}${filter.operator}${printPlainFloat(filter.value)}`;
    case 'duration':
      return `${filter.name}${filter.operator}${printGoDuration(BigInt(Math.round(filter.value)))}`;
    case 'bytes': {
      // `0B` would be read as the start of a binary number.
      if (filter.value === 0) return `${filter.name}${filter.operator}0kB`;
      const rounded = printByteSize(filter.value);
      return `${filter.name}${filter.operator}${parseByteSize(rounded) === filter.value ? rounded : `${filter.value}B`}`;
    }
    case 'ip':
      return `${filter.name}${filter.operator}ip(${quote(filter.pattern)})`;
  }
}
