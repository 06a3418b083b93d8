import type { Credentials } from '../../client/loki-client.ts';
import { encodePushRequest } from '../../codec/push-request.ts';
import { compressSnappy } from '../../codec/snappy.ts';
import { createEntryColumns, type Entry } from '../../model/entry.ts';
import { WorldError } from '../../model/failure.ts';
import { createLabels } from '../../model/labels.ts';
import type { Budget } from './budget.ts';

/** Requests to the stack under acceptance, as different people: each tenant's reader, the writer, and nobody. */
export interface LokiProbe {
  readonly url: string;
  request(request: ProbeRequest): Promise<ProbeAnswer>;
  /** Newest first. A refusal is an Error with status and text. */
  entries(tenant: string, query: string, span: ProbeSpan, limit: number): Promise<FoundEntry[]>;
  /** An instant or range query whose answer is numbers: label set as JSON -> last value. */
  numbers(tenant: string, query: string, timeNs: bigint): Promise<Map<string, number>>;
  push(
    tenant: string,
    stream: Readonly<Record<string, string>>,
    entries: readonly Entry[],
    /** Is it load that was asked for? Then it does not count for the budget of pushed bytes. */
    load?: 'load',
  ): Promise<ProbeAnswer>;
}

export interface ProbeRequest {
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly bytes: Uint8Array | string };
  /** X-Scope-OrgID; none when undefined. */
  readonly tenant?: string | undefined;
  /** Whose credentials. Default: the reader of the tenant. */
  readonly as?: Credentials | 'nobody' | undefined;
  /** Bytes that count for the budget of pushed lines; 'load' for what does not count at all. Default: the body's. */
  readonly pushedBytes?: number | 'load';
}

export interface ProbeAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface ProbeSpan {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export interface FoundEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  /** Stream labels and structured metadata together. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface LokiProbeOptions {
  readonly url: string;
  /** By tenant; `*` for all others. */
  readonly readers: ReadonlyMap<string, Credentials>;
  /** By tenant. */
  readonly writers: ReadonlyMap<string, Credentials>;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

const requestTimeoutMs = 60_000;

export function createLokiProbe({ url, readers, writers, budget, signal }: LokiProbeOptions): LokiProbe {
  const base = url.replace(/\/+$/, '');
  const readerOf = (tenant: string | undefined) => readers.get(tenant ?? '*') ?? readers.get('*');

  async function request(wanted: ProbeRequest): Promise<ProbeAnswer> {
    const { path, method = 'GET', parameters, tenant, body, as = readerOf(tenant) } = wanted;
    const { pushedBytes = body === undefined ? 0 : Buffer.byteLength(body.bytes) } = wanted;
    if (pushedBytes !== 'load') budget.takeRequest(pushedBytes);
    const headers: Record<string, string> = { 'user-agent': 'cordwood-verify', ...wanted.headers };
    if (tenant !== undefined) headers['x-scope-orgid'] = tenant;
    if (as !== undefined && as !== 'nobody') headers['authorization'] = basic(as);
    if (body !== undefined) headers['content-type'] = body.type;
    const query = parameters === undefined ? '' : `?${new URLSearchParams(parameters)}`;
    try {
      const response = await fetch(`${base}${path}${query}`, {
        method,
        headers,
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
        ...(body === undefined ? {} : { body: body.bytes as string }),
      });
      const text = await response.text();
      budget.takeAnswer(text.length);
      return { status: response.status, text, headers: response.headers };
    } catch (error) {
      if (signal.aborted) throw error;
      const cause = (error as Error).cause;
      const reason = cause instanceof Error ? cause.message : (error as Error).message;
      throw new WorldError('UNREACHABLE', `no answer from ${base}${path}: ${reason}`, { cause: error });
    }
  }

  async function ask(tenant: string, path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const { status, text } = await request({ path, tenant, parameters });
    if (status !== 200)
      throw new Error(`${tenant} ${path} ${parameters['query'] ?? ''}: ${status} ${text.trim().slice(0, 300)}`);
    return JSON.parse(text);
  }

  return {
    url: base,
    request,
    async entries(tenant, query, { startNs, endNs }, limit) {
      const answer = (await ask(tenant, '/loki/api/v1/query_range', {
        query,
        start: String(startNs),
        end: String(endNs),
        limit: String(limit),
        direction: 'backward',
      })) as { data: { result: { stream: Record<string, string>; values: [string, string][] }[] } };
      return answer.data.result
        .flatMap(({ stream, values }) =>
          values.map(([time, line]) => ({ timestampNs: BigInt(time), line, labels: stream })),
        )
        .sort((a, b) => (a.timestampNs < b.timestampNs ? 1 : a.timestampNs > b.timestampNs ? -1 : 0));
    },
    async numbers(tenant, query, timeNs) {
      const answer = (await ask(tenant, '/loki/api/v1/query', { query, time: String(timeNs) })) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return new Map(answer.data.result.map(({ metric, value }) => [JSON.stringify(metric), Number(value[1])]));
    },
    push(tenant, stream, entries, load) {
      const columns = createEntryColumns(entries);
      const body = compressSnappy(encodePushRequest([{ labels: createLabels(stream), entries: columns }]));
      return request({
        path: '/loki/api/v1/push',
        method: 'POST',
        tenant,
        as: writers.get(tenant) ?? readerOf(tenant),
        body: { type: 'application/x-protobuf', bytes: body },
        pushedBytes: load ?? columns.bytes.length,
      });
    },
  };
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
