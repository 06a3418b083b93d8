import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldError } from '../../model/failure.ts';
import type { Tenant } from '../../model/tenant.ts';
import { MemoryObjectStore } from '../../world/memory-object-store.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { nowNs, openTestApi, type TestApi } from '../test/test-api.ts';
import { openDeleteRequests } from './delete-requests.ts';
import { DeleteProcessing } from './process-deletes.ts';

const path = '/deletes/requests.json';
const config = 'compactor: {retention_enabled: true, delete_request_store: filesystem}';

function openRequests(disk: SimulatedDisk) {
  return openDeleteRequests({ disk: disk.startProcess(), path, clock: new SimulatedClock(nowNs) });
}
const a = 'a' as Tenant;
const request = { tenant: a, query: '{app="x"} |= "secret"', startMs: 1000, endMs: 2000 };

test('what was acknowledged is there after a power cut, in order', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = new SimulatedDisk({ seed });
    const requests = await openRequests(disk);
    const acknowledged: string[] = [];
    let asked = 0;
    const adding = Array.from({ length: 6 }, async (_, i) => {
      asked++;
      const { id } = await requests.add({ ...request, endMs: 2000 + i });
      acknowledged.push(id);
    });
    let operations = seed % 9;
    disk.beforeOperation = () => {
      if (operations-- === 0) disk.crash();
    };
    await Promise.allSettled(adding);
    disk.beforeOperation = undefined;
    disk.crash();
    const after = (await openRequests(disk)).list(a);
    assert.deepEqual(
      after.slice(0, acknowledged.length).map(({ id }) => id),
      acknowledged,
      `seed ${seed}`,
    );
    assert.ok(after.length <= asked);
    assert.deepEqual(
      after.map(({ endMs }) => endMs),
      Array.from(after, (_, i) => 2000 + i),
    );
  }
});

test('a disk that fails refuses the request, and the next one works', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const requests = await openRequests(disk);
  disk.writeFailureRate = 1;
  await assert.rejects(requests.add(request), WorldError);
  assert.deepEqual(requests.list(a), []);
  disk.writeFailureRate = 0;
  const { id } = await requests.add(request);
  assert.deepEqual(
    requests.list(a).map((one) => one.id),
    [id],
  );
});

test('with a bucket another machine knows what is to be deleted', async () => {
  const objects = new MemoryObjectStore();
  const open = () =>
    openDeleteRequests({ disk: new SimulatedDisk({ seed: 1 }), path, clock: new SimulatedClock(nowNs), objects });
  const { id } = await (await open()).add(request);
  assert.deepEqual(
    (await open()).list(a).map((one) => one.id),
    [id],
  );
});

const damaged: [name: string, content: string][] = [
  ['no JSON', '{"version":1,"requests":['],
  ['a newer version', '{"version":2,"requests":[]}'],
  ['a query that is none', '{"version":1,"requests":[{"id":"1","tenant":"a","query":"{"}]}'],
];
for (const [name, content] of damaged) {
  test(`requests that cannot be read end the start: ${name}`, async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    await disk.createDirectory('/deletes');
    disk.overwrite(path, new TextEncoder().encode(content));
    // Starting without them would show what was deleted.
    await assert.rejects(openRequests(disk), { code: 'CORRUPT' });
  });
}

test('both ends of the interval belong to it, and tenants have their own', async () => {
  const requests = await openRequests(new SimulatedDisk({ seed: 1 }));
  await requests.add(request);
  const hiding = (tenant: string, startMs: number, endMs: number) =>
    requests.hiding(tenant as Tenant, { startNs: BigInt(startMs) * 1_000_000n, endNs: BigInt(endMs) * 1_000_000n })
      .length;
  assert.equal(hiding('a', 0, 1000), 0);
  assert.equal(hiding('a', 0, 1001), 1);
  assert.equal(hiding('a', 2000, 3000), 1);
  assert.equal(hiding('a', 2001, 3000), 0);
  assert.equal(hiding('b', 0, 3000), 0);
});

interface Line {
  /** Seconds after `nowNs`. */
  readonly timestamp: number;
  readonly app: string;
  readonly text: string;
}

