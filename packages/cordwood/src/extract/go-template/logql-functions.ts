import { quoteGo } from '../../model/labels.ts';
import { parseByteSize } from '../byte-size.ts';
import { durationSeconds, parseGoDuration } from '../go-duration.ts';
import { formatGoTime, utcLocation } from '../go-time.ts';
import { compileRe2, type Re2 } from '../re2.ts';
import {
  base64Decode,
  defaultValue,
  indentText,
  lowerCase,
  repeatText,
  replaceCount,
  roundTo,
  substring,
  titleCase,
  toDate,
  toFloat64,
  toInt64,
  trimChars,
  trimSpace,
  truncate,
  upperCase,
  urlDecode,
  urlEncode,
} from './convert-value.ts';
import { type DecimalOperation, DivisionByZero, decimalFold } from './decimal.ts';
import { CallError, type FunctionSet, fromJsonValue, type GoFunction, type GoValue, goFunction } from './go-value.ts';
import { createTimeValue, isTimeValue, type TimeValue } from './time-value.ts';

/**
 * Functions of line_format and label_format (https://grafana.com/docs/loki/latest/query/template_functions/). `__line__` and
 * `__timestamp__` differ per entry: the executor is given them with each execution.
 */

const regexps = new Map<string, Re2>();
const regexpsMax = 500;

/** Patterns mostly are literals in the template, so the same few come again for every line. */
export function cachedRe2(pattern: string): Re2 {
  const known = regexps.get(pattern);
  if (known) return known;
  const { re2, error } = compileRe2(pattern);
  if (re2 === undefined) throw new CallError(error);
  if (regexps.size >= regexpsMax) regexps.clear();
  regexps.set(pattern, re2);
  return re2;
}

function decimal(operation: DecimalOperation, parameters: readonly ['any'] | readonly [] = ['any']): GoFunction {
  return goFunction(
    parameters,
    (first: GoValue, ...others: GoValue[]) => {
      try {
        return decimalFold(operation, toFloat64(first), others.map(toFloat64));
      } catch (problem) {
        if (problem instanceof DivisionByZero) throw new CallError(problem.message);
        throw problem;
      }
    },
    'any',
  );
}

function divisor(value: GoValue): bigint {
  const number = toInt64(value);
  if (number === 0n) throw new CallError('runtime error: integer divide by zero');
  return number;
}

const int64 = (value: bigint) => BigInt.asIntN(64, value);

function unixToTime(text: string): TimeValue {
  const unitsNs: Readonly<Record<number, bigint>> = {
    5: 86_400_000_000_000n,
    10: 1_000_000_000n,
    13: 1_000_000n,
    16: 1000n,
    19: 1n,
  };
  if (!/^[+-]?\d+$/.test(text))
    throw new CallError(`unable to parse time '${text}': strconv.ParseInt: parsing ${quoteGo(text)}: invalid syntax`);
  const unitNs = unitsNs[text.length];
  // The verb is Loki's own slip; its text is what users see.
  if (unitNs === undefined) throw new CallError(`unable to parse time '${text}': %!w(<nil>)`);
  return createTimeValue(BigInt(text) * unitNs);
}

function seconds(text: string): number {
  const { durationNs, error } = parseGoDuration(text);
  if (error !== undefined) throw new CallError(error);
  return durationSeconds(durationNs);
}

function align(count: bigint, text: string, right: boolean): string {
  const letters = [...text];
  const missing = Number(count) - letters.length;
  if (count < 0n || missing === 0) return text;
  if (missing > 0) return right ? repeatText(BigInt(missing), ' ') + text : text + repeatText(BigInt(missing), ' ');
  return (right ? letters.slice(-Number(count) || letters.length) : letters.slice(0, Number(count))).join('');
}

/** sprig's date: a time, or Unix seconds; anything else is now. */
function dateOf(value: GoValue): TimeValue {
  if (isTimeValue(value)) return value;
  return typeof value === 'bigint'
    ? createTimeValue(value * 1_000_000_000n)
    : createTimeValue(BigInt(Date.now()) * 1_000_000n);
}

const floorDivide = (value: bigint, by: bigint) => (value % by < 0n ? value / by - 1n : value / by);

const text1 = (call: (text: string) => GoValue) => goFunction(['string'], call);
const text2 = (call: (a: string, b: string) => GoValue) => goFunction(['string', 'string'], call);

