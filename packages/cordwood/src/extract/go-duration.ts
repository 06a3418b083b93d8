import { quoteGo } from '../model/labels.ts';

/**
 * Durations as text, in nanoseconds: Go's (`1h30m`, `1.5s`, `-1ns`) and Prometheus' (`30d1h`: whole numbers, units from
 * large to small).
 */

export type DurationResult =
  | { readonly durationNs: bigint; readonly error?: undefined }
  | { readonly error: string; readonly durationNs?: undefined };

const unitsNs: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const maxDurationNs = (1n << 63n) - 1n;

/** Go's time.ParseDuration, with its error texts. */
export function parseGoDuration(text: string): DurationResult {
  const plainNs = readPlainDuration(text);
  return plainNs === undefined ? readDuration(text) : { durationNs: BigInt(plainNs) };
}

/**
 * Fast path: durations whose nanoseconds a number holds exactly, and that are well formed. Undefined for everything else,
 * which readDuration judges.
 */
function readPlainDuration(text: string): number | undefined {
  const { length } = text;
  const first = text.charCodeAt(0);
  const isNegative = first === 0x2d;
  let at = isNegative || first === 0x2b ? 1 : 0;
  if (at === length) return undefined;
  let totalNs = 0;
  while (at < length) {
    const start = at;
    let whole = 0;
    let unit = text.charCodeAt(at);
    while (unit >= 0x30 && unit <= 0x39) {
      whole = whole * 10 + unit - 0x30;
      unit = text.charCodeAt(++at);
    }
    let fraction = 0;
    let scale = 1;
    if (unit === 0x2e) {
      unit = text.charCodeAt(++at);
      while (unit >= 0x30 && unit <= 0x39) {
        fraction = fraction * 10 + unit - 0x30;
        scale *= 10;
        unit = text.charCodeAt(++at);
      }
    }
    // More digits than a number holds, or none but perhaps a point.
    const digits = at - start;
    if (digits > 15 || digits === 0 || (digits === 1 && text[start] === '.')) return undefined;
    let unitNs = 0;
    const second = text.charCodeAt(at + 1);
    if (second === 0x73) {
      if (unit === 0x6d) unitNs = 1e6;
      else if (unit === 0x6e) unitNs = 1;
      else if (unit === 0x75 || unit === 0xb5 || unit === 0x3bc) unitNs = 1e3;
      at += 2;
    } else {
      if (unit === 0x73) unitNs = 1e9;
      else if (unit === 0x6d) unitNs = 60e9;
      else if (unit === 0x68) unitNs = 3600e9;
      at++;
    }
    if (unitNs === 0) return undefined;
    // A unit ends at a digit, a point or the end.
    const after = text.charCodeAt(at);
    if (at < length && after !== 0x2e && !(after >= 0x30 && after <= 0x39)) return undefined;
    totalNs += whole * unitNs + Math.trunc(fraction * (unitNs / scale));
    if (totalNs > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return isNegative && totalNs !== 0 ? -totalNs : totalNs;
}

function readDuration(text: string): DurationResult {
  const invalid = { error: `time: invalid duration ${quote(text)}` };
  let rest = text;
  const isNegative = rest.startsWith('-');
  if (isNegative || rest.startsWith('+')) rest = rest.slice(1);
  if (rest === '0') return { durationNs: 0n };
  if (rest === '') return invalid;
  let totalNs = 0n;
  while (rest !== '') {
    const number = /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)/.exec(rest)?.[0];
    if (number === undefined) return invalid;
    rest = rest.slice(number.length);
    const unit = /^[^.0-9]+/.exec(rest)?.[0];
    if (unit === undefined) return { error: `time: missing unit in duration ${quote(text)}` };
    const unitNs = unitsNs.get(unit);
    if (unitNs === undefined) return { error: `time: unknown unit ${quote(unit)} in duration ${quote(text)}` };
    rest = rest.slice(unit.length);
    const [whole, fraction] = number.split('.');
    totalNs += BigInt(whole || '0') * unitNs + fractionOf(fraction ?? '', unitNs);
    if (totalNs > maxDurationNs + 1n) return invalid;
  }
  if (isNegative) return { durationNs: -totalNs };
  return totalNs > maxDurationNs ? invalid : { durationNs: totalNs };
}

/** Go computes fractions in floating point, and ignores digits that an int64 cannot hold. */
function fractionOf(digits: string, unitNs: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (next > maxDurationNs) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unitNs) / scale)));
}

/** Go's time package quotes with \x escapes for every byte that is not printable ASCII. */
function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (char >= ' ' && char <= '~') out += char;
    else if (char === '\x7f') out += char;
    else for (const byte of Buffer.from(char)) out += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${out}"`;
}

/** As Go prints a time.Duration: `1h0m0s`, `1m30s`, `1.5s`, `100ms`, `2µs`, `0s`. */
export function printGoDuration(durationNs: bigint): string {
  if (durationNs === 0n) return '0s';
  const sign = durationNs < 0n ? '-' : '';
  const ns = durationNs < 0n ? -durationNs : durationNs;
  if (ns < 1_000n) return `${sign}${ns}ns`;
  if (ns < 1_000_000n) return `${sign}${decimal(ns, 3)}\u00b5s`;
  if (ns < 1_000_000_000n) return `${sign}${decimal(ns, 6)}ms`;
  const minuteNs = 60_000_000_000n;
  const seconds = `${decimal(ns % minuteNs, 9)}s`;
  const minutes = ns / minuteNs;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** As Go's Duration.Seconds: whole seconds and the rest apart, so that 1.1s is 1.1. */
export function durationSeconds(durationNs: bigint): number {
  return Number(durationNs / 1_000_000_000n) + Number(durationNs % 1_000_000_000n) / 1e9;
}

/** value / 10^places without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = (value % scale).toString().padStart(places, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}

const prometheusUnitsMs: readonly (readonly [unit: string, ms: bigint])[] = [
  ['y', 31_536_000_000n],
  ['w', 604_800_000n],
  ['d', 86_400_000n],
  ['h', 3_600_000n],
  ['m', 60_000n],
  ['s', 1_000n],
  ['ms', 1n],
];

/** Prometheus' model.ParseDuration, with its error texts. */
export function parsePrometheusDuration(text: string): DurationResult {
  if (text === '0') return { durationNs: 0n };
  if (text === '') return { error: 'empty duration string' };
  const found = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (found === null) return { error: `not a valid duration string: ${quoteGo(text)}` };
  let totalMs = 0n;
  for (const [i, [, ms]] of prometheusUnitsMs.entries()) totalMs += BigInt(found[i + 1] ?? '0') * ms;
  const durationNs = totalMs * 1_000_000n;
  return durationNs > maxDurationNs ? { error: 'duration out of range' } : { durationNs };
}

/** As Prometheus prints a model.Duration: `30d1h`, `1w`, `0s`. Years and weeks only where they divide evenly. */
export function printPrometheusDuration(durationNs: bigint): string {
  let restMs = (durationNs < 0n ? -durationNs : durationNs) / 1_000_000n;
  if (restMs === 0n) return '0s';
  let text = durationNs < 0n ? '-' : '';
  for (const [unit, ms] of prometheusUnitsMs) {
    if ((unit === 'y' || unit === 'w') && restMs % ms !== 0n) continue;
    if (restMs >= ms) text += `${restMs / ms}${unit}`;
    restMs %= ms;
  }
  return text;
}
