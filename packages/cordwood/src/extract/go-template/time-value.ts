import { civilTime, formatGoTime, type GoZone, goMonthName, goWeekDayName, utcLocation } from '../go-time.ts';
import { CallError, type GoFunction, type GoObject, type GoValue, goFunction, isObject } from './go-value.ts';

/** A Go time.Time as templates see it: prints, and has the methods that people call. */
export interface TimeValue extends GoObject {
  readonly typeName: 'time.Time';
  readonly timeNs: bigint;
  readonly zone: GoZone;
}

/** Go's zero time, 0001-01-01 00:00:00 UTC: what failed conversions give. */
export const zeroTimeNs = -62_135_596_800_000_000_000n;

const secondNs = 1_000_000_000n;

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

export function createTimeValue(timeNs: bigint, zone: GoZone = utcLocation.zoneAt(0)): TimeValue {
  const self: TimeValue = {
    kind: 'object',
    typeName: 'time.Time',
    timeNs,
    zone,
    print: () => formatGoTime(timeNs, zone, '2006-01-02 15:04:05.999999999 -0700 MST'),
    member: (name) => methods[name]?.(self),
  };
  return self;
}

/** A named integer (Month, Weekday) that prints as its name. */
function named(typeName: string, text: string): GoObject {
  return { kind: 'object', typeName, print: () => text, member: () => undefined };
}

const value =
  (result: (time: TimeValue) => GoValue) =>
  (time: TimeValue): GoFunction =>
    goFunction([], () => result(time));
const field = (pick: (civil: ReturnType<typeof civilTime>) => number) =>
  value((time) => BigInt(pick(civilTime(time.timeNs, time.zone))));

const methods: Readonly<Record<string, (time: TimeValue) => GoFunction>> = {
  Year: field((civil) => civil.year),
  Month: value((time) => named('time.Month', goMonthName(civilTime(time.timeNs, time.zone).month))),
  Day: field((civil) => civil.day),
  Weekday: value((time) => named('time.Weekday', goWeekDayName(civilTime(time.timeNs, time.zone).weekDay))),
  YearDay: field((civil) => civil.yearDay),
  Hour: field((civil) => civil.hour),
  Minute: field((civil) => civil.minute),
  Second: field((civil) => civil.second),
  Nanosecond: field((civil) => civil.nanosecond),
  Unix: value((time) => floorDivide(time.timeNs, secondNs)),
  UnixMilli: value((time) => floorDivide(time.timeNs, 1_000_000n)),
  UnixMicro: value((time) => floorDivide(time.timeNs, 1000n)),
  UnixNano: value((time) => time.timeNs),
  UTC: value((time) => createTimeValue(time.timeNs)),
  Local: value((time) => createTimeValue(time.timeNs)),
  String: value((time) => time.print()),
  IsZero: value((time) => time.timeNs === zeroTimeNs),
  Format: (time) => goFunction(['string'], (layout: string) => formatGoTime(time.timeNs, time.zone, layout)),
  Before: (time) => goFunction(['any'], (other: GoValue) => time.timeNs < timeOf(other).timeNs),
  After: (time) => goFunction(['any'], (other: GoValue) => time.timeNs > timeOf(other).timeNs),
  Equal: (time) => goFunction(['any'], (other: GoValue) => time.timeNs === timeOf(other).timeNs),
};

export function isTimeValue(candidate: GoValue): candidate is TimeValue {
  return isObject(candidate) && candidate.typeName === 'time.Time';
}

export function timeOf(candidate: GoValue): TimeValue {
  if (!isTimeValue(candidate)) throw new CallError('wrong type for value; expected time.Time');
  return candidate;
}
