import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WebSocket } from 'ws';
import { routes } from './registry.ts';
import { nowNs, openTestApi, type TestApi } from './test/test-api.ts';

// Every route that knows tenants, asked as every tenant: it shows what is the tenant's own and nothing of any other's.

/** Ids that folders, cases, patterns and separators could confuse. */
const tenants = [
  'a',
  'A',
  'a.b',
  'a_b',
  "a'b",
  '(a)',
  '...',
  '.a',
  '*',
  '!',
  '-',
  '0',
  'fake',
  '__proto__',
  'constructor',
  'x'.repeat(150),
  `${'x'.repeat(149)}y`,
];
/** Stands in everything that a tenant has, and nowhere else. */
const marker = (tenant: string) => `marker${tenants.indexOf(tenant)}end`;
const markersIn = (text: string) => new Set(text.match(/marker\d+end/g) ?? []);

const day = 86_400_000_000_000n;
const range = `start=${nowNs - day}&end=${nowNs + day / 24n}`;
const selector = encodeURIComponent('{app=~".+"}');

/** A good question for each route, without naming anyone's data; '' where there is nothing to ask without a name. */
const questions: Readonly<Record<string, string>> = {
  '/loki/api/v1/query': `query=${encodeURIComponent('last_over_time({app=~".+"} | json | unwrap n [2h])')}&time=${nowNs + day / 24n}`,
  '/loki/api/v1/query_range': `query=${selector}&limit=5000&${range}`,
  '/loki/api/v1/labels': range,
  '/loki/api/v1/label/{name}/values': range,
  '/loki/api/v1/series': `match[]=${selector}&${range}`,
  '/loki/api/v1/index/stats': `query=${selector}&${range}`,
  '/loki/api/v1/index/volume': `query=${selector}&${range}`,
  '/loki/api/v1/index/volume_range': `query=${selector}&${range}`,
  '/loki/api/v1/index/shards': `query=${selector}&targetBytesPerShard=1000000&${range}`,
  '/loki/api/v1/detected_labels': range,
  '/loki/api/v1/detected_fields': `query=${selector}&${range}`,
  '/loki/api/v1/detected_field/{name}/values': `query=${selector}&${range}`,
  '/loki/api/v1/patterns': `query=${selector}&${range}`,
  '/api/prom/query': `query=${selector}&limit=5000&${range}`,
  '/api/prom/label': range,
  '/api/prom/label/{name}/values': range,
};
/** Values for the path that every tenant has. */
const pathValues: Readonly<Record<string, string>> = { '/loki/api/v1/detected_field/{name}/values': 'own' };

/** Routes whose answer holds the tenant's marker when all is well; the others show no names or values of data. */
const showing = [
  '/loki/api/v1/query',
  '/loki/api/v1/query_range',
  '/loki/api/v1/label/{name}/values',
  '/loki/api/v1/series',
  '/loki/api/v1/index/volume',
  '/loki/api/v1/detected_field/{name}/values',
  '/loki/api/v1/delete',
  '/loki/api/v1/rules',
  '/prometheus/api/v1/rules',
  '/api/prom/query',
];

let api: TestApi;

