import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { RequestError, WorldError } from '../../model/failure.ts';
import type { LogMessage } from '../../model/log-message.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { TimeRange } from '../../model/time-range.ts';
import type { QueryResult } from '../../query/request.ts';
import { type PinnedPortableSnapshot, transferables } from '../../store/portable-snapshot.ts';
import type { Clock } from '../../world/clock.ts';
import type { DeleteRequest } from '../deletes/delete-requests.ts';
import type { FromWorker, PortableRequest, ToWorker } from './messages.ts';
import { fromPortable, toPortable } from './portable-failure.ts';

/** A number of threads that run queries. They start when the first query comes, and do not keep the process alive. */
export interface WorkerPool {
  readonly size: number;
  /** Runs a query in the thread with the least to do. Rejects at once when the signal aborts. */
  run(request: PortableRequest, signal: AbortSignal | undefined): Promise<QueryResult>;
  /** Ends the threads; what they were doing fails. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  readonly size: number;
  readonly clock: Clock;
  readonly log: LogMessage;
  readonly heapMb?: number;
  /** What there is to read; undefined: nothing. */
  snapshot(
    tenant: Tenant,
    range: TimeRange,
  ): Promise<{ readonly pinned: PinnedPortableSnapshot; readonly hiding: readonly DeleteRequest[] } | undefined>;
}

/** A query that was cancelled and still runs after this long holds its thread up: the thread is ended. */
const cancelGraceMs = 5_000;
/** A query that was lost with its thread is tried once more, for it may have been another's fault; a second time it is its own. */
const attemptsMax = 2;
/** Heap of a thread, megabytes: a query that needs more ends its thread and not the server. Columns are not on the heap. */
const heapMbDefault = 1024;

interface Job {
  readonly id: number;
  readonly request: PortableRequest;
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  cancelled: boolean;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const threads: (Thread | undefined)[] = Array.from({ length: options.size }, () => undefined);
  let lastJob = 0;
  let closed = false;

  /** The thread with the least to do; one that is not started yet before one that is busy. */
  function choose(): Thread {
    let best = 0;
    const load = (index: number) => threads[index]?.load ?? 0;
    for (let i = 1; i < threads.length; i++) if (load(i) < load(best)) best = i;
    const chosen = threads[best];
    if (chosen !== undefined) return chosen;
    const started = new Thread(options, (lost, failure) => {
      threads[best] = undefined;
      for (const job of lost) {
        if (closed) job.reject(new WorldError('SHUTTING_DOWN', 'the server is stopping'));
        else if (job.attempts < attemptsMax) choose().start(job);
        else job.reject(whyLost(failure));
      }
    });
    threads[best] = started;
    return started;
  }

  return {
    size: options.size,
    run(request, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const job: Job = {
          id: ++lastJob,
          request,
          attempts: 0,
          cancelled: false,
          resolve(result) {
            signal?.removeEventListener('abort', cancel);
            resolve(result);
          },
          reject(error) {
            signal?.removeEventListener('abort', cancel);
            reject(error);
          },
        };
        const cancel = () => {
          job.cancelled = true;
          for (const thread of threads) thread?.cancel(job);
          reject(signal!.reason);
        };
        signal?.addEventListener('abort', cancel, { once: true });
        choose().start(job);
      });
    },
    async close() {
      closed = true;
      await Promise.all(threads.map((thread) => thread?.end()));
    },
  };
}

/** Of a query whose thread ended twice. */
function whyLost(failure: NodeJS.ErrnoException | undefined): Error {
  if (failure?.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new RequestError(
      400,
      'the query needs more memory than a query may have; aggregate more, shorten the time range or use a longer step',
    );
  return new Error(`the thread of the query ended: ${failure?.message ?? 'it was stopped'}`);
}

class Thread {
  readonly #options: WorkerPoolOptions;
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job>();
  readonly #pinned = new Map<number, PinnedPortableSnapshot>();
  #ended = false;

  constructor(options: WorkerPoolOptions, ended: (lost: readonly Job[], failure: Error | undefined) => void) {
    this.#options = options;
    const file = new URL(`./query-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
    this.#worker = new Worker(file, {
      name: 'query',
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? heapMbDefault },
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    let failure: Error | undefined;
    this.#worker.on('error', (error: Error) => {
      failure = error;
      options.log('error', 'A query thread failed.', { error: String(error) });
    });
    this.#worker.on('exit', () => {
      this.#ended = true;
      const lost = [...this.#jobs.values()].filter((job) => !job.cancelled);
      this.#jobs.clear();
      for (const read of this.#pinned.keys()) this.#release(read);
      ended(lost, failure);
    });
  }

  get load(): number {
    return this.#jobs.size;
  }

  start(job: Job): void {
    job.attempts++;
    this.#jobs.set(job.id, job);
    // While it works the process must not end.
    this.#worker.ref();
    this.#send({ kind: 'run', job: job.id, request: job.request });
  }

  cancel(job: Job): void {
    if (!this.#jobs.has(job.id)) return;
    this.#send({ kind: 'cancel', job: job.id });
    this.#options.clock.after(cancelGraceMs, () => {
      if (!this.#jobs.has(job.id)) return;
      this.#options.log('warn', 'A query did not stop when it was cancelled: its thread is ended.', {});
      void this.end();
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        break;
      case 'read':
        void this.#answerRead(message.read, message.tenant, message.range);
        break;
      case 'readEnded':
        this.#release(message.read);
        break;
      case 'result':
        this.#done(message.job)?.resolve(message.result);
        break;
      case 'failure':
        this.#done(message.job)?.reject(fromPortable(message.failure));
    }
  }

  async #answerRead(read: number, tenant: Tenant, range: TimeRange): Promise<void> {
    try {
      const found = await this.#options.snapshot(tenant, range);
      if (found === undefined) {
        this.#send({ kind: 'snapshot', read, answer: { snapshot: undefined, hiding: [] } });
        return;
      }
      const { pinned, hiding } = found;
      this.#pinned.set(read, pinned);
      if (this.#ended) return this.#release(read);
      const { snapshot } = pinned;
      this.#send({ kind: 'snapshot', read, answer: { snapshot, hiding } }, transferables(snapshot));
    } catch (error) {
      this.#send({ kind: 'snapshot', read, answer: { failure: toPortable(error) } });
    }
  }

  #release(read: number): void {
    const pinned = this.#pinned.get(read);
    this.#pinned.delete(read);
    pinned?.release().catch((error: unknown) => {
      this.#options.log('warn', 'A chunk file could not be closed.', { error: String(error) });
    });
  }

  #done(id: number): Job | undefined {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    if (this.#jobs.size === 0) this.#worker.unref();
    return job;
  }
}
