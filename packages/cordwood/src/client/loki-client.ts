import { RequestError, WorldError } from '../model/failure.ts';

/** Basic authentication. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

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

/** An answer that is not 2xx, with the pause that a 429 or 503 asks for. */
export class LokiRefusal extends RequestError {
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, retryAfterMs: number | undefined) {
    super(status, message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A client of Loki's HTTP API. An answer that is not 2xx is a LokiRefusal with its text; no answer a WorldError. */
export interface LokiClient {
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  get(
    path: string,
    parameters: Readonly<Record<string, string | undefined>>,
    signal?: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>;
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

  /** The whole answer: a server that ends in the middle of its body gave none. */
  async function request(path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await fetch(url + path, init);
      return { response, text: await response.text() };
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
    async get(path, parameters, signal, more) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
      const { response, text } = await request(`${path}?${query}`, {
        headers: { ...headers, ...more },
        ...(signal ? { signal } : {}),
      });
      if (!response.ok) {
        throw new LokiRefusal(response.status, text.trim() || response.statusText, retryAfterMs(response.headers));
      }
      try {
        return JSON.parse(text);
      } catch {
        throw new RequestError(response.status, `${url}${path} did not answer with JSON: ${text.slice(0, 200)}`);
      }
    },
    async send(method, path, body, signal) {
      const { response, text } = await request(path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': body.type },
        ...(body === undefined ? {} : { body: body.text }),
        ...(signal ? { signal } : {}),
      });
      return { status: response.status, text };
    },
    async push(body, signal) {
      const { response, text } = await request('/loki/api/v1/push', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-protobuf' },
        body: body as Uint8Array<ArrayBuffer>,
        ...(signal ? { signal } : {}),
      });
      return { status: response.status, message: text.trim(), retryAfterMs: retryAfterMs(response.headers) };
    },
  };
}

function retryAfterMs(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
