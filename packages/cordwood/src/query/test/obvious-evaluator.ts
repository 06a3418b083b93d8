import {
  type BinaryExpression,
  type JsonStage,
  type LabelFilter,
  type LogExpression,
  type Matcher,
  type MetricExpression,
  parseJsonPath,
  type RangeAggregation,
  type SimplifiedRegexp,
  type Stage,
  simplifyLabelRegexp,
  type VectorAggregation,
  type VectorMatching,
} from '@cordwood/logql';
import { parseByteSize, printByteSize } from '../../extract/byte-size.ts';
import { parseGoDuration } from '../../extract/go-duration.ts';
import { JsonFieldReader } from '../../extract/json-fields.ts';
import { JsonPathReader } from '../../extract/json-path-fields.ts';
import { LogfmtReader } from '../../extract/logfmt-fields.ts';

/**
 * LogQL evaluated in the slowest and most obvious way: one row, one stage, one step at a time, everything a Map and a string.
 * It shares no code with the engine but the readers of json and logfmt (used afresh for every line, so that nothing they
 * remember can help) and the recognition of label regular expressions. Tests compare the engine with it.
 */
export interface ObviousRow {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly stream: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

type Sample = { labels: Map<string, string>; value: number };
type Vector = Sample[];

export class ObviousFailure extends Error {}

// --- rows ----------------------------------------------------------------------------------------------------------------

interface Working {
  line: string;
  readonly stream: Readonly<Record<string, string>>;
  /** What came from metadata and still is metadata. */
  readonly metadata: Set<string>;
  readonly labels: Map<string, string>;
  /** What a stage made. */
  readonly parsed: Set<string>;
  /** What a stage ever made, also when it was dropped since. */
  readonly extracted: Set<string>;
  error: string;
  details: string;
}

/** Names that parsers must look for; undefined: all. */
type Wanted = ReadonlySet<string> | undefined;

function start(row: ObviousRow): Working {
  const labels = new Map(Object.entries(row.stream));
  const metadata = new Set<string>();
  for (const [name, value] of Object.entries(row.metadata)) {
    const free = name in row.stream ? `${name}_extracted` : name;
    labels.set(free, value);
    metadata.add(free);
  }
  return {
    line: row.line,
    stream: row.stream,
    metadata,
    labels,
    parsed: new Set(),
    extracted: new Set(),
    error: '',
    details: '',
  };
}

function setParsed(row: Working, name: string, value: string): void {
  row.labels.set(name, value);
  row.metadata.delete(name);
  row.parsed.add(name);
  row.extracted.add(name);
}

const strength = { stream: 0, metadata: 1, parsed: 2 };

function categoryOf(row: Working, name: string): keyof typeof strength | undefined {
  if (!row.labels.has(name)) return undefined;
  return row.parsed.has(name) ? 'parsed' : row.metadata.has(name) ? 'metadata' : 'stream';
}

function extract(row: Working, wanted: Wanted, name: string, value: string): void {
  const free = name in row.stream || row.metadata.has(name) ? `${name}_extracted` : name;
  if (wanted !== undefined && !wanted.has(free)) return;
  if (!row.extracted.has(free)) setParsed(row, free, value);
}

function allFound(row: Working, wanted: Wanted): boolean {
  return wanted !== undefined && [...wanted].every((name) => row.extracted.has(name));
}

/** Line filters run before the parsers that stand before them, back to the last label filter or line_format. */
function inOrder(stages: readonly Stage[]): Stage[] {
  const out: Stage[] = [];
  for (const stage of stages) {
    let at = out.length;
    if (stage.kind === 'lineFilter') {
      while (at > 0 && !['lineFilter', 'labelFilter', 'lineFormat', 'unpack'].includes(out[at - 1]!.kind)) at--;
    }
    out.splice(at, 0, stage);
  }
  return out;
}

function runStages(row: Working, stages: readonly Stage[], wanted: Wanted): boolean {
  return inOrder(stages).every((stage) => runStage(row, stage, wanted));
}

function readPaths(row: Working, stage: JsonStage, wanted: Wanted): boolean {
  if (row.line === '') return true;
  const values: string[] = [];
  const paths = stage.extractions.map(({ expression }) => parseJsonPath(expression).path!);
  const error = new JsonPathReader(paths).read(row.line, values);
  if (error !== undefined) {
    row.error = 'JSONParserErr';
    row.details = error;
    if (wanted?.has('__error__')) setParsed(row, '__preserve_error__', 'true');
  }
  if (error === '') return true;
  for (const [index, { name }] of stage.extractions.entries()) {
    const value = values[index]!;
    if (value === '' && row.labels.has(name)) continue;
    setParsed(row, name in row.stream || row.metadata.has(name) ? `${name}_extracted` : name, value);
  }
  return true;
}

function runStage(row: Working, stage: Stage, wanted: Wanted): boolean {
  switch (stage.kind) {
    case 'lineFilter': {
      const hit = stage.operands.some(({ text }) =>
        ['|=', '!='].includes(stage.operator) ? row.line.includes(text) : new RegExp(text).test(row.line),
      );
      return hit !== stage.operator.startsWith('!');
    }
    case 'json':
    case 'logfmt': {
      if (wanted !== undefined && (wanted.size === 0 || allFound(row, wanted))) return true;
      if (stage.kind === 'json' && stage.extractions.length > 0) return readPaths(row, stage, wanted);
      const reader =
        stage.kind === 'json'
          ? new JsonFieldReader()
          : new LogfmtReader({ strict: stage.strict, keepEmpty: stage.keepEmpty });
      const error = reader.read(row.line, (name, value) => {
        extract(row, wanted, name, value);
        return !allFound(row, wanted);
      });
      if (error !== '') {
        row.error = stage.kind === 'json' ? 'JSONParserErr' : 'LogfmtParserErr';
        row.details = error;
        if (wanted?.has('__error__')) setParsed(row, '__preserve_error__', 'true');
      }
      return true;
    }
    case 'regexp': {
      const found = new RegExp(stage.pattern.replaceAll('(?P<', '(?<')).exec(row.line);
      for (const [name, value] of Object.entries(found?.groups ?? {})) extract(row, wanted, name, value ?? '');
      return true;
    }
    case 'labelFilter':
      return filterLabels(row, stage.filter);
    case 'drop':
      for (const { name, matcher } of stage.labels) {
        if (name === '__error__') row.error = '';
        else if (name === '__error_details__') row.details = '';
        else if (row.labels.has(name) && (matcher === undefined || matches(matcher, row.labels.get(name)!))) {
          row.labels.delete(name);
          row.metadata.delete(name);
          row.parsed.delete(name);
        }
      }
      return true;
    case 'keep':
      for (const name of [...row.labels.keys()]) {
        const kept = stage.labels.some(
          (one) => one.name === name && (one.matcher === undefined || matches(one.matcher, row.labels.get(name)!)),
        );
        if (kept) continue;
        row.labels.delete(name);
        row.metadata.delete(name);
        row.parsed.delete(name);
      }
      return true;
    case 'lineFormat':
      row.line = expand(stage.template, row.labels);
      return true;
    case 'labelFormat': {
      let before: Map<string, string> | undefined;
      for (const operation of stage.operations) {
        if (operation.kind === 'template') {
          before ??= new Map(row.labels);
          setParsed(row, operation.name, expand(operation.template, before));
        } else if (row.labels.has(operation.from)) {
          const value = row.labels.get(operation.from)!;
          const { from, name } = operation;
          const category = categoryOf(row, from)!;
          // A label of a stronger kind is not overwritten: parsed, then metadata, then the stream's.
          if (strength[category] >= strength[categoryOf(row, name) ?? 'stream']) {
            if (category === 'parsed') setParsed(row, name, value);
            else {
              row.labels.set(name, value);
              if (category === 'metadata') row.metadata.add(name);
            }
          }
          row.labels.delete(from);
          row.metadata.delete(from);
          row.parsed.delete(from);
        }
      }
      return true;
    }
    default:
      throw new Error(`the obvious evaluator has no ${stage.kind}`);
  }
}

/** Only `{{.name}}`: what the random queries use. */
function expand(template: string, labels: ReadonlyMap<string, string>): string {
  return template.replace(/\{\{\.(\w+)\}\}/g, (_all, name: string) => labels.get(name) ?? '');
}

function matches({ operator, value }: Pick<Matcher, 'operator' | 'value'>, text: string): boolean {
  switch (operator) {
    case '=':
      return text === value;
    case '!=':
      return text !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`).test(text);
    case '!~':
      return !new RegExp(`^(?:${value})$`).test(text);
  }
}

function filterLabels(row: Working, filter: LabelFilter): boolean {
  switch (filter.kind) {
    case 'binary': {
      const left = filterLabels(row, filter.left);
      if (filter.operator === 'or' && left) return true;
      const right = filterLabels(row, filter.right);
      return filter.operator === 'or' ? right : left && right;
    }
    case 'string': {
      const text = filter.name === '__error__' ? row.error : (row.labels.get(filter.name) ?? '');
      const simplified = filter.operator.endsWith('~') ? simplifyLabelRegexp(filter.value) : undefined;
      if (simplified === undefined) return matches(filter, text);
      return likeLoki(simplified, text) === (filter.operator === '=~');
    }
    case 'ip':
      throw new Error('the obvious evaluator has no ip()');
    default: {
      const text = row.labels.get(filter.name);
      if (text === undefined) return false;
      const [value, error] = toNumber(filter.kind, text);
      const bound = filter.kind === 'bytes' ? toNumber('bytes', printByteSize(filter.value))[0] : filter.value;
      if (error !== '') {
        if (row.error === '') [row.error, row.details] = ['LabelFilterErr', error];
        return true;
      }
      return compare(filter.operator, value, bound);
    }
  }
}

function likeLoki(simplified: SimplifiedRegexp, text: string): boolean {
  switch (simplified.kind) {
    case 'always':
      return true;
    case 'notEmpty':
      return text !== '';
    case 'any':
      return simplified.of.some((one) => likeLoki(one, text));
    case 'equals':
      return simplified.text === text;
    case 'contains':
      return text.includes(simplified.text);
  }
}

function toNumber(kind: 'number' | 'duration' | 'bytes', text: string): [number, string] {
  if (kind === 'number') {
    return /^-?\d+(\.\d+)?$/.test(text)
      ? [Number(text), '']
      : [0, `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`];
  }
  if (kind === 'bytes') {
    const { value, error } = parseByteSize(text);
    return [value ?? 0, error ?? ''];
  }
  const { durationNs, error } = parseGoDuration(text);
  return [Number(durationNs ?? 0n), error ?? ''];
}

function compare(operator: string, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    default:
      return a <= b;
  }
}

// --- log queries ---------------------------------------------------------------------------------------------------------

export interface ObviousEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Rows come in the order of arrival. */
export function obviousLog(
  expression: LogExpression,
  rows: readonly ObviousRow[],
  request: { startNs: bigint; endNs: bigint; limit: number; direction: 'forward' | 'backward' },
): ObviousEntry[] {
  const ordered = rows
    .map((row, arrival) => ({ row, arrival }))
    .filter(({ row }) => row.timestampNs >= request.startNs && row.timestampNs < request.endNs)
    .sort((a, b) => Number(a.row.timestampNs - b.row.timestampNs) || a.arrival - b.arrival);
  if (request.direction === 'backward') ordered.reverse();
  const out: ObviousEntry[] = [];
  for (const { row } of ordered) {
    if (out.length === request.limit) break;
    if (!inSelector(expression, row)) continue;
    const working = start(row);
    if (!runStages(working, expression.stages, undefined)) continue;
    out.push({ timestampNs: row.timestampNs, line: working.line, labels: Object.fromEntries(withErrors(working)) });
  }
  return out;
}

function inSelector(expression: LogExpression, row: ObviousRow): boolean {
  return expression.selector.matchers.every((matcher) => matches(matcher, row.stream[matcher.name] ?? ''));
}

function withErrors(row: Working): Map<string, string> {
  const labels = new Map(row.labels);
  if (row.error !== '') labels.set('__error__', row.error);
  if (row.details !== '') labels.set('__error_details__', row.details);
  return labels;
}

// --- metric queries ------------------------------------------------------------------------------------------------------

/** The vector of one step. */
export function obviousMetric(
  expression: MetricExpression,
  rows: readonly ObviousRow[],
  atNs: bigint,
): Vector | number {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'vector':
      return [{ labels: new Map(), value: expression.value }];
    case 'parenthesized':
      return obviousMetric(expression.operand, rows, atNs);
    case 'rangeAggregation':
      return rangeVector(expression, rows, atNs, undefined);
    case 'vectorAggregation':
      return aggregateVector(expression, rows, atNs);
    case 'binaryExpression':
      return combine(
        expression,
        obviousMetric(expression.left, rows, atNs),
        obviousMetric(expression.right, rows, atNs),
      );
    case 'labelReplace':
      throw new Error('the obvious evaluator has no label_replace');
  }
}

type Grouping = { readonly without: boolean; readonly labels: readonly string[] };

function rangeVector(
  expression: RangeAggregation,
  rows: readonly ObviousRow[],
  atNs: bigint,
  outerSum: Grouping | undefined,
): Vector {
  const { log, rangeNs, offsetNs, unwrap } = expression.range;
  const endNs = atNs - offsetNs;
  const additive = ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'sum_over_time'].includes(
    expression.operation,
  );
  const grouping = expression.grouping ?? (additive ? outerSum : undefined);
  const wanted = wantedNames(log.stages, unwrap, grouping);
  const groups = new Map<
    string,
    { labels: Map<string, string>; samples: { at: bigint; arrival: number; value: number }[] }
  >();
  for (const [arrival, row] of rows.entries()) {
    if (row.timestampNs <= endNs - rangeNs || row.timestampNs > endNs || !inSelector(log, row)) continue;
    const working = start(row);
    if (!runStages(working, log.stages, wanted)) continue;
    let value = 1;
    if (unwrap !== undefined) {
      const text = working.labels.get(unwrap.label) ?? '';
      if (text === '') continue;
      const kind = unwrap.conversion === undefined ? 'number' : unwrap.conversion === 'bytes' ? 'bytes' : 'duration';
      const [number, error] = toNumber(kind, text);
      value = kind === 'duration' ? number / 1e9 : number;
      if (error !== '') [working.error, working.details, value] = ['SampleExtractionErr', error, 0];
      if (!unwrap.filters.every((stage) => filterLabels(working, stage.filter))) continue;
    } else if (expression.operation.startsWith('bytes')) {
      value = Buffer.byteLength(working.line);
    }
    if (working.error !== '' && working.labels.get('__preserve_error__') !== 'true')
      throw new ObviousFailure(working.error);
    const labels = working.error !== '' ? withErrors(working) : reduce(withErrors(working), grouping, unwrap?.label);
    const key = keyOf(labels);
    const group = groups.get(key) ?? { labels, samples: [] };
    groups.set(key, group);
    group.samples.push({ at: row.timestampNs, arrival, value });
  }
  const seconds = Number(rangeNs) / 1e9;
  return [...groups.values()].map(({ labels, samples }) => {
    samples.sort((a, b) => Number(a.at - b.at) || a.arrival - b.arrival);
    return {
      labels,
      value: fold(
        expression,
        samples.map((sample) => sample.value),
        seconds,
      ),
    };
  });
}

function wantedNames(
  stages: readonly Stage[],
  unwrap: RangeAggregation['range']['unwrap'],
  grouping: Grouping | undefined,
): Wanted {
  if (grouping === undefined || grouping.without) return undefined;
  const names = [...grouping.labels, ...(unwrap === undefined ? [] : [unwrap.label])];
  const ofFilter = (filter: LabelFilter): string[] =>
    filter.kind === 'binary' ? [...ofFilter(filter.left), ...ofFilter(filter.right)] : [filter.name];
  for (const stage of [...stages, ...(unwrap?.filters ?? [])]) {
    if (stage.kind === 'labelFilter') names.push(...ofFilter(stage.filter));
    if (stage.kind === 'lineFormat')
      names.push(...[...stage.template.matchAll(/\{\{\.(\w+)\}\}/g)].map((match) => match[1]!));
    if (stage.kind === 'labelFormat') {
      for (const operation of stage.operations) {
        if (operation.kind === 'rename') names.push(operation.from);
        else names.push(...[...operation.template.matchAll(/\{\{\.(\w+)\}\}/g)].map((match) => match[1]!));
      }
    }
  }
  return new Set(names.flatMap((name) => (name.endsWith('_extracted') ? [name, name.slice(0, -10)] : [name])));
}

function reduce(
  labels: Map<string, string>,
  grouping: Grouping | undefined,
  unwrapped: string | undefined,
): Map<string, string> {
  const kept = [...labels].filter(([name]) => {
    if (grouping !== undefined && !grouping.without) return grouping.labels.includes(name);
    return name !== unwrapped && !(grouping?.labels.includes(name) ?? false);
  });
  return new Map(kept);
}

function fold({ operation, parameter }: RangeAggregation, values: readonly number[], seconds: number): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = sum / values.length;
  const variance = varianceOf(values);
  switch (operation) {
    case 'count_over_time':
    case 'bytes_over_time':
    case 'sum_over_time':
      return sum;
    case 'rate':
    case 'bytes_rate':
      return sum / seconds;
    case 'avg_over_time':
      return mean;
    case 'min_over_time':
      return Math.min(...values);
    case 'max_over_time':
      return Math.max(...values);
    case 'stdvar_over_time':
      return variance;
    case 'stddev_over_time':
      return Math.sqrt(variance);
    case 'first_over_time':
      return values[0]!;
    case 'last_over_time':
      return values.at(-1)!;
    case 'quantile_over_time': {
      const sorted = values.toSorted((a, b) => a - b);
      const rank = parameter! * (sorted.length - 1);
      const low = Math.floor(rank);
      const high = Math.min(low + 1, sorted.length - 1);
      return sorted[low]! + (sorted[high]! - sorted[low]!) * (rank - low);
    }
    case 'rate_counter': {
      if (values.length < 2) return 0;
      let increase = 0;
      for (let i = 1; i < values.length; i++) {
        const step = values[i]! - values[i - 1]!;
        increase += step < 0 ? values[i]! : step;
      }
      return increase / seconds;
    }
    case 'absent_over_time':
      throw new Error('the obvious evaluator has no absent_over_time');
  }
}

function aggregateVector(expression: VectorAggregation, rows: readonly ObviousRow[], atNs: bigint): Vector {
  const { operation, grouping, parameter = 0 } = expression;
  let inner = expression.operand;
  while (inner.kind === 'parenthesized') inner = inner.operand;
  const operand =
    operation === 'sum' && inner.kind === 'rangeAggregation'
      ? rangeVector(inner, rows, atNs, grouping ?? { without: false, labels: [] })
      : (obviousMetric(inner, rows, atNs) as Vector);
  const groups = new Map<string, { labels: Map<string, string>; members: Vector }>();
  for (const sample of operand) {
    const labels = reduce(sample.labels, grouping ?? { without: false, labels: [] }, undefined);
    const group = groups.get(keyOf(labels)) ?? { labels, members: [] };
    groups.set(keyOf(labels), group);
    group.members.push(sample);
  }
  return [...groups.values()].flatMap(({ labels, members }) => {
    const values = members.map((member) => member.value);
    const numbers = values.filter((value) => !Number.isNaN(value));
    const sum = values.reduce((total, value) => total + value, 0);
    const mean = sum / values.length;
    const variance = varianceOf(values);
    const one = (value: number) => [{ labels, value }];
    switch (operation) {
      case 'sum':
        return one(sum);
      case 'avg':
        return one(mean);
      case 'min':
        return one(numbers.length === 0 ? Number.NaN : Math.min(...numbers));
      case 'max':
        return one(numbers.length === 0 ? Number.NaN : Math.max(...numbers));
      case 'count':
        return one(values.length);
      case 'stdvar':
        return one(variance);
      case 'stddev':
        return one(Math.sqrt(variance));
      case 'topk':
      case 'approx_topk':
        return members.toSorted((a, b) => b.value - a.value).slice(0, parameter);
      case 'bottomk':
        return members.toSorted((a, b) => a.value - b.value).slice(0, parameter);
      case 'sort':
      case 'sort_desc':
        return members;
    }
    return [];
  });
}

function combine(
  { operator, matching, returnBool }: BinaryExpression,
  left: Vector | number,
  right: Vector | number,
): Vector | number {
  const isComparison = ['==', '!=', '>', '>=', '<', '<='].includes(operator);
  const apply = (a: number, b: number, kept: number): number | undefined => {
    if (!isComparison) return arithmetic(operator, a, b);
    if (returnBool) return compare(operator, a, b) ? 1 : 0;
    return compare(operator, a, b) ? kept : undefined;
  };
  if (typeof left === 'number' && typeof right === 'number')
    return isComparison ? Number(compare(operator, left, right)) : arithmetic(operator, left, right);
  const out: Vector = [];
  const keep = (labels: Map<string, string>, value: number | undefined) => {
    if (value !== undefined) out.push({ labels, value });
  };
  if (typeof left === 'number') {
    for (const sample of right as Vector) keep(sample.labels, apply(left, sample.value, sample.value));
    return out;
  }
  if (typeof right === 'number') {
    for (const sample of left) keep(sample.labels, apply(sample.value, right, sample.value));
    return out;
  }
  const signature = (sample: Sample) => keyOf(matched(sample.labels, matching));
  if (operator === 'and') return left.filter((a) => right.some((b) => signature(a) === signature(b)));
  if (operator === 'unless') return left.filter((a) => !right.some((b) => signature(a) === signature(b)));
  if (operator === 'or') return [...left, ...right.filter((b) => !left.some((a) => signature(a) === signature(b)))];
  const swapped = matching?.group === 'right';
  const [many, single] = swapped ? [right, left] : [left, right];
  if (new Set(single.map(signature)).size < single.length) throw new ObviousFailure('duplicate');
  const used = new Set<string>();
  for (const a of many) {
    const b = single.find((other) => signature(other) === signature(a));
    if (b === undefined) continue;
    const labels = resultLabels(a.labels, b.labels, matching);
    const place = matching?.group === undefined ? signature(a) : keyOf(labels);
    if (used.has(place)) throw new ObviousFailure('multiple');
    used.add(place);
    const [x, y] = swapped ? [b.value, a.value] : [a.value, b.value];
    keep(labels, apply(x, y, x));
  }
  return out;
}

function matched(labels: Map<string, string>, matching: VectorMatching | undefined): Map<string, string> {
  if (matching?.on === undefined) return labels;
  return new Map([...labels].filter(([name]) => matching.labels.includes(name) === matching.on));
}

function resultLabels(
  many: Map<string, string>,
  one: Map<string, string>,
  matching: VectorMatching | undefined,
): Map<string, string> {
  if (matching === undefined) return many;
  const labels = new Map(matching.group === undefined ? matched(many, matching) : many);
  for (const name of matching.include) {
    if (one.has(name)) labels.set(name, one.get(name)!);
    else labels.delete(name);
  }
  return labels;
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? Number.NaN : a / b;
    case '%':
      return b === 0 ? Number.NaN : a % b;
    default:
      return a ** b;
  }
}

export function keyOf(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Equal values have none, whatever rounding says about their mean. */
function varianceOf(values: readonly number[]): number {
  if (values.every((value) => value === values[0])) return 0;
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
}
