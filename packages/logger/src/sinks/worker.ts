import { Worker } from 'node:worker_threads';
import type { HttpTarget } from './http-post.ts';
import type { Sink } from './sink.ts';
import { counter, type FromWorker, type ToWorker, type WorkerSettings } from './worker-protocol.ts';

export interface PushSinkOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Lines that cannot be delivered wait here, also for the next process. Without it they are dropped at the end, and counted. */
  readonly spillDirectory?: string;
  readonly spillBytesMax?: number;
  /** How long a line waits for others. */
  readonly batchWaitMs?: number;
  readonly timeoutMs?: number;
  /** Characters on their way to the server before `onFull` holds. */
  readonly queueLengthMax?: number;
  /** `block` (default) waits up to `blockTimeoutMs` for room, then drops; `drop` drops at once. Both count. */
  readonly onFull?: 'block' | 'drop';
  readonly blockTimeoutMs?: number;
  /** How long the end of the process waits for delivery before the rest goes to the spill. */
  readonly exitTimeoutMs?: number;
  readonly report?: (message: string) => void;
}

export type LokiSinkOptions = PushSinkOptions & {
  /** `X-Scope-OrgID`. */
  readonly tenant?: string;
  /** Labels of every stream, beside service, environment and level. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** Lines to Loki's push API, from a worker thread: the service's own thread only hands text over. `url` is the whole endpoint. */
export function createLokiSink(options: LokiSinkOptions): Sink {
  const headers = { ...options.headers, ...(options.tenant === undefined ? {} : { 'x-scope-orgid': options.tenant }) };
  return createWorkerSink({ ...options, headers }, 'loki', options.labels ?? {});
}

/** Lines as OTLP/HTTP log records (JSON), from a worker thread. `url` is the whole endpoint, with `/v1/logs`. */
export function createOtlpSink(options: PushSinkOptions): Sink {
  return createWorkerSink(options, 'otlp', {});
}

const queueLengthDefaultMax = 32 * 1024 * 1024;
const chunkLengthMax = 256 * 1024;

function createWorkerSink(
  options: PushSinkOptions,
  protocol: 'loki' | 'otlp',
  labels: Readonly<Record<string, string>>,
): Sink {
  const queueMax = options.queueLengthMax ?? queueLengthDefaultMax;
  const exitTimeoutMs = options.exitTimeoutMs ?? 3_000;
  const report = options.report ?? ((message) => console.error(`@cordwood/logger: ${message}`));
  const shared = new SharedArrayBuffer(4 * Object.keys(counter).length);
  const counters = new Int32Array(shared);
  const target: HttpTarget = {
    url: new URL(options.url).href,
    headers: options.headers ?? {},
    timeoutMs: options.timeoutMs ?? 10_000,
  };
  const settings: WorkerSettings = {
    protocol,
    target,
    labels,
    spillDirectory: options.spillDirectory,
    spillBytesMax: options.spillBytesMax ?? 512 * 1024 * 1024,
    batchWaitMs: options.batchWaitMs ?? 500,
    counters: shared,
  };
  const entry = import.meta.url.endsWith('.ts') ? './delivery-worker.ts' : './delivery-worker.js';
  const worker = new Worker(new URL(entry, import.meta.url), {
    workerData: settings,
    name: `logs to ${protocol}`,
    // The program's own flags (--input-type, --require …) are not meant for this thread.
    execArgv: [],
  });

  let pending = '';
  let pendingLines = 0;
  let scheduled = false;
  let closed = false;
  let failed = false;
  let dropped = 0;
  let flushes = 0;
  const waiting = new Map<number, () => void>();
  const send = (message: ToWorker) => worker.postMessage(message);

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'report') report(message.message);
    else {
      waiting.get(message.id)?.();
      waiting.delete(message.id);
    }
  });
  worker.on('error', (failure) => {
    failed = true;
    report(`the delivery thread ended, lines are dropped: ${String(failure)}`);
    for (const resolve of waiting.values()) resolve();
    waiting.clear();
  });

  // After the listeners, which would hold the process again.
  worker.unref();

  function hand(): void {
    scheduled = false;
    if (pendingLines === 0) return;
    if (failed) dropped += pendingLines;
    else send({ kind: 'lines', text: pending });
    pending = '';
    pendingLines = 0;
  }

  function hasRoom(length: number): boolean {
    return Atomics.load(counters, counter.queuedLength) + length <= queueMax;
  }

  function waitForRoom(length: number): boolean {
    if (options.onFull === 'drop') return false;
    hand();
    const end = Date.now() + (options.blockTimeoutMs ?? 250);
    for (let leftMs = end - Date.now(); leftMs > 0; leftMs = end - Date.now()) {
      const queued = Atomics.load(counters, counter.queuedLength);
      if (queued + length <= queueMax) return true;
      Atomics.wait(counters, counter.queuedLength, queued, leftMs);
    }
    return hasRoom(length);
  }

  function requestFlush(): number {
    hand();
    flushes++;
    send({ kind: 'flush', id: flushes, timeoutMs: exitTimeoutMs });
    return flushes;
  }

  function flush(): Promise<void> {
    if (failed) return Promise.resolve();
    const id = requestFlush();
    // The process stays until it is done, though the worker alone would not keep it.
    worker.ref();
    return new Promise<void>((resolve) => waiting.set(id, resolve)).finally(() => {
      if (waiting.size === 0) worker.unref();
    });
  }

  return {
    write(line) {
      const length = line.length + 1;
      if (closed || failed || (!hasRoom(length) && !waitForRoom(length))) {
        dropped++;
        return;
      }
      Atomics.add(counters, counter.queuedLength, length);
      pending = pendingLines === 0 ? line : `${pending}\n${line}`;
      pendingLines++;
      if (pending.length > chunkLengthMax) hand();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(hand);
      }
    },
    flush,
    flushSync() {
      if (failed || closed) return;
      const id = requestFlush();
      const end = Date.now() + exitTimeoutMs + 500;
      for (;;) {
        const flushed = Atomics.load(counters, counter.flushed);
        const leftMs = end - Date.now();
        if (flushed >= id || leftMs <= 0) return;
        Atomics.wait(counters, counter.flushed, flushed, leftMs);
      }
    },
    async close() {
      await flush();
      closed = true;
      await worker.terminate();
    },
    statistics: () => ({
      written: Atomics.load(counters, counter.delivered),
      dropped: dropped + Atomics.load(counters, counter.dropped),
    }),
  };
}
