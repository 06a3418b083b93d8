import { print } from '@cordwood/logql';
import type { LimitsFor } from '../../model/limits.ts';
import type { LogMessage } from '../../model/log-message.ts';
import type { TimeRange } from '../../model/time-range.ts';
import type { Engine } from '../../query/engine.ts';
import { checkQuery, queryType, rangesOf, strictestLimits } from '../../query/query-limits.ts';
import type { QueryRequest, QueryResult } from '../../query/request.ts';
import { isEnough, joinParts, splitQuery } from '../../query/split-query.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../world/clock.ts';
import type { DeleteRequests } from '../deletes/delete-requests.ts';
import type { PortableRequest } from './messages.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

export interface PooledEngineOptions {
  /** Runs what is light, in this thread. */
  readonly engine: Engine;
  readonly store: Store;
  readonly deletes: DeleteRequests | undefined;
  readonly limitsFor: LimitsFor;
  readonly clock: Clock;
  readonly log: LogMessage;
  /** 0: everything in this thread. */
  readonly workers: number;
  readonly thresholds?: Thresholds;
  /** Heap of a worker, megabytes. */
  readonly heapMb?: number;
}

/** Sizes are bytes of chunk files that a query may have to read. */
export interface Thresholds {
  /** From here on a query runs in a worker: below, going there costs more than it spares. */
  readonly heavyBytes: number;
  /** A query is cut into parts of at least this much. */
  readonly partBytes: number;
}

const mib = 1024 * 1024;
const defaultThresholds: Thresholds = { heavyBytes: mib, partBytes: 2 * mib };

export interface PooledEngine extends Engine {
  close(): Promise<void>;
}

/**
 * An engine that runs heavy queries in worker threads, cut into parts where there are several, so that the thread which answers
 * requests stays free; light ones it runs at once. Answers are the same (split-query.test.ts, pooled-engine.test.ts).
 */
export function createPooledEngine(options: PooledEngineOptions): PooledEngine {
  const { engine, store, deletes, limitsFor, clock, log, workers } = options;
  const thresholds = options.thresholds ?? defaultThresholds;
  let pool: WorkerPool | undefined;

  function workerPool(): WorkerPool {
    pool ??= createWorkerPool({
      size: workers,
      clock,
      log,
      ...(options.heapMb === undefined ? {} : { heapMb: options.heapMb }),
      async snapshot(tenant, range) {
        const pinned = await store.portableSnapshot!(tenant, range);
        if (pinned === undefined) return undefined;
        const hides = deletes !== undefined && limitsFor(tenant).deletionMode !== 'disabled';
        return { pinned, hiding: hides ? deletes.hidingRequests(tenant, range) : [] };
      },
    });
    return pool;
  }

  /** What the query may have to read. A log query without filters ends as soon as it has its entries: it counts as nothing. */
  function weigh(request: QueryRequest): number {
    if (workers === 0 || store.portableSnapshot === undefined || store.chunkBytes === undefined) return 0;
    if (queryType(request.expression) === 'limited') return 0;
    let bytes = 0;
    for (const range of readRanges(request)) {
      for (const tenant of request.tenants) bytes += store.chunkBytes(tenant, range);
    }
    return bytes;
  }

  return {
    async run(request) {
      const bytes = weigh(request);
      if (bytes < thresholds.heavyBytes) return engine.run(request);
      const limitsOf = request.limitsFor ?? limitsFor;
      const limits = strictestLimits(request.tenants.map(limitsOf));
      checkQuery(request, request.text ?? print(request.expression), limits);
      const partsMax = Math.min(workers, limits.maxQueryParallelism, Math.floor(bytes / thresholds.partBytes));
      const startedMs = clock.monotonicMs();
      const parts = splitQuery(request, partsMax, limits, clock.nowNs());
      const result = await runParts(workerPool(), request, parts, limitsOf, (results) =>
        joinParts(request, results, limits),
      );
      return { ...result, statistics: { ...result.statistics, executionMs: clock.monotonicMs() - startedMs } };
    },
    async close() {
      await pool?.close();
    },
  };
}

async function runParts(
  pool: WorkerPool,
  request: QueryRequest,
  parts: readonly QueryRequest[],
  limitsFor: LimitsFor,
  join: (results: readonly QueryResult[]) => QueryResult,
): Promise<QueryResult> {
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal]);
  try {
    const running = parts.map((part) => pool.run(portable(part, limitsFor), signal));
    for (const part of running) part.catch(() => {});
    const results: QueryResult[] = [];
    if (parts.length === 1) return await running[0]!;
    if (request.expression.kind !== 'log') results.push(...(await Promise.all(running)));
    else {
      for (const part of running) {
        results.push(await part);
        if (isEnough(request, results)) break;
      }
    }
    return join(results);
  } finally {
    // Parts that nobody waits for any more.
    stop.abort();
  }
}

function portable(request: QueryRequest, limitsFor: LimitsFor): PortableRequest {
  const { signal: _signal, limitsFor: _limitsFor, ...rest } = request;
  return { ...rest, limits: request.tenants.map((tenant) => [tenant, limitsFor(tenant)] as const) };
}

function readRanges({ expression, startNs, endNs }: QueryRequest): TimeRange[] {
  if (expression.kind === 'log') return [{ startNs, endNs }];
  return rangesOf(expression).map(({ rangeNs, offsetNs }) => ({
    startNs: startNs - rangeNs - offsetNs,
    endNs: endNs - offsetNs + 1n,
  }));
}