/** JSON lines of a few shapes and some that are none, so that chunks keep a part of them as columns. */
function lineOf(i: number): Line {
  const app = i % 3 === 0 ? 'y' : 'x';
  const level = ['info', 'warn', 'error'][i % 7 === 0 ? 2 : i % 2];
  const text =
    i % 11 === 0
      ? `plain line ${i} user=${i % 5}`
      : `{"level":"${level}","n":${i},"user":{"id":"u${i % 5}"},"text":"request ${i % 13} done"}`;
  return { timestamp: i, app, text };
}
const lineCount = 600;
const lines = Array.from({ length: lineCount }, (_, i) => lineOf(i));
const startSeconds = Number(nowNs / 1_000_000_000n);

const deletions: [query: string, from: number, to: number, covers: (line: Line) => boolean][] = [
  ['{app="y"}', 100, 199, ({ app }) => app === 'y'],
  ['{app="x"} |= "request 7 "', 0, 400, ({ app, text }) => app === 'x' && text.includes('request 7 ')],
  ['{app=~".+"} | json | user_id = `u3`', 300, 599, ({ text }) => text.includes('"id":"u3"')],
  [
    '{app="x"} | json | n > 580',
    0,
    599,
    ({ app, text }) => app === 'x' && Number(/"n":(\d+)/.exec(text)?.[1] ?? 0) > 580,
  ],
  [
    '{app="x"} | logfmt | user = `2` !~ `line \\\\d00`',
    0,
    599,
    ({ app, text }) => app === 'x' && / user=2$/.test(text),
  ],
];

const queries: [query: string, matches: (line: Line) => boolean][] = [
  ['{app=~".+"}', () => true],
  ['{app="x"} |= "request 1"', ({ app, text }) => app === 'x' && text.includes('request 1')],
  ['{app=~".+"} | json | level = `error`', ({ text }) => text.includes('"level":"error"')],
  ['{app=~".+"} | json | n >= 500 | n < 550', ({ text }) => /"n":5[0-4]\d,/.test(text)],
  [
    '{app=~".+"} |~ `request (5|7) ` | json user="user.id" | user != `u1`',
    ({ text }) => /request (?:5|7) /.test(text) && !text.includes('"u1"'),
  ],
];

for (const sealed of [false, true]) {
  test(`queries find exactly what no request covers (${sealed ? 'in chunks' : 'in the head'})`, async () => {
    await using api = await openTestApi({ config, clockNs: nowNs + 7_200_000_000_000n });
    await pushAll(api);
    if (sealed) await api.store.flush();
    let left: readonly Line[] = lines;
    for (const [query, from, to, covers] of deletions) {
      const range = `start=${startSeconds + from}&end=${startSeconds + to}`;
      const { status, text } = await api.send({
        method: 'POST',
        url: `/loki/api/v1/delete?query=${encodeURIComponent(query)}&${range}`,
        headers: { 'x-scope-orgid': 'a' },
      });
      assert.equal(status, 204, text);
      const before = left.length;
      left = left.filter((line) => line.timestamp < from || line.timestamp > to || !covers(line));
      assert.ok(left.length < before, `${query} covers nothing`);
      for (const [selection, matches] of queries) await check(api, selection, left.filter(matches), query);
    }
  });
}

const dayMs = 86_400_000;
const shortConfig = `${config.slice(0, -1)}, delete_request_cancel_period: 24h, compaction_interval: 10m}`;

function askDelete(api: TestApi, query: string, tenant = 'a') {
  return api.send({
    method: 'POST',
    url: `/loki/api/v1/delete?query=${encodeURIComponent(query)}&start=${startSeconds}&end=${startSeconds + 1000}`,
    headers: { 'x-scope-orgid': tenant },
  });
}

async function statusOf(api: TestApi): Promise<string[]> {
  const list = (await api.get('/loki/api/v1/delete')).json() as { status: string }[];
  return list.map(({ status }) => status);
}

function onDisk(api: TestApi, text: string): string[] {
  return api.disk
    .paths()
    .filter((path) => !path.includes('requests') && Buffer.from(api.disk.bytesOf(path)).includes(text));
}

