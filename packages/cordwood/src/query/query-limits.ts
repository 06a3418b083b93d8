import type { Expression, LogExpression, LogRange, Matcher, MetricExpression, Selector } from '@cordwood/logql';
import { printGoDuration, printPrometheusDuration } from '../extract/go-duration.ts';
import { compileRe2 } from '../extract/re2.ts';
import { RequestError } from '../model/failure.ts';
import type { BlockedQuery, Limits } from '../model/limits.ts';
import type { QueryRequest } from './request.ts';

/** What a tenant's limits say about a query before it runs. All refusals are Loki's texts with 400 (loki.md 3.2). */

/** Limits of several tenants as one: the smallest that is set; lists joined. */
export function strictestLimits(limits: readonly Limits[]): Limits {
  const [first, ...rest] = limits;
  if (first === undefined) throw new RequestError(401, 'no org id');
  if (rest.length === 0) return first;
  const smallest = (pick: (one: Limits) => number) => {
    const set = limits.map(pick).filter((value) => value > 0);
    return set.length === 0 ? 0 : Math.min(...set);
  };
  return {
    ...first,
    maxQueryLengthMs: smallest((one) => one.maxQueryLengthMs),
    maxQueryLookbackMs: smallest((one) => one.maxQueryLookbackMs),
    maxQueryRangeMs: smallest((one) => one.maxQueryRangeMs),
    queryTimeoutMs: smallest((one) => one.queryTimeoutMs),
    maxEntriesLimitPerQuery: smallest((one) => one.maxEntriesLimitPerQuery),
    maxQueryBytesReadBytes: smallest((one) => one.maxQueryBytesReadBytes),
    maxQuerySeries: smallest((one) => one.maxQuerySeries),
    maxStreamsMatchersPerQuery: smallest((one) => one.maxStreamsMatchersPerQuery),
    minimumLabelsNumber: Math.max(...limits.map((one) => one.minimumLabelsNumber)),
    maxQueryParallelism: Math.min(...limits.map((one) => one.maxQueryParallelism)),
    splitQueriesByIntervalMs: smallest((one) => one.splitQueriesByIntervalMs),
    splitInstantMetricQueriesByIntervalMs: smallest((one) => one.splitInstantMetricQueriesByIntervalMs),
    requiredLabels: [...new Set(limits.flatMap((one) => one.requiredLabels))],
    blockedQueries: limits.flatMap((one) => one.blockedQueries),
    shardAggregations: first.shardAggregations.filter((name) =>
      rest.every((one) => one.shardAggregations.includes(name)),
    ),
    enableMultiVariantQueries: limits.every((one) => one.enableMultiVariantQueries),
  };
}

/** Refuses what the limits forbid. `text` is the query as `blocked_queries` sees it. */
export function checkQuery(request: QueryRequest, text: string, limits: Limits): void {
  const { expression } = request;
  if (limits.maxQueryParallelism === 0) {
    throw new RequestError(429, 'querying is disabled, please contact your Loki operator');
  }
  if (expression.kind === 'log') {
    if (request.kind === 'instant') {
      throw new RequestError(
        400,
        'log queries are not supported as an instant query type, please change your query to a range query type',
      );
    }
    const entriesMax = limits.maxEntriesLimitPerQuery;
    if (entriesMax > 0 && request.limit > entriesMax) {
      throw new RequestError(
        400,
        `max entries limit per query exceeded, limit > max_entries_limit_per_query (${request.limit} > ${entriesMax})`,
      );
    }
  }
  for (const selector of selectorsOf(expression)) checkMatchers(selector.matchers, limits);
  checkLength(request.startNs, request.endNs, limits);
  for (const blocked of limits.blockedQueries) {
    if (isBlocked(blocked, request, text)) throw new RequestError(400, 'query blocked by policy');
  }
  if (limits.maxQueryRangeMs > 0) {
    const rangeMaxNs = BigInt(limits.maxQueryRangeMs) * 1_000_000n;
    for (const { rangeNs } of rangesOf(expression)) {
      if (rangeNs <= rangeMaxNs) continue;
      const [range, limit] = [printPrometheusDuration(rangeNs), printPrometheusDuration(rangeMaxNs)];
      throw new RequestError(400, `[interval] value exceeds limit: [${range}] > [${limit}]`);
    }
  }
}

