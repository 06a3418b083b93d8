import type { Clock } from './clock.ts';

/** A clock that stands still until it is advanced; timers fire in order of their time. */
export class SimulatedClock implements Clock {
  #nowNs: bigint;
  #monotonicMs = 0;
  #nextId = 0;
  readonly #timers = new Map<number, { atMs: number; callback: () => void }>();

  constructor(startNs: bigint) {
    this.#nowNs = startNs;
  }

  nowNs(): bigint {
    return this.#nowNs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const id = this.#nextId++;
    this.#timers.set(id, { atMs: this.#monotonicMs + Math.max(0, delayMs), callback });
    return () => this.#timers.delete(id);
  }

  /** Sets the wall clock without letting time pass: a jump, forward or back. */
  jumpTo(nowNs: bigint): void {
    this.#nowNs = nowNs;
  }

  /** Lets time pass; awaits a turn of the event loop after each timer so that its consequences can set new timers. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#monotonicMs + durationMs;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      let next: [number, { atMs: number; callback: () => void }] | undefined;
      for (const timer of this.#timers) {
        if (timer[1].atMs <= endMs && (next === undefined || timer[1].atMs < next[1].atMs)) next = timer;
      }
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#step(next[1].atMs - this.#monotonicMs);
      next[1].callback();
    }
    this.#step(endMs - this.#monotonicMs);
    await new Promise((resolve) => setImmediate(resolve));
  }

  #step(durationMs: number): void {
    this.#monotonicMs += durationMs;
    this.#nowNs += BigInt(Math.round(durationMs * 1e6));
  }
}