test('after the cancel period the bytes leave the disk, not before, and nothing else does', async () => {
  await using api = await openTestApi({ config: shortConfig, clockNs: nowNs + 7_200_000_000_000n });
  const lines = ['alpha one', 'secret beta', 'gamma two'];
  await api.pushLines({ app: 'x' }, lines);
  await api.pushLines({ app: 'x' }, lines, 'b');
  await api.store.flush();
  assert.equal((await askDelete(api, '{app="x"} |= "secret"')).status, 204);
  await api.clock.advance(dayMs - 60_000);
  assert.deepEqual(await statusOf(api), ['received']);
  const holding = onDisk(api, 'secret beta');
  assert.ok(holding.some((path) => path.includes('/a/')));
  await api.clock.advance(20 * 60_000);
  await until(async () => (await statusOf(api))[0] === 'processed');
  assert.deepEqual(
    onDisk(api, 'secret beta'),
    holding.filter((path) => path.includes('/b/')),
  );
  assert.ok(onDisk(api, 'alpha one').some((path) => path.includes('/a/')));
  const { text } = await api.get('/metrics');
  assert.match(text, /loki_compactor_delete_requests_processed_total\{user="a"\} 1/);
  assert.match(text, /loki_compactor_deleted_lines\{user="a"\} 1/);
  assert.match(text, /loki_compactor_pending_delete_requests_count 0/);
});

for (const [mode, removed] of [
  ['filter-only', false],
  ['disabled', false],
  ['filter-and-delete', true],
] as const) {
  test(`deletion_mode ${mode} ${removed ? 'removes' : 'removes nothing'}`, async () => {
    await using api = await openTestApi({ config: shortConfig, clockNs: nowNs + 7_200_000_000_000n });
    await api.pushLines({ app: 'x' }, ['secret beta']);
    await askDelete(api, '{app="x"}');
    const processing = new DeleteProcessing({
      store: api.store,
      deletes: api.deletes,
      limitsFor: () => ({ ...api.config.limits, deletionMode: mode }),
      clock: api.clock,
      cancelPeriodMs: 0,
      intervalMs: 1000,
      log: () => {},
    });
    await processing.run();
    assert.equal(onDisk(api, 'secret beta').length === 0, removed);
  });
}

test('a request that was cancelled in time removes nothing', async () => {
  await using api = await openTestApi({ config: shortConfig, clockNs: nowNs + 7_200_000_000_000n });
  await api.pushLines({ app: 'x' }, ['secret beta']);
  const id = (await askDelete(api, '{app="x"}')).headers['x-delete-request-id'];
  await api.clock.advance(dayMs - 60_000);
  const cancelled = await api.send({
    method: 'DELETE',
    url: `/loki/api/v1/delete?request_id=${id}`,
    headers: { 'x-scope-orgid': 'a' },
  });
  assert.equal(cancelled.status, 204);
  await api.clock.advance(dayMs);
  assert.notEqual(onDisk(api, 'secret beta').length, 0);
});

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (await done()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('it never came to pass');
}

async function check(api: TestApi, query: string, expected: readonly Line[], after: string): Promise<void> {
  const range = `start=${nowNs}&end=${nowNs + 3_600_000_000_000n}`;
  for (const direction of ['forward', 'backward']) {
    const url = `/loki/api/v1/query_range?query=${encodeURIComponent(query)}&limit=5000&direction=${direction}&${range}`;
    const { data } = (await api.get(url)).json() as { data: { result: { values: [string, string][] }[] } };
    const found = data.result.flatMap(({ values }) => values);
    found.sort((a, b) => Number(BigInt(a[0]) - BigInt(b[0])));
    const texts = found.map(([, text]) => text);
    assert.deepEqual(
      texts,
      expected.map(({ text }) => text),
      `${query} ${direction} after ${after}`,
    );
  }
  const count = encodeURIComponent(`sum(count_over_time(${query}[1h]))`);
  const { data } = (await api.get(`/loki/api/v1/query?query=${count}&time=${nowNs + 3_599_000_000_000n}`)).json() as {
    data: { result: { value: [number, string] }[] };
  };
  assert.equal(Number(data.result[0]?.value[1] ?? 0), expected.length, query);
}

async function pushAll(api: TestApi): Promise<void> {
  for (const app of ['x', 'y']) {
    const values = lines
      .filter((line) => line.app === app)
      .map(({ timestamp, text }) => [String(nowNs + BigInt(timestamp) * 1_000_000_000n), text]);
    const { status, text } = await api.send({
      method: 'POST',
      url: '/loki/api/v1/push',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': 'a' },
      payload: JSON.stringify({ streams: [{ stream: { app }, values }] }),
    });
    assert.equal(status, 204, text);
  }
}
