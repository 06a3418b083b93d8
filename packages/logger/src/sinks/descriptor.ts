import type { FileWriter } from '../host.ts';
import { queueLengthMax } from '../limits.ts';
import type { Sink } from './sink.ts';

export interface DescriptorOptions {
  readonly descriptor: number;
  readonly writer: FileWriter;
  /**
   * What to do when `queueLengthMax` characters wait for a target that takes no more. `drop-oldest` drops at once; `block`
   * (the default) first waits up to `blockTimeoutMs` for room.
   */
  readonly onFull?: 'block' | 'drop-oldest';
  readonly blockTimeoutMs?: number;
  readonly queueLengthMax?: number;
  /** Called once the target takes lines again, with the number of lines that were lost. */
  readonly onDropped?: (lines: number) => void;
  /** Runs a callback soon: after the current turn of the event loop. */
  readonly soon?: (callback: () => void) => void;
  readonly later?: (callback: () => void, delayMs: number) => void;
  /** Blocks the thread. */
  readonly wait?: (ms: number) => void;
}

/** A chunk is written with one system call. */
const chunkLengthMax = 65_536;
const blockTimeoutDefaultMs = 250;
/** How long the end of the process waits for a stuck reader. */
const exitTimeoutMs = 2_000;
const retryDelaysMs = [1, 2, 5, 10, 20, 50] as const;

interface Chunk {
  text: string;
  lines: number;
}

/**
 * Lines to a file descriptor, batched per turn of the event loop and written synchronously: one system call for many lines,
 * nothing in flight when the process ends. A descriptor in non-blocking mode that takes no more (EAGAIN) is tried again
 * later, while lines wait in a bounded queue.
 */
export function createDescriptorSink(options: DescriptorOptions): Sink {
  const { descriptor, writer } = options;
  const limit = options.queueLengthMax ?? queueLengthMax;
  const soon = options.soon ?? defaultSoon;
  const later = options.later ?? defaultLater;
  const wait = options.wait ?? defaultWait;
  const encoder = new TextEncoder();
  const queue: Chunk[] = [];
  let current: Chunk = { text: '', lines: 0 };
  let queued = 0;
  /** The chunk that is being written. */
  let bytes: Uint8Array | undefined;
  let byteOffset = 0;
  let byteLines = 0;
  let scheduled = false;
  let retries = 0;
  let closed = false;
  let written = 0;
  let dropped = 0;
  let unreported = 0;
  let waiting: (() => void)[] = [];

  function seal(): void {
    if (current.lines === 0) return;
    queue.push(current);
    current = { text: '', lines: 0 };
  }

  /** Writes as much as the target takes. False: it takes no more now. */
  function drain(): boolean {
    seal();
    for (;;) {
      if (bytes === undefined) {
        const chunk = queue.shift();
        if (chunk === undefined) {
          settle();
          return true;
        }
        queued -= chunk.text.length;
        bytes = encoder.encode(chunk.text);
        byteOffset = 0;
        byteLines = chunk.lines;
      }
      try {
        byteOffset += writer.writeSync(descriptor, bytes, byteOffset);
      } catch (failure) {
        if ((failure as { code?: string }).code === 'EAGAIN') return false;
        // A broken pipe or a full disk: this chunk is lost, the next one is tried with the next line.
        lose(byteLines);
        bytes = undefined;
        continue;
      }
      if (byteOffset < bytes.length) continue;
      written += byteLines;
      bytes = undefined;
      retries = 0;
    }
  }

  function settle(): void {
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
    if (unreported > 0 && options.onDropped !== undefined && !closed) {
      const lines = unreported;
      unreported = 0;
      options.onDropped(lines);
    }
  }

  function lose(lines: number): void {
    dropped += lines;
    unreported += lines;
  }

  function tick(): void {
    scheduled = false;
    if (drain()) return;
    scheduled = true;
    later(tick, retryDelaysMs[Math.min(retries++, retryDelaysMs.length - 1)] as number);
  }

  function drainWithin(timeoutMs: number, until: () => boolean): void {
    for (let waited = 0; waited <= timeoutMs; waited++) {
      if (drain() || until()) return;
      wait(1);
    }
  }

  return {
    write(line) {
      if (closed) {
        dropped++;
        return;
      }
      if (queued + line.length > limit) {
        drain();
        if (queued + line.length > limit && options.onFull !== 'drop-oldest') {
          drainWithin(options.blockTimeoutMs ?? blockTimeoutDefaultMs, () => queued + line.length <= limit);
        }
        while (queued + line.length > limit && queue.length > 0) {
          const oldest = queue.shift() as Chunk;
          queued -= oldest.text.length;
          lose(oldest.lines);
        }
      }
      current.text += `${line}\n`;
      current.lines++;
      queued += line.length + 1;
      if (current.text.length >= chunkLengthMax) {
        if (scheduled && retries > 0) seal();
        else drain();
      }
      if (!scheduled) {
        scheduled = true;
        soon(tick);
      }
    },
    flush() {
      if (drain()) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    flushSync() {
      drainWithin(exitTimeoutMs, () => false);
    },
    close() {
      drainWithin(exitTimeoutMs, () => false);
      closed = true;
      settle();
      return Promise.resolve();
    },
    statistics: () => ({ written, dropped }),
  };
}

function defaultSoon(callback: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(callback);
  else setTimeout(callback, 0);
}

function defaultLater(callback: () => void, delayMs: number): void {
  setTimeout(callback, delayMs);
}

function defaultWait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
