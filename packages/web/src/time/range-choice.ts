/**
 * The time range as the user chose it: relative ("the last hour", moves with the clock) or absolute. Relative choices stay
 * relative in the URL. Milliseconds since the epoch; half open.
 */
export type RangeChoice =
  | { readonly kind: 'last'; readonly durationMs: number }
  | { readonly kind: 'absolute'; readonly startMs: number; readonly endMs: number };

export interface MsRange {
  readonly startMs: number;
  readonly endMs: number;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const units: readonly (readonly [string, number, string])[] = [
  ['d', dayMs, 'day'],
  ['h', hourMs, 'hour'],
  ['m', minuteMs, 'minute'],
  ['s', secondMs, 'second'],
];

/** What the picker offers. */
export const quickRanges: readonly RangeChoice[] = [
  ...[5, 15, 30].map((minutes) => last(minutes * minuteMs)),
  ...[1, 3, 6, 12, 24].map((hours) => last(hours * hourMs)),
  ...[2, 7, 30, 90].map((days) => last(days * dayMs)),
];

export const defaultRange: RangeChoice = last(hourMs);

/** A year and a day: more is a typing mistake. */
export const longestRangeMs = 366 * dayMs;

export function last(durationMs: number): RangeChoice {
  return { kind: 'last', durationMs };
}

export function absolute(startMs: number, endMs: number): RangeChoice {
  return { kind: 'absolute', startMs: Math.min(startMs, endMs), endMs: Math.max(startMs, endMs) };
}

/** `15m`, `1h`, `2d`, `1h30m` to milliseconds; undefined when it is not a duration or not positive. */
export function parseDurationMs(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+[dhms])+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(/(\d+)([dhms])/g)) {
    total += Number(count) * units.find(([name]) => name === unit)![1];
  }
  return total > 0 && total <= longestRangeMs ? total : undefined;
}

/** The shortest text in whole units; the inverse of parseDurationMs for whole seconds. */
export function printDurationMs(durationMs: number): string {
  let rest = Math.max(secondMs, Math.round(durationMs / secondMs) * secondMs);
  let text = '';
  for (const [unit, size] of units) {
    if (unit === 'd' && rest % dayMs !== 0 && rest < 2 * dayMs) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** `15 minutes`, for people. */
export function describeDurationMs(durationMs: number): string {
  for (const [, size, word] of units) {
    const count = durationMs / size;
    if (Number.isInteger(count) && (count > 1 || size <= hourMs || count === 1)) {
      if (word === 'day' && count === 1) return '24 hours';
      return `${count} ${word}${count === 1 ? '' : 's'}`;
    }
  }
  return printDurationMs(durationMs);
}

/** `last 15 minutes`, `last hour`. */
export function describeLast(durationMs: number): string {
  return `last ${describeDurationMs(durationMs).replace(/^1 /, '')}`;
}

/** The instants that a choice means now. */
export function resolveRange(choice: RangeChoice, nowMs: number): MsRange {
  return choice.kind === 'absolute'
    ? { startMs: choice.startMs, endMs: choice.endMs }
    : { startMs: nowMs - choice.durationMs, endMs: nowMs };
}

/** Nanoseconds for the API. The end is one millisecond later, because entries of "now" carry nanoseconds. */
export function apiRange(range: MsRange): { startNs: bigint; endNs: bigint } {
  return {
    startNs: BigInt(Math.floor(range.startMs)) * 1_000_000n,
    endNs: BigInt(Math.ceil(range.endMs)) * 1_000_000n,
  };
}

/** Twice as wide around the same middle, never past now. */
export function zoomOut(range: MsRange, nowMs: number): RangeChoice {
  const width = Math.min((range.endMs - range.startMs) * 2, longestRangeMs);
  const middle = (range.startMs + range.endMs) / 2;
  const endMs = Math.min(Math.round(middle + width / 2), nowMs);
  return absolute(endMs - width, endMs);
}

/** The same width, half a width earlier (-1) or later (1), never past now. */
export function shift(range: MsRange, direction: -1 | 1, nowMs: number): RangeChoice {
  const width = range.endMs - range.startMs;
  const endMs = Math.min(range.endMs + (direction * width) / 2, nowMs);
  return absolute(endMs - width, endMs);
}

/** The next wider quick range: what an empty answer offers. Undefined when there is none. */
export function widerRange(range: MsRange): RangeChoice | undefined {
  const width = range.endMs - range.startMs;
  const steps = quickRanges.filter((choice) => choice.kind === 'last' && choice.durationMs > width * 1.5);
  return steps.find((choice) => choice.kind === 'last' && choice.durationMs >= width * 4) ?? steps.at(-1);
}
