/**
 * The page's only way to the server: Loki's HTTP API of the origin it was loaded from, with each answer checked. The tenant
 * is an argument of every call; `undefined` sends no X-Scope-OrgID (single-tenant servers).
 */
import {
  type Alert,
  alerts,
  type BuildInfo,
  buildInfo,
  nameList,
  type QueryAnswer,
  queryAnswer,
  type RuleGroup,
  ruleGroups,
  type TenantList,
  tenantList,
} from './answers.ts';
import { ApiFailure, isAbort } from './api-failure.ts';
import { type Check, ShapeMismatch } from './check.ts';

export type TenantChoice = string | undefined;

/** Half open, in nanoseconds, as the API takes it. */
export interface ApiRange {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export interface RangeQuery {
  readonly query: string;
  readonly range: ApiRange;
  readonly limit?: number;
  readonly direction?: 'forward' | 'backward';
  readonly stepMs?: number;
}

export interface LokiClient {
  queryRange(tenant: TenantChoice, request: RangeQuery, signal: AbortSignal): Promise<QueryAnswer>;
  labelNames(tenant: TenantChoice, range: ApiRange, signal: AbortSignal): Promise<readonly string[]>;
  /** `selector` narrows to streams that match it. */
  labelValues(
    tenant: TenantChoice,
    name: string,
    range: ApiRange,
    selector: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  alerts(tenant: TenantChoice, signal: AbortSignal): Promise<readonly Alert[]>;
  ruleGroups(tenant: TenantChoice, signal: AbortSignal): Promise<readonly RuleGroup[]>;
  tenants(signal: AbortSignal): Promise<TenantList>;
  buildInfo(signal: AbortSignal): Promise<BuildInfo>;
}

export interface LokiClientOptions {
  readonly fetch: typeof fetch;
  /** Where the API lives; ends with `/`. The folder of the page, so that a path prefix works. */
  readonly baseUrl: string;
  readonly timeoutMs?: number;
}

/** Beyond this length of URL the parameters travel as a form: proxies commonly refuse lines over 8 KiB. */
const urlLengthMax = 4096;
const errorTextLengthMax = 4000;

export function createLokiClient(options: LokiClientOptions): LokiClient {
  const timeoutMs = options.timeoutMs ?? 120_000;

  async function ask<T>(
    path: string,
    parameters: Record<string, string | undefined>,
    tenant: TenantChoice,
    check: Check<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) form.set(name, value);
    const headers: Record<string, string> = { 'X-Loki-Response-Encoding-Flags': 'categorize-labels' };
    if (tenant !== undefined) headers['X-Scope-OrgID'] = tenant;

    const url = `${options.baseUrl}${path}`;
    const asked = form.size === 0 ? url : `${url}?${form}`;
    const deadline = AbortSignal.timeout(timeoutMs);
    const request: RequestInit = { headers, signal: AbortSignal.any([signal, deadline]), credentials: 'same-origin' };
    let response: Response;
    let body: string;
    try {
      response = await (asked.length <= urlLengthMax
        ? options.fetch(asked, request)
        : options.fetch(url, { ...request, method: 'POST', body: form }));
      body = await response.text();
    } catch (error) {
      if (signal.aborted || (isAbort(error) && !deadline.aborted)) throw new DOMException('superseded', 'AbortError');
      if (deadline.aborted) {
        throw new ApiFailure('timeout', 0, path, `no answer within ${Math.round(timeoutMs / 1000)} seconds`);
      }
      throw new ApiFailure('network', 0, path, error instanceof Error ? error.message : String(error));
    }
    if (!response.ok) throw new ApiFailure('status', response.status, path, errorText(body, response));
    try {
      return check(JSON.parse(body), '');
    } catch (error) {
      const why = error instanceof ShapeMismatch ? error.message : 'the answer is not JSON';
      throw new ApiFailure('shape', response.status, path, why);
    }
  }

  const rangeOf = (range: ApiRange) => ({ start: String(range.startNs), end: String(range.endNs) });

  return {
    queryRange: (tenant, request, signal) =>
      ask(
        'loki/api/v1/query_range',
        {
          query: request.query,
          ...rangeOf(request.range),
          limit: request.limit?.toString(),
          direction: request.direction,
          step: request.stepMs === undefined ? undefined : `${request.stepMs}ms`,
        },
        tenant,
        queryAnswer,
        signal,
      ),
    labelNames: (tenant, range, signal) => ask('loki/api/v1/labels', rangeOf(range), tenant, nameList, signal),
    labelValues: (tenant, name, range, selector, signal) =>
      ask(
        `loki/api/v1/label/${encodeURIComponent(name)}/values`,
        { ...rangeOf(range), query: selector },
        tenant,
        nameList,
        signal,
      ),
    alerts: (tenant, signal) => ask('prometheus/api/v1/alerts', {}, tenant, alerts, signal),
    ruleGroups: (tenant, signal) => ask('prometheus/api/v1/rules', {}, tenant, ruleGroups, signal),
    tenants: (signal) => ask('cordwood/api/tenants', {}, undefined, tenantList, signal),
    buildInfo: (signal) => ask('loki/api/v1/status/buildinfo', {}, undefined, buildInfo, signal),
  };
}

/** Loki answers errors as plain text; proxies in front of it send JSON or HTML. */
function errorText(body: string, response: Response): string {
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('json')) {
    try {
      const parsed = JSON.parse(body) as { message?: unknown; error?: unknown };
      const message = parsed.message ?? parsed.error;
      if (typeof message === 'string' && message !== '') return message.slice(0, errorTextLengthMax);
    } catch {
      // Not JSON after all: shown as it came.
    }
  }
  if (type.includes('html') || body.trim() === '') return response.statusText || `HTTP status ${response.status}`;
  return body.trim().slice(0, errorTextLengthMax);
}
