import assert from 'node:assert/strict';
import { openTestApi, type TestApi, type TestApiOptions } from '../../api/test/test-api.ts';
import { LokiRefusal } from '../../client/loki-client.ts';
import type { LokiSide } from '../copy/loki-side.ts';

/** One side of a copy or comparison: the real API on a simulated disk, without a network. */
export interface ApiSide extends LokiSide, AsyncDisposable {
  readonly api: TestApi;
  /** Requests so far: `GET /loki/api/v1/series`. */
  readonly requests: string[];
  /** Pushes JSON entries of one stream: `[time, line, metadata]`. */
  fill(
    tenant: string,
    stream: Record<string, string>,
    values: readonly (readonly [bigint, string, Record<string, string>?])[],
  ): Promise<void>;
}

export async function openApiSide(options: TestApiOptions = {}): Promise<ApiSide> {
  const api = await openTestApi(options);
  const requests: string[] = [];
  return {
    api,
    url: 'http://test',
    requests,
    async get(tenant, path, parameters, headers) {
      requests.push(`GET ${path}`);
      const url = `${path}?${new URLSearchParams(parameters)}`;
      const { status, text } = await api.get(url, { 'x-scope-orgid': tenant, ...headers });
      if (status !== 200) throw new LokiRefusal(status, text, undefined);
      return JSON.parse(text);
    },
    async push(tenant, body) {
      requests.push('POST /loki/api/v1/push');
      const { status, text } = await api.send({
        method: 'POST',
        url: '/loki/api/v1/push',
        headers: { 'content-type': 'application/x-protobuf', 'x-scope-orgid': tenant },
        payload: Buffer.from(body),
      });
      return { status, message: text.trim(), attempts: 1 };
    },
    async fill(tenant, stream, values) {
      const entries = values.map(([time, ...rest]) => [String(time), ...rest.filter((part) => part !== undefined)]);
      const { status, text } = await api.send({
        method: 'POST',
        url: '/loki/api/v1/push',
        headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
        payload: JSON.stringify({ streams: [{ stream, values: entries }] }),
      });
      assert.equal(status, 204, text);
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}
