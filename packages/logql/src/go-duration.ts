/** Durations as Prometheus and as Go write them. Nanoseconds as bigint throughout; both are int64 there. */

export type DurationResult =
  | { readonly durationNs: bigint; readonly error?: undefined }
  | { readonly error: string; readonly durationNs?: undefined };

const int64Max = 2n ** 63n - 1n;

const prometheusUnits: readonly (readonly [name: string, ns: bigint])[] = [
  ['y', 365n * 24n * 3_600_000_000_000n],
  ['w', 7n * 24n * 3_600_000_000_000n],
  ['d', 24n * 3_600_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
];

/** `1d12h`, `0`; units from large to small, whole numbers. Error texts are those of prometheus/common. */
export function parsePrometheusDuration(text: string): DurationResult {
  if (text === '0') return { durationNs: 0n };
  if (text === '') return { error: 'empty duration string' };
  const invalid = { error: `not a valid duration string: ${JSON.stringify(text)}` };
  let total = 0n;
  let lastUnit = -1;
  const part = /([0-9]+)([^0-9]+)/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match) return invalid;
    const unit = prometheusUnits.findIndex(([name]) => name === match[2]);
    const value = BigInt(match[1]!);
    if (value >= 2n ** 64n) return invalid;
    if (unit < 0) return { error: `unknown unit ${JSON.stringify(match[2])} in duration ${JSON.stringify(text)}` };
    if (unit <= lastUnit) return invalid;
    lastUnit = unit;
    total += value * prometheusUnits[unit]![1];
    if (total > int64Max) return { error: 'duration out of range' };
  }
  return { durationNs: total };
}

/** `1d12h`: years and weeks only where nothing remains, days to milliseconds otherwise. Below a millisecond is cut off. */
export function printPrometheusDuration(durationNs: bigint): string {
  let ms = durationNs / 1_000_000n;
  if (ms === 0n) return '0s';
  let text = '';
  if (ms < 0n) {
    text = '-';
    ms = -ms;
  }
  for (const [name, ns] of prometheusUnits) {
    const unit = ns / 1_000_000n;
    const exactOnly = name === 'y' || name === 'w';
    if (exactOnly && ms % unit !== 0n) continue;
    const count = ms / unit;
    if (count > 0n) {
      text += `${count}${name}`;
      ms -= count * unit;
    }
  }
  return text;
}

const goUnits: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Go's time.ParseDuration: `-1.5h`, `2h45m`, `0`. Undefined when it is none. */
export function parseGoDuration(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '0') return 0n;
  if (body === '') return undefined;
  let total = 0n;
  const part = /([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/y;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    if (!match) return undefined;
    const [, whole = '', fraction = '', name = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    const unit = Object.hasOwn(goUnits, name) ? goUnits[name]! : undefined;
    if (unit === undefined) return undefined;
    total += BigInt(whole || '0') * unit;
    if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    if (total > int64Max) return undefined;
  }
  return negative ? -total : total;
}

/** Go's Duration.String: `1h30m0s`, `1.5s`, `250ms`, `10µs`, `0s`. */
export function printGoDuration(durationNs: bigint): string {
  if (durationNs === 0n) return '0s';
  const sign = durationNs < 0n ? '-' : '';
  const ns = durationNs < 0n ? -durationNs : durationNs;
  if (ns < 1_000n) return `${sign}${ns}ns`;
  if (ns < 1_000_000n) return `${sign}${decimal(ns, 1_000n)}µs`;
  if (ns < 1_000_000_000n) return `${sign}${decimal(ns, 1_000_000n)}ms`;
  const minutes = ns / 60_000_000_000n;
  const seconds = `${decimal(ns % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const rest = value % unit;
  if (rest === 0n) return `${value / unit}`;
  const digits = `${rest}`.padStart(`${unit}`.length - 1, '0').replace(/0+$/, '');
  return `${value / unit}.${digits}`;
}
