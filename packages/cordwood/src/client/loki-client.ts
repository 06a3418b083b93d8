import { RequestError, WorldError } from '../model/failure.ts';

/** How to reach a Loki: Cordwood's own or a real one. */
export interface LokiTarget {
  /** `http://127.0.0.1:3100`, with the path prefix if there is one. */
  readonly url: string;
  readonly tenant: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly bearerToken?: string | undefined;
}

export interface StreamResult {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [timestampNs: string, line: string])[];
}
export interface SeriesResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [seconds: number, value: string])[];
  readonly value?: readonly [seconds: number, value: string];
}
export type QueryData =
  | { readonly resultType: 'streams'; readonly result: readonly StreamResult[] }
  | { readonly resultType: 'matrix' | 'vector'; readonly result: readonly SeriesResult[] }
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] };

/** A client of Loki's HTTP API. An answer that is not 2xx is a RequestError with its text; no answer a WorldError. */
export interface LokiClient {
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  get(path: string, parameters: Readonly<Record<string, string | undefined>>, signal?: AbortSignal): Promise<unknown>;
  /** Any other request. An answer that is not 2xx is given like one that is. */
  send(
    method: string,
    path: string,
    body?: { readonly type: string; readonly text: string },
    signal?: AbortSignal,
  ): Promise<{ status: number; text: string }>;
  /** Pushes a snappy-compressed protobuf PushRequest. Resolves with the status and, if it was refused, the reason. */
  push(
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<{ status: number; message: string; retryAfterMs: number | undefined }>;
}

export function createLokiClient(target: LokiTarget): LokiClient {
  const url = target.url.replace(/\/+$/, '');
  const headers: Record<string, string> = { 'user-agent': 'cordwood' };
  if (target.tenant) headers['x-scope-orgid'] = target.tenant;
  if (target.bearerToken) headers['authorization'] = `Bearer ${target.bearerToken}`;
  else if (target.username) {
    headers['authorization'] = `Basic ${Buffer.from(`${target.username}:${target.password ?? ''}`).toString('base64')}`;
  }

  async function request(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url + path, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      const cause = (error as Error).cause;
      const reason = cause instanceof Error ? cause.message : (error as Error).message;
      throw new WorldError(
        'UNREACHABLE',
        `no answer from ${url}: ${reason}. Is it running? --addr or LOKI_ADDR sets the address.`,
        { cause: error },
      );
    }
  }

  return {
    url,
    headers,
    async get(path, parameters, signal) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
      const response = await request(`${path}?${query}`, { headers, ...(signal ? { signal } : {}) });
      const text = await response.text();
      if (!response.ok) throw new RequestError(response.status, text.trim() || response.statusText);
      try {
        return JSON.parse(text);
      } catch {
        throw new RequestError(response.status, `${url}${path} did not answer with JSON: ${text.slice(0, 200)}`);
      }
    },
    async send(method, path, body, signal) {
      const response = await request(path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': body.type },
        ...(body === undefined ? {} : { body: body.text }),
        ...(signal ? { signal } : {}),
      });
      return { status: response.status, text: await response.text() };
    },
    async push(body, signal) {
      const response = await request('/loki/api/v1/push', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-protobuf' },
        body: body as Uint8Array<ArrayBuffer>,
        ...(signal ? { signal } : {}),
      });
      const message = (await response.text()).trim();
      const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      return {
        status: response.status,
        message,
        retryAfterMs: Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1000 : undefined,
      };
    },
  };
}
