import { RequestError } from '../model/failure.ts';
import type { Tenant } from '../model/tenant.ts';

/**
 * Lets a bounded number of queries run at the same time. The others wait in one line per tenant, and the lines take turns:
 * a tenant with a thousand queries does not keep another one waiting. What waits is dropped when its client goes away.
 */
export interface QueryQueue {
  /** Runs the work when it is its turn, and tells it how long it waited. Throws RequestError 429 when too many of the tenant's queries wait already. */
  run<Result>(
    tenants: readonly Tenant[],
    signal: AbortSignal,
    work: (waitedMs: number) => Promise<Result>,
  ): Promise<Result>;
  readonly running: number;
  readonly waiting: number;
  readonly runningMax: number;
  /** `a|b` where a query is for several. Tenants that wait for nothing are left out. */
  waitingByTenant(): IterableIterator<[tenants: string, count: number]>;
}

export interface QueryQueueOptions {
  readonly runningMax: number;
  readonly waitingPerTenantMax: number;
  /** Milliseconds that a query waited. */
  readonly onStart?: (waitedMs: number) => void;
  readonly nowMs: () => number;
}

interface Waiting {
  readonly start: () => void;
}

export function createQueryQueue(options: QueryQueueOptions): QueryQueue {
  /** Lines in the order of their turns; a line that was served goes to the end. */
  const lines = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  function next(): void {
    while (running < options.runningMax) {
      const first = lines.entries().next();
      if (first.done) return;
      const [key, line] = first.value;
      const item = line.shift()!;
      lines.delete(key);
      if (line.length > 0) lines.set(key, line);
      waiting--;
      running++;
      item.start();
    }
  }

  function enter(key: string, signal: AbortSignal): Promise<void> {
    if (running < options.runningMax && waiting === 0) {
      running++;
      return Promise.resolve();
    }
    const line = lines.get(key) ?? [];
    if (line.length >= options.waitingPerTenantMax) throw new RequestError(429, 'too many outstanding requests');
    return new Promise((resolve, reject) => {
      const item: Waiting = {
        start() {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      function leave(): void {
        const left = (lines.get(key) ?? []).filter((other) => other !== item);
        if (left.length > 0) lines.set(key, left);
        else lines.delete(key);
        waiting--;
        reject(signal.reason);
      }
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      line.push(item);
      lines.set(key, line);
      waiting++;
    });
  }

  return {
    async run(tenants, signal, work) {
      const startedMs = options.nowMs();
      await enter(tenants.join('|'), signal);
      const waitedMs = options.nowMs() - startedMs;
      options.onStart?.(waitedMs);
      try {
        return await work(waitedMs);
      } finally {
        running--;
        next();
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting;
    },
    runningMax: options.runningMax,
    *waitingByTenant() {
      for (const [key, line] of lines) yield [key, line.length];
    },
  };
}
