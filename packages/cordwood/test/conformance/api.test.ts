import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { openTestApi, type TestAnswer, type TestApi, type TestApiOptions } from '../../src/api/test/test-api.ts';
import { type ConformanceCase, readAreas, readCases, readDatasets, readFixture } from './case.ts';
import { type DecodedAnswer, decodeAnswer, differences } from './differences.ts';
import { notPassedByApi } from './not-passed-by-api.ts';

/**
 * Every recorded case against the whole API: requests to the server, the real store and the real engine. Cases run in the order of
 * the suite, because some change what later ones see. A case that is not passed stands in not-passed-by-api.ts with its reason; a
 * listed one that passes fails the test too.
 *
 * The data is where an instance may have it: in memory, in chunks, in chunks that were joined and opened again. Cases that change it
 * are asked once.
 */
const changing = new Set(['push', 'otlp', 'limits', 'rules', 'deletes', 'flushed']);
const reading = readAreas().filter((area) => !changing.has(area));

const options: TestApiOptions = {
  config: readFixture('loki.yaml'),
  overrides: readFixture('overrides.yaml'),
  // After the last entry of data and cases, so that nothing of them lies in the future.
  clockNs: 1_795_219_200_000_000_000n,
};

async function push(api: TestApi, afterEach: () => Promise<void> = async () => {}): Promise<void> {
  for (const request of datasetRequests()) {
    const { status, text } = await api.send({ ...request, method: 'POST' });
    assert.equal(status, 204, text);
    await afterEach();
  }
}

describe('in memory', () => {
  let api: TestApi;
  before(async () => {
    api = await openTestApi(options);
    await api.ruler.start();
    await push(api);
  });
  after(() => api[Symbol.asyncDispose]());
  testAreas(readAreas(), () => api);
});

describe('in chunks, over HTTP', () => {
  let api: TestApi;
  before(async () => {
    api = await openTestApi(options);
    await api.ruler.start();
    await push(api);
    await api.store.flush();
    const url = await api.app.listen({ port: 0, host: '127.0.0.1' });
    api = { ...api, send: (request) => sendOverHttp(url, request) };
  });
  after(() => api[Symbol.asyncDispose]());
  testAreas(reading, () => api);
});

describe('in chunks that were joined and opened again', () => {
  let api: TestApi;
  before(async () => {
    const first = await openTestApi(options);
    let pushes = 0;
    await push(first, async () => {
      if (++pushes % 3 === 0) await first.store.flush();
    });
    await first.store.flush();
    await first.store.maintain();
    await first[Symbol.asyncDispose]();
    api = await openTestApi({ ...options, disk: first.disk });
    await api.ruler.start();
  });
  after(() => api[Symbol.asyncDispose]());
  testAreas(reading, () => api);
});

async function sendOverHttp(url: string, request: InjectOptions): Promise<TestAnswer> {
  const { method, headers, payload } = request;
  const response = await fetch(url + String(request.url), {
    method: method as string,
    headers: headers as Record<string, string>,
    ...(payload === undefined ? {} : { body: payload as string }),
  });
  const body = Buffer.from(await response.arrayBuffer());
  const text = body.toString();
  return {
    status: response.status,
    text,
    body,
    headers: Object.fromEntries(response.headers),
    json: () => JSON.parse(text) as never,
  };
}

/** Entries a push: as many as the recorder sent at once. Pushes keep the order and never mix tenants. */
const entriesPerPush = 400;

function* datasetRequests(): Generator<{ url: string; headers: Record<string, string>; payload: string }> {
  for (const lines of readDatasets()) {
    let tenant = '';
    let count = 0;
    let streams = new Map<string, { stream: object; values: unknown[] }>();
    const push = () => {
      const headers = { 'content-type': 'application/json', 'x-scope-orgid': tenant };
      const payload = JSON.stringify({ streams: [...streams.values()] });
      streams = new Map();
      count = 0;
      return { url: '/loki/api/v1/push', headers, payload };
    };
    for (const line of lines) {
      if (count > 0 && (line.path !== undefined || line.tenant !== tenant || count === entriesPerPush)) yield push();
      if (line.path !== undefined) {
        yield {
          url: line.path,
          headers: { ...lowerCase(line.headers), 'x-scope-orgid': line.tenant },
          payload: line.body,
        };
        continue;
      }
      tenant = line.tenant;
      const key = JSON.stringify(line.labels);
      let stream = streams.get(key);
      if (stream === undefined) {
        stream = { stream: line.labels, values: [] };
        streams.set(key, stream);
      }
      stream.values.push([line.ts, line.line, line.metadata]);
      count++;
    }
    if (count > 0) yield push();
  }
}

const captured: Record<string, string> = {};

async function answer(api: TestApi, recorded: ConformanceCase): Promise<DecodedAnswer> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(recorded.params ?? {})) {
    for (const one of typeof value === 'string' ? [value] : value) query.append(name, substitute(one));
  }
  const headers = lowerCase(recorded.headers);
  if (recorded.tenant !== null) headers['x-scope-orgid'] = recorded.tenant;
  const body = recorded.bodyBase64 === undefined ? recorded.body : Buffer.from(recorded.bodyBase64, 'base64');
  const {
    status,
    body: bytes,
    headers: got,
  } = await api.send({
    method: recorded.method as 'GET',
    url: substitute(recorded.path) + (query.size > 0 ? `?${query}` : ''),
    headers,
    ...(body === undefined ? {} : { payload: body }),
  });
  for (const [name, { header }] of Object.entries(recorded.capture ?? {})) {
    if (header !== undefined) captured[name] = String(got[header.toLowerCase()]);
  }
  return decodeAnswer({ status, contentType: got['content-type'] as string | undefined, body: bytes });
}

function substitute(text: string): string {
  return text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => captured[name] ?? all);
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function testAreas(areas: readonly string[], opened: () => TestApi): void {
  for (const area of areas)
    test(area, async (t) => {
      const api = opened();
      const wrong: string[] = [];
      let passed = 0;
      const cases = readCases(area);
      for (const recorded of cases) {
        let found = differences(recorded, await answer(api, recorded));
        // Work in the background has its time.
        for (let seconds = 0; found.length > 0 && seconds < (recorded.eventually ?? 0); seconds++) {
          await api.clock.advance(1000);
          found = differences(recorded, await answer(api, recorded));
        }
        const reason = notPassedByApi[recorded.id];
        if (found.length === 0) passed++;
        if (found.length === 0 && reason !== undefined) wrong.push(`${recorded.id} passes now: take it off the list`);
        if (found.length > 0 && reason === undefined) {
          const shown = found
            .slice(0, 3)
            .map((one) => `\n    at ${one.path}\n      expected ${one.expected}\n      actual   ${one.actual}`);
          wrong.push(
            `${recorded.id}: ${recorded.method} ${recorded.path} ${JSON.stringify(recorded.params)}${shown.join('')}`,
          );
        }
      }
      t.diagnostic(`${passed} / ${cases.length}`);
      assert.ok(wrong.length === 0, wrong.join('\n'));
    });
}
