import { quoteGo } from '../../model/labels.ts';
import { formatGoTime } from '../go-time.ts';
import { escapeQuery } from './builtin-functions.ts';
import { titleCase, toFloat64, upperCase } from './convert-value.ts';
import { printFloat, printValue } from './go-print.ts';
import {
  CallError,
  type FunctionSet,
  type GoFunction,
  type GoMap,
  type GoValue,
  goFunction,
  isList,
  isMap,
} from './go-value.ts';
import { cachedRe2 } from './logql-functions.ts';
import { createTimeValue } from './time-value.ts';

/** Functions of Prometheus' alert templates (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/). */

/** Numbers come as float64 or as text, as Prometheus takes them. */
function numberOf(value: GoValue): number {
  if (typeof value !== 'string') return toFloat64(value);
  const number = Number(value.replace(/^\+Inf$/i, 'Infinity').replace(/^-Inf$/i, '-Infinity'));
  if (value.trim() === '' || (Number.isNaN(number) && value !== 'NaN'))
    throw new CallError(`strconv.ParseFloat: parsing ${quoteGo(value)}: invalid syntax`);
  return number;
}

/** `%.4g` */
const short = (value: number): string => printFloat(value, 'g', 4);

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return short(value);
  let size = value;
  let prefix = '';
  if (Math.abs(value) >= 1) {
    for (const next of ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']) {
      if (Math.abs(size) < 1000) break;
      prefix = next;
      size /= 1000;
    }
  } else {
    for (const next of ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']) {
      if (Math.abs(size) >= 1) break;
      prefix = next;
      size *= 1000;
    }
  }
  return short(size) + prefix;
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return short(value);
  let size = value;
  let prefix = '';
  for (const next of ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']) {
    if (Math.abs(size) < 1024) break;
    prefix = next;
    size /= 1024;
  }
  return short(size) + prefix;
}

function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return short(value);
  if (value === 0) return '0s';
  if (Math.abs(value) < 1) {
    let size = value;
    let prefix = '';
    for (const next of ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']) {
      if (Math.abs(size) >= 1) break;
      prefix = next;
      size *= 1000;
    }
    return `${short(size)}${prefix}s`;
  }
  const sign = value < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(value));
  const [seconds, minutes, hours, days] = [
    whole % 60,
    Math.floor(whole / 60) % 60,
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 86400),
  ];
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${printFloat(Math.abs(value), 'g', 4)}s`;
}

function timeOfSeconds(seconds: number) {
  if (!Number.isFinite(seconds)) throw new CallError(`cannot convert ${printFloat(seconds)} to a time`);
  return createTimeValue(BigInt(Math.round(seconds * 1000)) * 1_000_000n);
}

/** `example.com:80` without its port. */
function stripPort(host: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):[^:]*$/.exec(host);
  return match ? (match[1] ?? match[2] ?? '') : host;
}

function stripDomain(hostPort: string): string {
  const host = stripPort(hostPort);
  if (/^[\d.]+$/.test(host) || host.includes(':')) return hostPort;
  return host.split('.')[0]! + hostPort.slice(host.length);
}

function samples(value: GoValue): readonly GoMap[] {
  if (!isList(value)) throw new CallError('wrong type for value; expected a query result');
  return value.filter(isMap);
}

const number1 = (call: (value: number) => GoValue): GoFunction =>
  goFunction(['any'], (value: GoValue) => call(numberOf(value)));
const text1 = (call: (text: string) => GoValue): GoFunction => goFunction(['string'], call);

export interface PrometheusTemplateContext {
  readonly externalUrl: string;
}

export function prometheusFunctions({ externalUrl }: PrometheusTemplateContext): FunctionSet {
  const path = URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, '') : '';
  return new Map<string, GoFunction>([
    [
      'query',
      goFunction(['string'], () => {
        throw new CallError(
          'query is not supported in alert templates of Cordwood: put the value into the expression or a second rule',
        );
      }),
    ],
    [
      'first',
      goFunction(['any'], (value: GoValue) => {
        const [sample] = samples(value);
        if (sample === undefined) throw new CallError('first() called on vector with no elements');
        return sample;
      }),
    ],
    [
      'label',
      goFunction(['string', 'any'], (name: string, sample: GoValue) => {
        const labels = isMap(sample) ? sample.entries.get('Labels') : undefined;
        return isMap(labels) ? (labels.entries.get(name) ?? '') : '';
      }),
    ],
    ['value', goFunction(['any'], (sample: GoValue) => (isMap(sample) ? sample.entries.get('Value') : 0))],
    [
      'strvalue',
      goFunction(['any'], (sample: GoValue) => (isMap(sample) ? printValue(sample.entries.get('Value')) : '')),
    ],
    [
      'sortByLabel',
      goFunction(['string', 'any'], (name: string, value: GoValue) => {
        const text = (sample: GoMap) => {
          const labels = sample.entries.get('Labels');
          return isMap(labels) ? String(labels.entries.get(name) ?? '') : '';
        };
        return [...samples(value)].sort((a, b) => (text(a) < text(b) ? -1 : 1));
      }),
    ],
    [
      'args',
      goFunction(
        [],
        (...values: GoValue[]): GoValue => ({
          kind: 'map',
          zero: undefined,
          entries: new Map(values.map((value, index) => [`arg${index}`, value])),
        }),
        'any',
      ),
    ],
    [
      'reReplaceAll',
      goFunction(['string', 'string', 'string'], (pattern: string, to: string, text: string) =>
        cachedRe2(pattern).replaceAll(text, to),
      ),
    ],
    ['match', goFunction(['string', 'string'], (pattern: string, text: string) => cachedRe2(pattern).test(text))],
    ['safeHtml', text1((text) => text)],
    ['title', text1(titleCase)],
    ['toUpper', text1(upperCase)],
    ['toLower', text1((text) => text.toLowerCase())],
    ['graphLink', text1((expression) => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=0`)],
    ['tableLink', text1((expression) => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=1`)],
    ['stripPort', text1(stripPort)],
    ['stripDomain', text1(stripDomain)],
    ['humanize', number1(humanize)],
    ['humanize1024', number1(humanize1024)],
    ['humanizeDuration', number1(humanizeDuration)],
    ['humanizePercentage', number1((value) => `${short(value * 100)}%`)],
    [
      'humanizeTimestamp',
      number1((value) => {
        if (!Number.isFinite(value)) return short(value);
        const time = timeOfSeconds(value);
        return formatGoTime(time.timeNs, time.zone, '2006-01-02 15:04:05.999999999 -0700 MST');
      }),
    ],
    ['toTime', number1((value) => timeOfSeconds(value))],
    ['toDuration', number1((value) => humanizeDuration(value).replaceAll(' ', ''))],
    ['now', goFunction([], () => Date.now() / 1000)],
    ['pathPrefix', goFunction([], () => path)],
    ['externalURL', goFunction([], () => externalUrl)],
    [
      'parseDuration',
      text1((text) => {
        const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
        if (!match || text === '') throw new CallError(`not a valid duration string: ${quoteGo(text)}`);
        const seconds = [31_536_000, 604_800, 86_400, 3600, 60, 1, 0.001];
        return seconds.reduce((sum, each, index) => sum + Number(match[index + 1] ?? 0) * each, 0);
      }),
    ],
    ['urlQueryEscape', text1(escapeQuery)],
  ]);
}
