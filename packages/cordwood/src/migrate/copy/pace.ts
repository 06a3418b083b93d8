import { type Clock, sleep } from '../../world/clock.ts';

/** Waits until so many bytes may go; callers in parallel share the rate. */
export type Pace = (bytes: number, signal: AbortSignal) => Promise<void>;

/** A rate in bytes a second; undefined for none. */
export function createPace(clock: Clock, bytesPerSecond: number | undefined): Pace {
  if (bytesPerSecond === undefined) return async () => {};
  let freeAtMs = clock.monotonicMs();
  return async (bytes, signal) => {
    const nowMs = clock.monotonicMs();
    const startMs = Math.max(nowMs, freeAtMs);
    freeAtMs = startMs + (bytes / bytesPerSecond) * 1000;
    if (startMs > nowMs) await sleep(clock, startMs - nowMs, signal);
  };
}
