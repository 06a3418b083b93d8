import {
  parseGoDuration,
  parsePrometheusDuration,
  printGoDuration as printGoDurationNs,
  printPrometheusDuration as printPrometheusDurationNs,
} from '../extract/go-duration.ts';

/**
 * The two kinds of durations in Loki's files, as milliseconds: Go's (`1h30m`, `1.5s`, `-1ns`; settings of components) and
 * Prometheus' (`30d1h`, `1w`, whole numbers, units in order; limits and periods). Undefined when the text is none.
 */
export function parseGoDurationMs(text: string): number | undefined {
  const { durationNs } = parseGoDuration(text);
  return durationNs === undefined ? undefined : Number(durationNs) / 1e6;
}

export function parsePrometheusDurationMs(text: string): number | undefined {
  const { durationNs } = parsePrometheusDuration(text);
  return durationNs === undefined ? undefined : Number(durationNs) / 1e6;
}

/** `1h0m0s` */
export function printGoDuration(durationMs: number): string {
  return printGoDurationNs(BigInt(Math.round(durationMs * 1e6)));
}

/** `30d1h` */
export function printPrometheusDuration(durationMs: number): string {
  return printPrometheusDurationNs(BigInt(Math.round(durationMs * 1e6)));
}
