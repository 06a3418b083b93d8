import type { Expression } from '@cordwood/logql';
import { printBinaryByteSize } from '../extract/byte-size.ts';
import { RequestError } from '../model/failure.ts';
import type { Tenant } from '../model/tenant.ts';
import type { TimeRange } from '../model/time-range.ts';
import { queryType, rangesOf, selectorsOf, strictestLimits } from '../query/query-limits.ts';
import { compileSelector } from '../query/stream-matchers.ts';
import type { ApiContext } from './api-context.ts';

/**
 * Refuses a query that would read more than `max_query_bytes_read`, by what is known about chunks before any is read. As in Loki
 * a log query without filters is never too large: it ends as soon as it has its entries.
 */
export async function checkQuerySize(
  expression: Expression,
  { startNs, endNs }: TimeRange,
  tenants: readonly Tenant[],
  { limitsFor, store }: Pick<ApiContext, 'limitsFor' | 'store'>,
): Promise<void> {
  const maxBytes = strictestLimits(tenants.map(limitsFor)).maxQueryBytesReadBytes;
  if (maxBytes <= 0 || queryType(expression) === 'limited') return;
  const parts =
    expression.kind === 'log'
      ? selectorsOf(expression).map((selector) => ({ selector, range: { startNs, endNs } }))
      : rangesOf(expression).map(({ log, rangeNs, offsetNs }) => ({
          selector: log.selector,
          range: { startNs: startNs - rangeNs - offsetNs, endNs: endNs - offsetNs + 1n },
        }));
  let bytes = 0;
  for (const { selector, range } of parts) {
    const matches = compileSelector(selector.matchers);
    for (const tenant of tenants) bytes += (await store.statistics(tenant, range, matches)).bytes;
  }
  if (bytes <= maxBytes) return;
  const [size, limit] = [printBinaryByteSize(bytes), printBinaryByteSize(maxBytes)];
  throw new RequestError(
    400,
    `the query would read too many bytes (query: ${size}, limit: ${limit}); consider adding more specific stream selectors or reduce the time range of the query`,
  );
}
