import { printGoDuration, printPrometheusDuration } from '../extract/go-duration.ts';
import { RequestError } from '../model/failure.ts';
import type { TimeRange } from '../model/time-range.ts';
import { strictestLimits } from '../query/query-limits.ts';
import type { ApiContext } from './api-context.ts';
import type { Form } from './form.ts';
import { timeRange } from './parameters.ts';
import type { ApiRequest } from './route.ts';

/**
 * The range of a question about labels, series or the index, within the tenants' `max_query_lookback` and
 * `max_query_length`. The end of such a range counts as inside.
 */
export function metadataRange(request: ApiRequest, context: ApiContext, form: Form = request.form): TimeRange {
  const nowNs = context.clock.nowNs();
  const limits = strictestLimits(request.tenants.map(context.limitsFor));
  const lookbackNs = BigInt(limits.maxQueryLookbackMs) * 1_000_000n;
  let { startNs, endNs } = timeRange(form, nowNs);
  if (lookbackNs > 0n && startNs < nowNs - lookbackNs) startNs = nowNs - lookbackNs;
  if (endNs < startNs) {
    const lookback = printPrometheusDuration(lookbackNs);
    throw new RequestError(400, `this data is no longer available, it is past now - max_query_lookback (${lookback})`);
  }
  const lengthMaxNs = BigInt(limits.maxQueryLengthMs) * 1_000_000n;
  if (lengthMaxNs > 0n && endNs - startNs > lengthMaxNs) {
    const [length, limit] = [printGoDuration(endNs - startNs), printPrometheusDuration(lengthMaxNs)];
    throw new RequestError(400, `the query time range exceeds the limit (query length: ${length}, limit: ${limit})`);
  }
  return { startNs, endNs: endNs + 1n };
}
