import type { Clock } from '../world/clock.ts';
import { type OptionSpecs, type OptionValues, UsageError } from './command.ts';

/** Options for a span of time; names are logcli's. */
export const timeOptions = {
  since: { type: 'string', value: 'DURATION', default: '1h', describe: 'how far back, e.g. 15m, 2h30m, 7d' },
  from: { type: 'string', value: 'TIME', describe: 'start instead of --since: RFC 3339, or Unix seconds' },
  to: { type: 'string', value: 'TIME', describe: 'end: RFC 3339, or Unix seconds; default now' },
} as const satisfies OptionSpecs;

export function rangeFromOptions(
  options: OptionValues<typeof timeOptions>,
  clock: Clock,
): { startNs: bigint; endNs: bigint } {
  const endNs = options.to === undefined ? clock.nowNs() : parseTimeNs(options.to, '--to');
  const startNs =
    options.from === undefined
      ? endNs - parseDurationNs(options.since, '--since')
      : parseTimeNs(options.from, '--from');
  if (startNs >= endNs) throw new UsageError('the start of the time range is not before its end');
  return { startNs, endNs };
}

const unitsNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};

/** `1h30m`, `7d`, `1.5h`: what Go and Prometheus write. */
export function parseDurationNs(text: string, option: string): bigint {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw new UsageError(`${option}: '${text}' is not a duration like 15m, 2h30m or 7d`);
  }
  return parts.reduce((sum, [, amount, unit]) => {
    const unitNs = unitsNs[unit!]!;
    return (
      sum + (amount!.includes('.') ? BigInt(Math.round(Number(amount) * Number(unitNs))) : BigInt(amount!) * unitNs)
    );
  }, 0n);
}

/** RFC 3339 with up to nine decimals, or Unix seconds with or without decimals. */
export function parseTimeNs(text: string, option: string): bigint {
  const seconds = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text);
  if (seconds) return BigInt(seconds[1]!) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'));
  if (/^\d{11,19}$/.test(text)) return BigInt(text);
  const decimals = /\.(\d{1,9})(?=Z|[+-]\d\d:\d\d$)/.exec(text);
  const wholeMs = Date.parse(decimals ? text.replace(decimals[0], '') : text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(wholeMs)) {
    throw new UsageError(`${option}: '${text}' is not a time like 2026-11-20T10:00:00Z or 1795132800`);
  }
  return BigInt(wholeMs) * 1_000_000n + BigInt((decimals?.[1] ?? '').padEnd(9, '0'));
}

/** RFC 3339 in UTC with as many decimals as the time has. */
export function printTimeNs(timeNs: bigint): string {
  const whole = new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = (timeNs % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${whole}${fraction && `.${fraction}`}Z`;
}
