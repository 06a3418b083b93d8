import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../model/limits.ts';
import { parseRequestedLimits, tightenLimits } from './request-limits.ts';
import { nowNs, openTestApi, type TestApi, type TestApiOptions } from './test/test-api.ts';

const end = nowNs + 3_600_000_000_000n;
const range = (query: string) =>
  `/loki/api/v1/query_range?query=${encodeURIComponent(query)}&start=${nowNs}&end=${end}&limit=10`;
const instant = (query: string) => `/loki/api/v1/query?query=${encodeURIComponent(query)}&time=${end}`;

async function open(options: TestApiOptions): Promise<TestApi> {
  const api = await openTestApi(options);
  for (const app of ['x', 'y']) {
    const lines = Array.from({ length: 20 }, (_, i) => `${i} ${'z'.repeat(98)}`);
    assert.equal((await api.pushLines({ app }, lines)).status, 204);
  }
  return api;
}

const tooMany =
  /^the query would read too many bytes \(query: 2\.0 KiB, limit: 1\.5 KiB\); consider adding more specific stream selectors or reduce the time range of the query/;

for (const sealed of [false, true]) {
  test(`max_query_bytes_read, ${sealed ? 'of chunks' : 'of the head'}`, async () => {
    await using api = await open({ config: 'limits_config: {max_query_bytes_read: 1536B}' });
    if (sealed) await api.store.flush();
    for (const url of [range('{app="x"} |= "1"'), instant('count_over_time({app="x"}[1h])')]) {
      const { status, text } = await api.get(url);
      assert.equal(status, 400, text);
      assert.match(text, tooMany);
    }
    // A log query without filters ends by itself.
    assert.equal((await api.get(range('{app="x"} | json'))).status, 200);
    // Both sides of an operator are read, and what an offset moves away is not.
    const both = await api.get(instant('count_over_time({app="x"}[1h]) + count_over_time({app="y"}[1h] offset 30d)'));
    assert.match(both.text, tooMany);
    assert.equal((await api.get(instant('count_over_time({app="x"}[1h] offset 30d)'))).status, 200);
    assert.equal((await api.get(instant('count_over_time({app="none"}[1h])'))).status, 200);
  });
}

const perRequest = 'querier: {per_request_limits_enabled: true}';
const tight = { 'x-scope-orgid': 'a', 'x-loki-query-limits': '{"maxEntriesLimitPerQuery":5,"requiredLabels":["pod"]}' };

test('X-Loki-Query-Limits makes limits tighter, where it is allowed', async () => {
  await using api = await open({ config: perRequest });
  const refused = await api.get(range('{app="x"}'), tight);
  assert.deepEqual(
    [refused.status, refused.text],
    [400, 'max entries limit per query exceeded, limit > max_entries_limit_per_query (10 > 5)'],
  );
  const labels = await api.get(instant('count_over_time({app="x"}[1h])'), tight);
  assert.match(labels.text, /^stream selector is missing required matchers \[pod\]/);
  const length = { 'x-scope-orgid': 'a', 'x-loki-query-limits': '{"maxQueryLength":"30m"}' };
  assert.match((await api.get(range('{app="x"}'), length)).text, /^the query time range exceeds the limit/);
  const bytes = { 'x-scope-orgid': 'a', 'x-loki-query-limits': '{"maxQueryBytesRead":"1536B"}' };
  assert.match((await api.get(instant('count_over_time({app="x"}[1h])'), bytes)).text, tooMany);
  const malformed = { 'x-scope-orgid': 'a', 'x-loki-query-limits': '{"maxEntriesLimitPerQuery":"5"' };
  assert.equal((await api.get(range('{app="x"}'), malformed)).status, 200);
});

test('elsewhere the header says nothing', async () => {
  await using api = await open({});
  assert.equal((await api.get(range('{app="x"}'), tight)).status, 200);
});

test('what a request asks for is never wider than what its tenant has', () => {
  const limits = {
    ...defaultLimits,
    maxEntriesLimitPerQuery: 100,
    maxQueryLengthMs: 0,
    requiredLabels: ['a'],
    minimumLabelsNumber: 3,
  };
  const wide = tightenLimits(limits, { maxEntriesLimitPerQuery: 500, requiredLabels: [], minimumLabelsNumber: 1 });
  assert.deepEqual(wide, limits);
  const narrow = tightenLimits(limits, {
    maxEntriesLimitPerQuery: 50,
    maxQueryLengthMs: 1000,
    requiredLabels: ['b', 'a'],
    minimumLabelsNumber: 4,
  });
  assert.deepEqual(narrow, {
    ...limits,
    maxEntriesLimitPerQuery: 50,
    maxQueryLengthMs: 1000,
    requiredLabels: ['a', 'b'],
    minimumLabelsNumber: 4,
  });
  // No limit is the widest.
  assert.equal(tightenLimits(limits, { maxEntriesLimitPerQuery: 0 }).maxEntriesLimitPerQuery, 100);
});

test('the header is read whole or not at all', () => {
  assert.deepEqual(
    parseRequestedLimits(
      '{"maxQueryLength":"1d","maxQueryInterval":"5m","maxQueryLookback":"2w","maxQueryTime":"30s","maxQueryBytesRead":"2GB","other":1}',
    ),
    {
      maxQueryLengthMs: 86_400_000,
      maxQueryRangeMs: 300_000,
      maxQueryLookbackMs: 1_209_600_000,
      queryTimeoutMs: 30_000,
      maxQueryBytesReadBytes: 2 * 2 ** 30,
    },
  );
  for (const text of [
    '',
    'x',
    '[]',
    'null',
    '{"maxQueryLength":5}',
    '{"maxQueryLength":"long"}',
    '{"requiredLabels":[1]}',
    '{"maxEntriesLimitPerQuery":1.5}',
  ]) {
    assert.equal(parseRequestedLimits(text), undefined, text);
  }
});

test('explain shows what the query did', async () => {
  await using api = await open({});
  const { data } = (await api.get(`${range('{app="x"} |= "1"')}&explain=true`)).json() as {
    data: { plan: { text: string; inputs: unknown[]; gave: { rows: number } } };
  };
  assert.ok(data.plan.text !== '' && data.plan.inputs.length > 0, JSON.stringify(data.plan));
  assert.ok(!(await api.get(range('{app="x"} |= "1"'))).text.includes('"plan"'));
});
