import type { Expression } from '@cordwood/logql';
import { RequestError } from '../model/failure.ts';
import { parseQuery as parse } from '../query/parse-query.ts';
import { strictestLimits } from '../query/query-limits.ts';
import type { QueryRequest, QueryResult } from '../query/request.ts';
import type { Answer } from './answer.ts';
import { resultType } from './answer.ts';
import type { ApiContext } from './api-context.ts';
import { encodeResult } from './encode-result.ts';
import { checkQuerySize } from './query-size.ts';
import type { ApiRequest } from './route.ts';

/** Parses a query; what is wrong is 400 with Loki's text. */
export function parseQuery(text: string): Expression {
  const { expression, error } = parse(text);
  if (error !== undefined) throw new RequestError(400, error.message);
  return expression;
}

/** `X-Query-Tags` with the characters that Loki keeps. */
export function queryTags(request: ApiRequest): string | undefined {
  const header = request.headers['x-query-tags'];
  return header === undefined ? undefined : String(header).replace(/[^a-zA-Z0-9\-=.@, ]/g, '_');
}

/**
 * `X-Loki-Response-Encoding-Flags`: a list with commas, given back in the answer as it came. `encoding_flags` in the address
 * says the same where a browser cannot set headers (tail).
 */
export function encodingFlags(request: ApiRequest): readonly string[] {
  const header = request.headers['x-loki-response-encoding-flags'] ?? request.form.get('encoding_flags');
  return header === undefined || header === ''
    ? []
    : String(header)
        .split(',')
        .map((flag) => flag.trim());
}

const timedOut =
  'request timed out, decrease the duration of the request or add more label matchers (prefer exact match over regex match) to reduce the amount of data processed';

/**
 * Runs work for the request's tenants when it is its turn, until the client goes away (499) or `query_timeout` is over (504).
 */
export async function withDeadline<Result>(
  request: ApiRequest,
  context: ApiContext,
  work: (signal: AbortSignal, waitedMs: number) => Promise<Result>,
): Promise<Result> {
  const timeoutMs = strictestLimits(request.tenants.map(context.limitsFor)).queryTimeoutMs;
  const deadline = new AbortController();
  const cancel =
    timeoutMs > 0 ? context.clock.after(timeoutMs, () => deadline.abort(new RequestError(504, timedOut))) : () => {};
  const signal = AbortSignal.any([request.signal, deadline.signal]);
  try {
    return await context.queries.run(request.tenants, signal, (waitedMs) =>
      unlessAborted(work(signal, waitedMs), signal),
    );
  } catch (error) {
    // Whatever the work threw when it was stopped: the reason is why it was stopped.
    if (signal.aborted) throw signal.reason;
    if (error instanceof RequestError && error.status === 429) {
      for (const tenant of request.tenants) context.metrics.discardedQueries.inc({ user: tenant });
    }
    throw error;
  } finally {
    cancel();
  }
}

/** Answers at once when the signal aborts, even if the work takes a while to notice. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A result, and how long its query waited for its turn. */
export type AnsweredQuery = QueryResult & { readonly queueMs: number };

/** Runs a query, counts it, and writes it into the log when it took long (`frontend.log_queries_longer_than`). */
export async function runQuery(
  request: ApiRequest,
  context: ApiContext,
  query: Omit<QueryRequest, 'tenants' | 'signal' | 'tags'>,
): Promise<AnsweredQuery> {
  const { metrics, clock } = context;
  const labels = {
    type: query.expression.kind === 'log' ? 'limited' : 'metric',
    range: query.kind,
  };
  const startedMs = clock.monotonicMs();
  let status = 200;
  metrics.queriesInProgress.inc();
  try {
    const tags = queryTags(request);
    const result = await withDeadline(request, context, async (signal, queueMs) => {
      const { tenants } = request;
      await checkQuerySize(query.expression, query, tenants, context);
      const engineRequest = { ...query, tenants, tags, signal, limitsFor: context.limitsFor };
      return { ...(await context.engine.run(engineRequest)), queueMs };
    });
    const { statistics } = result;
    logSlowQuery(context, request, query.text ?? '', tags, result);
    const seconds = statistics.executionMs / 1000;
    metrics.queryChunksRead.inc({ ...labels, status_code: '200' }, statistics.chunksRead);
    metrics.queryHeadLines.inc(statistics.headRowsRead);
    if (seconds > 0)
      metrics.queryBytesPerSecond.observe({ ...labels, status_code: '200' }, statistics.bytesRead / seconds);
    return result;
  } catch (error) {
    status = error instanceof RequestError ? error.status : 500;
    if (error instanceof RequestError && error.message === 'query blocked by policy') {
      for (const tenant of request.tenants) metrics.blockedQueries.inc({ user: tenant });
    }
    throw error;
  } finally {
    metrics.queriesInProgress.dec();
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    metrics.queryDuration.observe({ query_type: labels.type }, seconds);
    metrics.queryLatency.observe({ ...labels, status_code: String(status) }, seconds);
    for (const tenant of request.tenants) metrics.querySeconds.inc({ user: tenant }, seconds);
  }
}

/** Negative: every query; 0: none. */
function logSlowQuery(
  { config, log }: ApiContext,
  { tenants }: ApiRequest,
  query: string,
  tags: string | undefined,
  { statistics, queueMs }: AnsweredQuery,
): void {
  const longerThanMs = config.frontend.logQueriesLongerThanMs;
  const tookMs = queueMs + statistics.executionMs;
  if (longerThanMs === 0 || tookMs < longerThanMs) return;
  log('info', 'query', {
    tenants: tenants.join('|'),
    query,
    tookMs: Math.round(tookMs),
    queueMs: Math.round(queueMs),
    bytesRead: statistics.bytesRead,
    rowsRead: statistics.rowsRead,
    chunksRead: statistics.chunksRead,
    entriesReturned: statistics.entriesReturned,
    ...(tags === undefined ? {} : { tags }),
  });
}

/** `explain=true`: the answer has the plan of the query too. */
export function wantsPlan({ form }: ApiRequest): boolean {
  return ['true', '1'].includes(form.get('explain'));
}

/** The answer of `query` and `query_range`. */
export function queryAnswer(result: AnsweredQuery, flags: readonly string[]): Answer {
  return { status: 200, contentType: resultType, body: encodeResult(result, flags) };
}
