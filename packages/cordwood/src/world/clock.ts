/** Time as the rooms see it. Real in production; tests hold a simulated one and advance it: no test sleeps. */
export interface Clock {
  /** Wall clock, nanoseconds since the Unix epoch. May jump. */
  nowNs(): bigint;
  /** Monotonic milliseconds, for durations. */
  monotonicMs(): number;
  /** Calls back once after delayMs. Returns the cancel function. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Resolves after delayMs on this clock, or at once when the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener('abort', finish);
  });
}

/** Calls back every intervalMs until stopped. The callback's promise is awaited before the next turn. */
export function every(clock: Clock, intervalMs: number, callback: () => void | Promise<void>): () => void {
  let stopped = false;
  let cancel = () => {};
  const turn = () => {
    cancel = clock.after(intervalMs, async () => {
      if (stopped) return;
      await callback();
      if (!stopped) turn();
    });
  };
  turn();
  return () => {
    stopped = true;
    cancel();
  };
}