/** Also for the label, series and index endpoints. */
export function checkLength(startNs: bigint, endNs: bigint, limits: Limits): void {
  const lengthNs = endNs - startNs;
  const lengthMaxNs = BigInt(limits.maxQueryLengthMs) * 1_000_000n;
  if (lengthMaxNs === 0n || lengthNs <= lengthMaxNs) return;
  const [length, limit] = [printGoDuration(lengthNs), printPrometheusDuration(lengthMaxNs)];
  throw new RequestError(400, `the query time range exceeds the limit (query length: ${length}, limit: ${limit})`);
}

export function checkMatchers(matchers: readonly Matcher[], limits: Limits): void {
  const matchersMax = limits.maxStreamsMatchersPerQuery;
  if (matchersMax > 0 && matchers.length > matchersMax) {
    throw new RequestError(
      400,
      `max streams matchers per query exceeded, matchers-count > limit (${matchers.length} > ${matchersMax})`,
    );
  }
  const names = [...new Set(matchers.map((matcher) => matcher.name))];
  const missing = limits.requiredLabels.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new RequestError(
      400,
      `stream selector is missing required matchers [${missing.join(', ')}], labels present in the query were [${names.join(', ')}]`,
    );
  }
  const numberMin = limits.minimumLabelsNumber;
  if (names.length < numberMin) {
    throw new RequestError(
      400,
      `stream selector has less label matchers than required: (present: [${names.join(', ')}], number_present: ${names.length}, required_number_label_matchers: ${numberMin})`,
    );
  }
}

/** Start of the query after `max_query_lookback`; undefined when all of it is older. */
export function clampStart(startNs: bigint, endNs: bigint, nowNs: bigint, limits: Limits): bigint | undefined {
  if (limits.maxQueryLookbackMs === 0) return startNs;
  const earliestNs = nowNs - BigInt(limits.maxQueryLookbackMs) * 1_000_000n;
  if (endNs < earliestNs) return undefined;
  return startNs < earliestNs ? earliestNs : startNs;
}

function isBlocked(blocked: BlockedQuery, request: QueryRequest, text: string): boolean {
  const type = queryType(request.expression);
  if (blocked.types.length > 0 && !blocked.types.includes(type)) return false;
  const tags = parseTags(request.tags ?? '');
  for (const [name, value] of Object.entries(blocked.tags)) {
    if (tags.get(name.toLowerCase()) !== value.toLowerCase()) return false;
  }
  if (blocked.hash > 0) return blocked.hash === fnv32(text);
  const pattern = blocked.pattern.trim();
  // Without a pattern only types and tags decide.
  if (pattern === '') return true;
  if (pattern === text.trim()) return true;
  if (!blocked.regex) return false;
  return compileRe2(pattern).re2?.test(text) ?? false;
}

/** `limited`: a log query that ends as soon as it has its entries. */
export function queryType(expression: Expression): 'metric' | 'filter' | 'limited' {
  if (expression.kind !== 'log') return 'metric';
  const filters = expression.stages.some(
    (stage) =>
      stage.kind === 'labelFilter' ||
      (stage.kind === 'lineFilter' &&
        !(['|=', '|~'].includes(stage.operator) && stage.operands.every((operand) => operand.text === ''))),
  );
  return filters ? 'filter' : 'limited';
}

/** `a=b,c=d`, as X-Query-Tags carries them. */
function parseTags(tags: string): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const part of tags.split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0)
      parsed.set(
        part.slice(0, equals).trim().toLowerCase(),
        part
          .slice(equals + 1)
          .trim()
          .toLowerCase(),
      );
  }
  return parsed;
}

/** FNV-1 with 32 bits over UTF-8. */
function fnv32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return hash;
}

export function selectorsOf(expression: Expression): Selector[] {
  return logsOf(expression).map((log) => log.selector);
}

export function logsOf(expression: Expression): LogExpression[] {
  return expression.kind === 'log' ? [expression] : rangesOf(expression).map((range) => range.log);
}

export function rangesOf(expression: Expression): LogRange[] {
  switch (expression.kind) {
    case 'log':
      return [];
    case 'variants':
      return [expression.of, ...expression.variants.flatMap(rangesOfMetric)];
    default:
      return rangesOfMetric(expression);
  }
}

function rangesOfMetric(expression: MetricExpression): LogRange[] {
  switch (expression.kind) {
    case 'literal':
    case 'vector':
      return [];
    case 'rangeAggregation':
      return [expression.range];
    case 'vectorAggregation':
    case 'labelReplace':
    case 'parenthesized':
      return rangesOfMetric(expression.operand);
    case 'binaryExpression':
      return [...rangesOfMetric(expression.left), ...rangesOfMetric(expression.right)];
  }
}