async function send(
  tenant: string,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: string,
  type = 'application/json',
) {
  const headers = { 'x-scope-orgid': tenant, ...(payload === undefined ? {} : { 'content-type': type }) };
  return api.send({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
}

async function pushOwn(tenant: string, name: string, timeNs: bigint) {
  const own = marker(tenant);
  const line = `{"n":1,"own":"${own}","text":"${name} of ${own} is done"}`;
  const stream = { app: own, [`name_${own}`]: 'x' };
  const body = JSON.stringify({ streams: [{ stream, values: [[String(timeNs), line, { [`meta_${own}`]: own }]] }] });
  const { status, text } = await send(tenant, 'POST', '/loki/api/v1/push', body);
  assert.equal(status, 204, text);
}

before(async () => {
  api = await openTestApi({
    config: `
compactor: {retention_enabled: true, delete_request_store: filesystem}
querier: {multi_tenant_queries_enabled: true}
pattern_ingester: {enabled: true}
limits_config: {volume_enabled: true}
`,
  });
  for (const tenant of tenants) await pushOwn(tenant, 'sealed', nowNs);
  await api.store.flush();
  for (const tenant of tenants) {
    const own = marker(tenant);
    await pushOwn(tenant, 'in the head', nowNs + 1_000_000_000n);
    const rule = `name: ${own}\nrules: [{alert: A, expr: 'count_over_time({app="${own}"}[1m]) > 0'}]\n`;
    assert.equal((await send(tenant, 'POST', '/loki/api/v1/rules/space', rule, 'application/yaml')).status, 202);
    const query = encodeURIComponent(`{app="${own}"} |= "nothing of it"`);
    const url = `/loki/api/v1/delete?query=${query}&start=${nowNs / 1_000_000_000n}`;
    assert.equal((await send(tenant, 'POST', url)).status, 204);
  }
  await api.ruler.reload();
});
after(() => api[Symbol.asyncDispose]());

const asked = routes
  .filter(({ tenancy, upgrade, methods }) => tenancy !== 'none' && upgrade === undefined && methods.includes('GET'))
  .flatMap(({ paths }) => paths.map((path) => ({ path, question: questions[path] ?? questions[paths[0]] ?? '' })));

for (const { path, question } of asked) {
  test(`GET ${path} shows a tenant its own and nothing else`, async () => {
    for (const tenant of tenants) {
      const filled = path
        .replace('{namespace}', 'space')
        .replace('{group}', marker(tenant))
        .replace(/\{\w+\}/, pathValues[path] ?? 'app');
      const { status, text } = await send(tenant, 'GET', `${filled}?${question}`);
      assert.ok(
        status === 200 || (status === 400 && path.endsWith('format_query')),
        `${path} ${tenant}: ${status} ${text}`,
      );
      const seen = markersIn(text);
      if (showing.includes(path)) assert.ok(seen.has(marker(tenant)), `${tenant} does not see its own: ${text}`);
      seen.delete(marker(tenant));
      assert.deepEqual([...seen], [], `${tenant} sees what is not its own`);
    }
  });
}

test('naming what another tenant has does not find it', async () => {
  for (const [i, tenant] of tenants.entries()) {
    const other = tenants[(i + 1) % tenants.length]!;
    const theirs = encodeURIComponent(`{app="${marker(other)}"}`);
    for (const url of [
      `/loki/api/v1/query_range?query=${theirs}&${range}`,
      `/loki/api/v1/series?match[]=${theirs}&${range}`,
      `/loki/api/v1/label/name_${marker(other)}/values?${range}`,
      `/loki/api/v1/index/volume?query=${theirs}&${range}`,
      `/loki/api/v1/patterns?query=${theirs}&${range}`,
    ]) {
      const { status, text } = await send(tenant, 'GET', url);
      assert.equal(status, 200, text);
      assert.deepEqual([...markersIn(text)], [], `${tenant} ${url}`);
    }
    assert.equal((await send(tenant, 'GET', `/loki/api/v1/rules/space/${marker(other)}`)).status, 404);
    await send(tenant, 'DELETE', `/loki/api/v1/rules/space/${marker(other)}`);
    assert.equal((await send(other, 'GET', `/loki/api/v1/rules/space/${marker(other)}`)).status, 200);
    const requests = (await send(other, 'GET', '/loki/api/v1/delete')).json() as { request_id: string }[];
    assert.equal(requests.length, 1);
    const id = requests[0]!.request_id;
    assert.notEqual((await send(tenant, 'DELETE', `/loki/api/v1/delete?request_id=${id}`)).status, 204);
    assert.equal(((await send(other, 'GET', '/loki/api/v1/delete')).json() as object[]).length, 1);
  }
});

test('a query for several tenants shows those and no third', async () => {
  const { text } = await send('a|A|...', 'GET', `/loki/api/v1/query_range?query=${selector}&limit=5000&${range}`);
  assert.deepEqual(markersIn(text), new Set(['a', 'A', '...'].map(marker)));
  const narrowed = encodeURIComponent('{__tenant_id__=~"a|b|.*y"}');
  const one = await send('a|A', 'GET', `/loki/api/v1/query_range?query=${narrowed}&limit=5000&${range}`);
  assert.deepEqual(markersIn(one.text), new Set([marker('a')]));
});

test('a tail shows its tenant only', async () => {
  const heard = new Map<string, string>();
  const sockets: WebSocket[] = [];
  for (const tenant of tenants) {
    heard.set(tenant, '');
    const socket = await api.app.injectWS(
      `/loki/api/v1/tail?query=${selector}&start=${nowNs - day}`,
      { headers: { 'x-scope-orgid': tenant } },
      {
        onInit: (early: WebSocket) =>
          early.on('message', (data) => heard.set(tenant, heard.get(tenant)! + String(data))),
      },
    );
    sockets.push(socket);
  }
  for (const tenant of tenants) await pushOwn(tenant, 'live', nowNs + 60_000_000_000n);
  for (let turn = 0; turn < 2000 && ![...heard.values()].every((text) => text.includes('live of')); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const socket of sockets) socket.terminate();
  for (const tenant of tenants) {
    assert.ok(heard.get(tenant)!.includes(`live of ${marker(tenant)}`), tenant);
    assert.deepEqual(markersIn(heard.get(tenant)!), new Set([marker(tenant)]), tenant);
  }
});

test('deleting everything deletes nothing of the others', async () => {
  const [tenant, ...others] = tenants as [string, ...string[]];
  const start = nowNs / 1_000_000_000n - 60n;
  assert.equal((await send(tenant, 'POST', `/loki/api/v1/delete?query=${selector}&start=${start}`)).status, 204);
  assert.equal((await send(tenant, 'DELETE', '/loki/api/v1/rules/space')).status, 202);
  const url = `/loki/api/v1/query_range?query=${selector}&limit=5000&${range}`;
  assert.deepEqual(markersIn((await send(tenant, 'GET', url)).text), new Set());
  for (const other of others) {
    assert.deepEqual(markersIn((await send(other, 'GET', url)).text), new Set([marker(other)]));
    assert.equal((await send(other, 'GET', `/loki/api/v1/rules/space/${marker(other)}`)).status, 200);
  }
});
