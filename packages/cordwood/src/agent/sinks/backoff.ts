import type { Random } from '../../world/random.ts';

export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Wait before retry number `attempt` (0-based): uniform between min*2^n and twice that, never above max. */
export function backoffMs(attempt: number, limits: BackoffLimits, random: Random): number {
  const low = limits.minMs * 2 ** Math.min(attempt, 40);
  return Math.min(limits.maxMs, low + random() * low);
}

/** Milliseconds of a Retry-After header: seconds or a date. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