export const logqlFunctions: FunctionSet = new Map<string, GoFunction>([
  // What each execution replaces.
  ['__line__', goFunction([], () => '')],
  ['__timestamp__', goFunction([], () => createTimeValue(0n))],

  // Loki's own
  ['ToLower', text1(lowerCase)],
  ['ToUpper', text1(upperCase)],
  [
    'Replace',
    goFunction(['string', 'string', 'string', 'int'], (text: string, from: string, to: string, count: bigint) =>
      replaceCount(text, from, to, count),
    ),
  ],
  ['Trim', text2((text, chars) => trimChars(text, chars, 'both'))],
  ['TrimLeft', text2((text, chars) => trimChars(text, chars, 'left'))],
  ['TrimRight', text2((text, chars) => trimChars(text, chars, 'right'))],
  ['TrimPrefix', text2((text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text))],
  [
    'TrimSuffix',
    text2((text, suffix) => (suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text)),
  ],
  ['TrimSpace', text1(trimSpace)],
  [
    'regexReplaceAll',
    goFunction(['string', 'string', 'string'], (pattern: string, text: string, to: string) =>
      cachedRe2(pattern).replaceAll(text, to),
    ),
  ],
  [
    'regexReplaceAllLiteral',
    goFunction(['string', 'string', 'string'], (pattern: string, text: string, to: string) =>
      cachedRe2(pattern).replaceAll(text, to, true),
    ),
  ],
  ['count', text2((pattern, text) => BigInt(cachedRe2(pattern).count(text)))],
  ['urldecode', text1(urlDecode)],
  ['urlencode', text1(urlEncode)],
  [
    'bytes',
    text1((text) => {
      const { value, error } = parseByteSize(text);
      if (error !== undefined) throw new CallError(error);
      return value;
    }),
  ],
  ['duration', text1(seconds)],
  ['duration_seconds', text1(seconds)],
  ['unixEpochMillis', goFunction(['time.Time'], (time: TimeValue) => String(floorDivide(time.timeNs, 1_000_000n)))],
  ['unixEpochNanos', goFunction(['time.Time'], (time: TimeValue) => String(time.timeNs))],
  [
    'toDateInZone',
    goFunction(['string', 'string', 'string'], (layout: string, zone: string, text: string) =>
      toDate(layout, text, zone),
    ),
  ],
  ['unixToTime', text1(unixToTime)],
  ['alignLeft', goFunction(['int', 'string'], (count: bigint, text: string) => align(count, text, false))],
  ['alignRight', goFunction(['int', 'string'], (count: bigint, text: string) => align(count, text, true))],

  // From sprig (https://masterminds.github.io/sprig/)
  ['b64enc', text1((text) => Buffer.from(text).toString('base64'))],
  ['b64dec', text1(base64Decode)],
  ['lower', text1(lowerCase)],
  ['upper', text1(upperCase)],
  ['title', text1(titleCase)],
  ['trunc', goFunction(['int', 'string'], truncate)],
  ['substr', goFunction(['int', 'int', 'string'], substring)],
  ['contains', text2((part, text) => text.includes(part))],
  ['hasPrefix', text2((part, text) => text.startsWith(part))],
  ['hasSuffix', text2((part, text) => text.endsWith(part))],
  ['indent', goFunction(['int', 'string'], indentText)],
  ['nindent', goFunction(['int', 'string'], (count: bigint, text: string) => `\n${indentText(count, text)}`)],
  [
    'replace',
    goFunction(['string', 'string', 'string'], (from: string, to: string, text: string) =>
      replaceCount(text, from, to, -1n),
    ),
  ],
  ['repeat', goFunction(['int', 'string'], repeatText)],
  ['trim', text1(trimSpace)],
  ['trimAll', text2((chars, text) => trimChars(text, chars, 'both'))],
  [
    'trimSuffix',
    text2((suffix, text) => (suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text)),
  ],
  ['trimPrefix', text2((prefix, text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text))],
  ['int', goFunction(['any'], (value: GoValue) => toInt64(value))],
  ['float64', goFunction(['any'], (value: GoValue) => toFloat64(value))],
  [
    'add',
    goFunction(
      [],
      (...values: GoValue[]) => int64(values.reduce<bigint>((sum, value) => sum + toInt64(value), 0n)),
      'any',
    ),
  ],
  ['sub', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => int64(toInt64(a) - toInt64(b)))],
  [
    'mul',
    goFunction(
      ['any'],
      (first: GoValue, ...values: GoValue[]) =>
        int64(values.reduce<bigint>((product, value) => product * toInt64(value), toInt64(first))),
      'any',
    ),
  ],
  ['div', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => toInt64(a) / divisor(b))],
  ['mod', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => toInt64(a) % divisor(b))],
  ['addf', decimal('add', [])],
  ['subf', decimal('sub')],
  ['mulf', decimal('mul')],
  ['divf', decimal('div')],
  [
    'max',
    goFunction(
      ['any'],
      (first: GoValue, ...values: GoValue[]) =>
        values.map(toInt64).reduce((best, value) => (value > best ? value : best), toInt64(first)),
      'any',
    ),
  ],
  [
    'min',
    goFunction(
      ['any'],
      (first: GoValue, ...values: GoValue[]) =>
        values.map(toInt64).reduce((best, value) => (value < best ? value : best), toInt64(first)),
      'any',
    ),
  ],
  [
    'maxf',
    goFunction(
      ['any'],
      (first: GoValue, ...values: GoValue[]) => Math.max(toFloat64(first), ...values.map(toFloat64)),
      'any',
    ),
  ],
  [
    'minf',
    goFunction(
      ['any'],
      (first: GoValue, ...values: GoValue[]) => Math.min(toFloat64(first), ...values.map(toFloat64)),
      'any',
    ),
  ],
  ['ceil', goFunction(['any'], (value: GoValue) => Math.ceil(toFloat64(value)))],
  ['floor', goFunction(['any'], (value: GoValue) => Math.floor(toFloat64(value)))],
  [
    'round',
    goFunction(
      ['any', 'int'],
      (value: GoValue, places: bigint, ...threshold: number[]) =>
        roundTo(toFloat64(value), places, threshold[0] ?? 0.5),
      'float64',
    ),
  ],
  [
    'fromJson',
    text1((text) => {
      try {
        return fromJsonValue(JSON.parse(text));
      } catch {
        return undefined;
      }
    }),
  ],
  [
    'date',
    goFunction(['string', 'any'], (layout: string, date: GoValue) => {
      // In the zone of the process: servers run in UTC.
      return formatGoTime(dateOf(date).timeNs, utcLocation.zoneAt(0), layout);
    }),
  ],
  ['toDate', text2((layout, text) => toDate(layout, text))],
  ['now', goFunction([], () => createTimeValue(BigInt(Date.now()) * 1_000_000n, utcLocation.zoneAt(0)))],
  ['unixEpoch', goFunction(['time.Time'], (time: TimeValue) => String(floorDivide(time.timeNs, 1_000_000_000n)))],
  ['default', goFunction(['any'], defaultValue, 'any')],
]);
