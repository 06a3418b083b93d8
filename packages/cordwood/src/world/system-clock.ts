import type { Clock } from './clock.ts';

// Date.now() has millisecond steps; hrtime gives the part below, so that entries stamped "now" keep their order.
const originNs = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
let driftNs = 0n;

/** The machine's clock. */
export const systemClock: Clock = {
  nowNs() {
    const nowNs = originNs + driftNs + process.hrtime.bigint();
    const wallNs = BigInt(Date.now()) * 1_000_000n;
    // Follow the wall clock when it was set, or when hrtime stood still while the machine slept.
    if (nowNs - wallNs > 20_000_000n || wallNs - nowNs > 20_000_000n) {
      driftNs += wallNs - nowNs;
      return wallNs;
    }
    return nowNs;
  },
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
