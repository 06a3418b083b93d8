/**
 * The two kinds of durations in Loki's files: Go's (`1h30m`, `1.5s`, `-1ns`; settings of components) and Prometheus'
 * (`30d1h`, `1w`, whole numbers, units in order; limits and periods). Here both are milliseconds.
 */

const goUnitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's time.ParseDuration. Undefined when the text is none. */
export function parseGoDurationMs(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    totalMs += Number(digits) * goUnitsMs[unit!]!;
  }
  return text.startsWith('-') ? -totalMs : totalMs;
}

/** As Go prints a time.Duration: `1h0m0s`, `1m30s`, `100ms`, `0s`. */
export function printGoDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  const sign = durationMs < 0 ? '-' : '';
  const ns = Math.round(Math.abs(durationMs) * 1e6);
  if (ns < 1e3) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${ns / 1e3}µs`;
  if (ns < 1e9) return `${sign}${ns / 1e6}ms`;
  const seconds = (ns % 60e9) / 1e9;
  const minutes = Math.floor(ns / 60e9);
  if (minutes === 0) return `${sign}${seconds}s`;
  if (minutes < 60) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}

const prometheusUnits: readonly [unit: string, ms: number][] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Prometheus' model.ParseDuration. Undefined when the text is none. */
export function parsePrometheusDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const found = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (found === null || text === '') return undefined;
  return prometheusUnits.reduce((total, [, ms], i) => total + Number(found[i + 1] ?? 0) * ms, 0);
}

/** As Prometheus prints a model.Duration: `30d1h`, `1w`, `0s`. Years and weeks only where they divide evenly. */
export function printPrometheusDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = Math.abs(Math.trunc(durationMs));
  let text = durationMs < 0 ? '-' : '';
  for (const [unit, ms] of prometheusUnits) {
    if ((unit === 'y' || unit === 'w') && rest % ms !== 0) continue;
    const count = Math.floor(rest / ms);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * ms;
  }
  return text;
}
