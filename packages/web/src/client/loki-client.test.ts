import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { property } from '../../test/random.ts';
import { alerts, buildInfo, nameList, queryAnswer, ruleGroups } from './answers.ts';
import { ApiFailure, isAbort } from './api-failure.ts';
import { type Check, ShapeMismatch } from './check.ts';
import { createLokiClient } from './loki-client.ts';

/** Requests and the answers that Grafana Loki 3.7.6 gave. */
interface RecordedCase {
  readonly id: string;
  readonly path: string;
  readonly params: Record<string, string>;
  readonly status: number;
  readonly contentType?: string;
  readonly response: unknown;
}
const cases = readFileSync(join(import.meta.dirname, 'fixtures/recorded-answers.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as RecordedCase);

function checkOf(path: string): Check<unknown> {
  if (path.includes('/query')) return queryAnswer;
  if (path.endsWith('/alerts')) return alerts;
  if (path.endsWith('/rules')) return ruleGroups;
  if (path.endsWith('/buildinfo')) return buildInfo;
  return nameList;
}

const answered = cases.filter((each) => each.status === 200);

test('every answer that Loki gave passes the checks, with all its entries and points', () => {
  assert.ok(answered.length > 120);
  for (const each of answered) {
    const checked = checkOf(each.path)(each.response, '');
    if (!each.path.includes('/query')) continue;
    const answer = checked as ReturnType<typeof queryAnswer>;
    const { result } = (each.response as { data: { result: { values?: unknown[] }[] } }).data;
    const lists = answer.kind === 'streams' ? answer.streams.map((s) => s.entries) : answer.series.map((s) => s.points);
    const isList = Array.isArray(result) && typeof result[0] === 'object';
    if (isList)
      assert.deepEqual(
        lists.map((l) => l.length),
        result.map((r) => r.values?.length ?? 1),
        each.id,
      );
  }
});

test('any change to an answer gives a value or a ShapeMismatch that names a place, nothing else', () => {
  property(1500, (random) => {
    const each = random.pick(answered);
    const response = structuredClone(each.response);
    const places: [Record<string, unknown>, string][] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key]);
        visit((value as Record<string, unknown>)[key]);
      }
    };
    visit(response);
    const [owner, key] = random.pick(places);
    owner[key] = random.pick([null, undefined, 0, -1.5, '', 'x', true, [], {}, [[]], { a: 1 }, [1, 2, 3]]);
    try {
      checkOf(each.path)(response, '');
    } catch (error) {
      assert.ok(error instanceof ShapeMismatch, `${each.id}: ${error}`);
      assert.match(error.message, /^\S.* should be .* but is /);
    }
  });
});

type Asked = { url: string; init: RequestInit };

function clientAnswering(respond: (asked: Asked) => Response | Promise<Response>) {
  const asked: Asked[] = [];
  const client = createLokiClient({
    baseUrl: 'http://cordwood.test/',
    timeoutMs: 20,
    fetch: (async (url: string, init: RequestInit) => {
      asked.push({ url, init });
      return respond({ url, init });
    }) as typeof fetch,
  });
  return { client, asked };
}
const range = { startNs: 1n, endNs: 2n };
const json = (value: unknown) =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } });
const names = { status: 'success', data: ['a'] };
const signal = new AbortController().signal;

async function failureOf(respond: (asked: Asked) => Response | Promise<Response>): Promise<ApiFailure> {
  const { client } = clientAnswering(respond);
  const failure = await client.labelNames('t', range, signal).then(
    () => assert.fail('should have failed'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof ApiFailure, String(failure));
  return failure;
}

test('tenant, range and encoding travel as Loki takes them', async () => {
  const { client, asked } = clientAnswering(() => json(names));
  await client.labelValues('team-a', 'weird/name', range, '{a="b"}', signal);
  await client.labelNames(undefined, range, signal);
  const [first, second] = asked as [Asked, Asked];
  assert.equal(
    first.url,
    'http://cordwood.test/loki/api/v1/label/weird%2Fname/values?start=1&end=2&query=%7Ba%3D%22b%22%7D',
  );
  assert.deepEqual(first.init.headers, {
    'X-Loki-Response-Encoding-Flags': 'categorize-labels',
    'X-Scope-OrgID': 'team-a',
  });
  assert.equal('X-Scope-OrgID' in (second.init.headers as object), false);
});

test('a long query travels as a form', async () => {
  const { client, asked } = clientAnswering(() =>
    json({ status: 'success', data: { resultType: 'streams', result: [] } }),
  );
  const query = `{a="b"} |= "${'x'.repeat(5000)}"`;
  await client.queryRange('t', { query, range, limit: 10, direction: 'backward' }, signal);
  assert.equal(asked[0]!.url, 'http://cordwood.test/loki/api/v1/query_range');
  assert.equal(asked[0]!.init.method, 'POST');
  assert.equal((asked[0]!.init.body as URLSearchParams).get('query'), query);
});

test('errors carry the text that Loki sent', async () => {
  for (const each of cases.filter((one) => one.status >= 400 && typeof one.response === 'string')) {
    const headers = { 'content-type': each.contentType ?? 'text/plain' };
    const failure = await failureOf(() => new Response(each.response as string, { status: each.status, headers }));
    assert.equal(failure.status, each.status);
    assert.equal(failure.message, (each.response as string).trim());
  }
});

test('errors of proxies are unwrapped; pages of HTML are not shown', async () => {
  const answer = (body: string, type: string) => () =>
    new Response(body, { status: 502, statusText: 'Bad Gateway', headers: { 'content-type': type } });
  assert.equal((await failureOf(answer('{"message":"no upstream"}', 'application/json'))).message, 'no upstream');
  assert.equal((await failureOf(answer('<html>', 'text/html'))).message, 'Bad Gateway');
  assert.equal((await failureOf(answer('', 'text/plain'))).message, 'Bad Gateway');
});

test('the three ways in which no usable answer comes', async () => {
  const network = await failureOf(() => Promise.reject(new TypeError('fetch failed')));
  assert.equal(network.kind, 'network');
  const shape = await failureOf(() => json({ status: 'success', data: [7] }));
  assert.equal(`${shape.kind}: ${shape.message}`, 'shape: data[0] should be a string but is the number 7');
  const broken = await failureOf(() => new Response('{', { headers: { 'content-type': 'application/json' } }));
  assert.equal(broken.kind, 'shape');
  const hangs = ({ init }: Asked) =>
    new Promise<Response>((_, reject) => {
      const keepAlive = setTimeout(() => reject(new Error('no deadline')), 2000);
      init.signal!.addEventListener('abort', () => {
        clearTimeout(keepAlive);
        reject(init.signal!.reason);
      });
    });
  assert.equal((await failureOf(hangs)).kind, 'timeout');
});

test('a superseded request ends as an abort, not as a failure', async () => {
  const { client } = clientAnswering(
    ({ init }) => new Promise((_, reject) => init.signal!.addEventListener('abort', () => reject(init.signal!.reason))),
  );
  const controller = new AbortController();
  const pending = client.labelNames('t', range, controller.signal);
  controller.abort();
  await assert.rejects(pending, (error) => isAbort(error));
});
