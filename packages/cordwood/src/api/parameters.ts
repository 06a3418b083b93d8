import { parsePrometheusDuration } from '../extract/go-duration.ts';
import { parseGoFloat, parseGoInt } from '../extract/go-number.ts';
import { RequestError } from '../model/failure.ts';
import { quoteGo } from '../model/labels.ts';
import type { Direction, TimeRange } from '../model/time-range.ts';
import type { Form } from './form.ts';

/** Times and numbers of a request by Loki's rules and with its texts (loki.md 1.1). Each throws RequestError 400. */

const secondNs = 1_000_000_000n;

function bad(message: string): never {
  throw new RequestError(400, message);
}

function integer(text: string, functionName = 'ParseInt'): bigint {
  const { value, error } = parseGoInt(text, functionName);
  if (error !== undefined) bad(error);
  return value;
}

/** RFC 3339 with up to nine digits of a second, as Go's time.RFC3339Nano. */
export function parseRfc3339Ns(text: string): bigint | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  // Date.UTC carries over what is out of range (31 April, 25:00); Go refuses it.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const zone = found[8]!;
  const offsetMinutes =
    zone === 'Z' ? 0 : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 23 || Number(zone.slice(4)) > 59)) return undefined;
  const fraction = BigInt((found[7] ?? '').slice(0, 9).padEnd(9, '0'));
  // Years below 100 mean 19xx to Date.UTC.
  if (year < 100) return undefined;
  return BigInt(ms - offsetMinutes * 60_000) * 1_000_000n + fraction;
}

/** Seconds with a point, whole seconds (up to 10 characters), nanoseconds, or RFC 3339. */
export function parseTimeNs(text: string): bigint {
  if (text.includes('.')) {
    const seconds = parseGoFloat(text).value;
    // Rounded to milliseconds, as Loki does.
    if (seconds !== undefined && Math.abs(seconds) < 1e12) return BigInt(Math.round(seconds * 1000)) * 1_000_000n;
  }
  if (!/^[+-]?\d+$/.test(text)) {
    const timeNs = parseRfc3339Ns(text);
    if (timeNs !== undefined) return timeNs;
  }
  const value = integer(text);
  return text.length <= 10 ? value * secondNs : value;
}

function timeParameter(form: Form, name: string, absentNs: bigint): bigint {
  const text = form.get(name);
  if (text === '') return absentNs;
  try {
    return parseTimeNs(text);
  } catch (error) {
    if (error instanceof RequestError) bad(`could not parse '${name}' parameter: ${error.message}`);
    throw error;
  }
}

const sinceDefaultNs = 3600n * secondNs;

/** `start`, `end`, `since`: by default the hour up to now. The end may lie before the start; callers decide what that means. */
export function timeRange(form: Form, nowNs: bigint): TimeRange {
  let sinceNs = sinceDefaultNs;
  const since = form.get('since');
  if (since !== '') {
    const { durationNs, error } = parsePrometheusDuration(since);
    if (error !== undefined) bad(`could not parse 'since' parameter: ${error}`);
    sinceNs = durationNs;
  }
  const endNs = timeParameter(form, 'end', nowNs);
  const startNs = timeParameter(form, 'start', (endNs < nowNs ? endNs : nowNs) - sinceNs);
  return { startNs, endNs };
}

/** `time` of an instant query: now by default. */
export function instantNs(form: Form, nowNs: bigint): bigint {
  const text = form.get('time');
  return text === '' ? nowNs : parseTimeNs(text);
}

/** strconv.Atoi. */
export function integerParameter(form: Form, name: string, absent: number): number {
  const text = form.get(name);
  return text === '' ? absent : Number(integer(text, 'Atoi'));
}

/** A count of things to return: at least 1. */
export function limitParameter(form: Form, name = 'limit', absent = 100): number {
  const limit = integerParameter(form, name, absent);
  if (limit <= 0) bad('limit must be a positive value');
  return limit;
}

export function directionParameter(form: Form): Direction {
  const text = form.get('direction');
  const direction = text.toLowerCase();
  if (direction === '') return 'backward';
  if (direction !== 'forward' && direction !== 'backward') bad(`invalid direction '${text}'`);
  return direction;
}

/** A number of seconds or a Prometheus duration, in nanoseconds. */
export function durationParameter(form: Form, name: string, absentNs: bigint): bigint {
  const text = form.get(name);
  if (text === '') return absentNs;
  const seconds = parseGoFloat(text).value;
  if (seconds !== undefined) {
    if (Number.isNaN(seconds)) return 0n;
    const ns = seconds * 1e9;
    if (ns > 2 ** 63 || ns < -(2 ** 63)) bad(`cannot parse ${quoteGo(text)} to a valid duration. It overflows int64`);
    return BigInt(Math.trunc(ns));
  }
  const { durationNs, error } = parsePrometheusDuration(text);
  if (error !== undefined) bad(`cannot parse ${quoteGo(text)} to a valid duration`);
  return durationNs;
}

/** Parameters that every query over a range has. */
export interface RangeParameters extends TimeRange {
  readonly stepNs: bigint;
}

const pointsMax = 11_000n;

/** A range with its step; by default about 250 steps of at least a second. */
export function rangeParameters(form: Form, nowNs: bigint): RangeParameters {
  const { startNs, endNs } = timeRange(form, nowNs);
  if (endNs < startNs) bad('end timestamp must not be before or equal to start time');
  const steps = (endNs - startNs) / (250n * secondNs);
  const stepNs = durationParameter(form, 'step', (steps > 1n ? steps : 1n) * secondNs);
  if (stepNs <= 0n) bad('zero or negative query resolution step widths are not accepted. Try a positive integer');
  if ((endNs - startNs) / stepNs > pointsMax) {
    bad('exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter');
  }
  return { startNs, endNs, stepNs };
}

/** `interval`: the least distance between two entries. */
export function intervalParameter(form: Form): bigint {
  const intervalNs = durationParameter(form, 'interval', 0n);
  if (intervalNs < 0n) bad('interval must be >= 0');
  return intervalNs;
}
