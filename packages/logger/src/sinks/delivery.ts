import type { Spill } from './spill.ts';

/** What became of one attempt. */
export type PostOutcome =
  | { readonly kind: 'delivered' }
  /** Try again, not before `afterMs` if the server said so. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number | undefined }
  /** The server will never take it. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface DeliveryOptions {
  readonly post: (lines: readonly string[]) => Promise<PostOutcome>;
  /** Undefined: what does not fit into memory, or is left at the end, is dropped and counted. */
  readonly spill?: Spill | undefined;
  readonly batchLinesMax?: number;
  readonly batchLengthMax?: number;
  readonly batchWaitMs?: number;
  /** Characters held in memory while the server does not take them. */
  readonly memoryLengthMax?: number;
  readonly now?: () => number;
  readonly later?: (callback: () => void, delayMs: number) => unknown;
  readonly random?: () => number;
  /** Lines left the queue: delivered, or lost. `length` is what they weighed. */
  readonly settled?: (lines: number, length: number, delivered: boolean) => void;
  readonly report?: (message: string) => void;
}

export interface Delivery {
  readonly accept: (lines: readonly string[]) => void;
  /** Delivers what is there; what is still there after the time goes to the spill, or is dropped. */
  readonly flush: (timeoutMs: number) => Promise<void>;
}

interface Batch {
  readonly lines: string[];
  length: number;
}

const backoffLeastMs = 250;
const backoffMostMs = 30_000;

/**
 * Batches lines and delivers them in order, one request at a time. While the server is away the queue grows up to its bound;
 * beyond it the oldest batches move to disk. They come back, oldest first, once something has been delivered again.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const batchLinesMax = options.batchLinesMax ?? 5_000;
  const batchLengthMax = options.batchLengthMax ?? 1_048_576;
  const batchWaitMs = options.batchWaitMs ?? 500;
  const memoryLengthMax = options.memoryLengthMax ?? 16 * 1_048_576;
  const now = options.now ?? Date.now;
  const later = options.later ?? setTimeout;
  const random = options.random ?? Math.random;
  const settled = options.settled ?? (() => {});
  const report = options.report ?? (() => {});
  const queue: Batch[] = [];
  let queuedLength = 0;
  let sending: Promise<void> | undefined;
  let timer = false;
  let failures = 0;
  let notBeforeMs = 0;
  let wake: (() => void) | undefined;
  let spilled = options.spill !== undefined;

  function enqueue(line: string): void {
    let last = queue.at(-1);
    // The first batch may be on its way.
    if (
      last === undefined ||
      (queue.length === 1 && sending !== undefined) ||
      last.lines.length >= batchLinesMax ||
      last.length + line.length > batchLengthMax
    ) {
      last = { lines: [], length: 0 };
      queue.push(last);
    }
    last.lines.push(line);
    last.length += line.length + 1;
    queuedLength += line.length + 1;
  }

  /** Keeps memory bounded: the oldest batch that is not on its way goes. */
  function shed(): void {
    while (queuedLength > memoryLengthMax && queue.length > (sending === undefined ? 1 : 2)) {
      const [batch] = queue.splice(sending === undefined ? 0 : 1, 1) as [Batch];
      queuedLength -= batch.length;
      setAside(batch);
    }
  }

  function setAside(batch: Batch): void {
    if (options.spill === undefined) {
      settled(batch.lines.length, batch.length, false);
      return;
    }
    try {
      options.spill.keep(batch.lines);
      spilled = true;
      settled(batch.lines.length, batch.length, true);
    } catch (failure) {
      report(`${batch.lines.length} lines could not be kept on disk: ${String(failure)}`);
      settled(batch.lines.length, batch.length, false);
    }
  }

  async function send(): Promise<void> {
    for (let batch = queue[0]; batch !== undefined; batch = queue[0]) {
      const waitMs = notBeforeMs - now();
      if (waitMs > 0) await pause(waitMs);
      const outcome = await attempt(batch.lines);
      if (outcome.kind === 'retry') {
        backOff(outcome);
        continue;
      }
      // A flush that ran out of time has taken it out of the queue, and settled it.
      if (queue[0] !== batch) continue;
      queue.shift();
      queuedLength -= batch.length;
      settled(batch.lines.length, batch.length, outcome.kind === 'delivered');
      if (outcome.kind === 'refused') report(`${batch.lines.length} lines were refused: ${outcome.reason}`);
      else {
        recovered();
        await resend();
      }
    }
  }

  async function attempt(lines: readonly string[]): Promise<PostOutcome> {
    try {
      return await options.post(lines);
    } catch (failure) {
      return { kind: 'retry', reason: failure instanceof Error ? failure.message : String(failure) };
    }
  }

  function backOff(outcome: { readonly reason: string; readonly afterMs?: number | undefined }): void {
    failures++;
    if (failures === 1) report(`logs cannot be delivered, they wait: ${outcome.reason}`);
    const ceiling = Math.min(backoffMostMs, backoffLeastMs * 2 ** Math.min(failures, 16));
    notBeforeMs = now() + Math.max(outcome.afterMs ?? 0, ceiling * (0.5 + 0.5 * random()));
  }

  function recovered(): void {
    if (failures > 0) report(`logs are delivered again after ${failures} failed attempts`);
    failures = 0;
  }

  /** What earlier processes and bad times left on disk. */
  async function resend(): Promise<void> {
    while (spilled && options.spill !== undefined) {
      const claimed = options.spill.claim();
      if (claimed === undefined) {
        spilled = false;
        return;
      }
      const outcome = await attempt(claimed.lines);
      if (outcome.kind === 'retry') {
        claimed.release();
        backOff(outcome);
        return;
      }
      if (outcome.kind === 'refused') report(`${claimed.lines.length} lines from disk were refused: ${outcome.reason}`);
      claimed.delivered();
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      later(resolve, ms);
    });
  }

  function start(): void {
    if (sending !== undefined || queue.length === 0) return;
    sending = send().finally(() => {
      sending = undefined;
      if (queue.length > 0) start();
    });
  }

  return {
    accept(lines) {
      for (const line of lines) enqueue(line);
      shed();
      if (queuedLength >= batchLengthMax) start();
      else if (!timer) {
        timer = true;
        later(() => {
          timer = false;
          start();
        }, batchWaitMs);
      }
    },
    async flush(timeoutMs) {
      start();
      if (sending === undefined) return;
      // A flush does not sit out a pause: the process is about to end.
      notBeforeMs = 0;
      wake?.();
      let over = false;
      await Promise.race([
        sending,
        new Promise<void>((resolve) =>
          later(() => {
            over = true;
            resolve();
          }, timeoutMs),
        ),
      ]);
      if (!over) return;
      // The one on its way may still arrive; a line twice is better than none.
      for (const batch of queue.splice(0)) {
        queuedLength -= batch.length;
        setAside(batch);
      }
    },
  };
}
