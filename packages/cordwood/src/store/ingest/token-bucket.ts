import type { Clock } from '../../world/clock.ts';

/** Allows `ratePerSecond` on average and bursts up to `burst`; starts full. Rate and burst may change at any time. */
export class TokenBucket {
  readonly #clock: Clock;
  #tokens: number | undefined;
  #lastMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes `count` tokens, all or nothing. */
  take(count: number, ratePerSecond: number, burst: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const refill = this.#tokens === undefined ? burst : this.#tokens + ((nowMs - this.#lastMs) / 1000) * ratePerSecond;
    this.#lastMs = nowMs;
    this.#tokens = Math.min(burst, refill);
    if (count > this.#tokens) return false;
    this.#tokens -= count;
    return true;
  }
}
