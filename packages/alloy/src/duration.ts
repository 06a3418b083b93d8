/** Go durations (`1h30m`, `250ms`; no days) and byte sizes (`10MiB`; KB means KiB), which are strings in Alloy. */

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration, or the text of Go's error. */
export function parseDuration(text: string): { ms: number } | { error: string } {
  const match = /^([+-]?)(.*)$/s.exec(text)!;
  const rest = match[2]!;
  if (rest === '0') return { ms: 0 };
  if (rest === '') return { error: `time: invalid duration ${JSON.stringify(text)}` };
  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;
  let ms = 0;
  while (part.lastIndex < rest.length) {
    const found = part.exec(rest);
    if (found === null) return { error: `time: invalid duration ${JSON.stringify(text)}` };
    if (found[2] === '') return { error: `time: missing unit in duration ${JSON.stringify(text)}` };
    const unit = unitsMs[found[2]!];
    if (unit === undefined) {
      return { error: `time: unknown unit ${JSON.stringify(found[2])} in duration ${JSON.stringify(text)}` };
    }
    ms += Number(found[1]) * unit;
  }
  // int64 nanoseconds.
  if (ms > 9.223372036854775e12) return { error: `time: invalid duration ${JSON.stringify(text)}` };
  return { ms: match[1] === '-' ? -ms : ms };
}

/** Go's text of a duration: `1m0s`, `250ms`, `0s`. */
export function printDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const ns = Math.round(Math.abs(ms) * 1e6);
  if (ns < 1000) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${ns / 1000}µs`;
  if (ns < 1e9) return `${sign}${ns / 1e6}ms`;
  const totalSeconds = Math.floor(ns / 1e9);
  const seconds = (totalSeconds % 60) + (ns % 1e9) / 1e9;
  const minutes = Math.floor(totalSeconds / 60) % 60;
  const hours = Math.floor(totalSeconds / 3600);
  const tail = `${Number(seconds.toFixed(9))}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${tail}`;
  return minutes > 0 ? `${sign}${minutes}m${tail}` : sign + tail;
}

const sizeUnits: readonly string[] = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** Bytes of a size such as `512`, `10KB`, `1.5MiB`, or an error text. */
export function parseByteSize(text: string): { bytes: number } | { error: string } {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([KMGTPE]?)(i?B)?$/i.exec(text.trim());
  if (match === null || (match[3] !== undefined && /^iB$/i.test(match[3]) && match[2] === '')) {
    const unit = /^[0-9]+(?:\.[0-9]+)?(.+)$/s.exec(text)?.[1];
    return { error: unit === undefined ? `units: invalid ${text}` : `units: unknown unit ${unit} in ${text}` };
  }
  const exponent = sizeUnits.indexOf(match[2]!.toUpperCase());
  return { bytes: Math.floor(Number(match[1]) * 1024 ** exponent) };
}

/** `256KiB`, `1MiB`, `1000B`. */
export function printByteSize(bytes: number): string {
  let exponent = 0;
  let value = bytes;
  while (value >= 1024 && value % 1024 === 0 && exponent < sizeUnits.length - 1) {
    value /= 1024;
    exponent++;
  }
  return exponent === 0 ? `${value}B` : `${value}${sizeUnits[exponent]}iB`;
}
