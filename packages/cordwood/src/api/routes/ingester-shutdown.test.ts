import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowNs, openTestApi } from '../test/test-api.ts';

const open = (calls: string[]) => openTestApi({ api: { terminate: () => void calls.push('terminate') } });

test('shutdown seals, refuses pushes from then on, and ends the process', async () => {
  const calls: string[] = [];
  await using api = await open(calls);
  await api.pushLines({ app: 'x' }, ['one']);
  assert.equal((await api.send({ method: 'POST', url: '/ingester/shutdown' })).status, 204);
  assert.deepEqual(calls, ['terminate']);
  const range = { startNs: nowNs - 1n, endNs: nowNs + 1n };
  assert.equal((await api.store.statistics('a' as never, range, () => true)).chunks, 1);
  const refused = await api.pushLines({ app: 'x' }, ['two']);
  assert.equal(refused.status, 503);
  assert.match(refused.text, /Ingester is shutting down/);
  // What is there can still be read.
  const end = nowNs + 3_600_000_000_000n;
  assert.match((await api.get(`/loki/api/v1/query_range?query={app="x"}&start=${nowNs}&end=${end}`)).text, /"one"/);
  const again = await api.get('/ingester/shutdown');
  assert.deepEqual([again.status, again.text], [503, 'Ingester is stopping or already stopped.\n']);
});

test('terminate=false keeps the process, flush=false leaves what is in memory there', async () => {
  const calls: string[] = [];
  await using api = await open(calls);
  await api.pushLines({ app: 'x' }, ['one']);
  assert.equal((await api.get('/ingester/shutdown?terminate=f&flush=0&delete_ring_tokens=true')).status, 204);
  assert.deepEqual(calls, []);
});

test('a page of another site cannot stop the server', async () => {
  const calls: string[] = [];
  await using api = await open(calls);
  assert.equal((await api.get('/ingester/shutdown', { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await api.pushLines({ app: 'x' }, ['one'])).status, 204);
  assert.deepEqual(calls, []);
});

test('prepare_shutdown is remembered', async () => {
  await using api = await open([]);
  const ask = async () => (await api.get('/ingester/prepare_shutdown')).text;
  assert.equal(await ask(), 'unset');
  assert.equal((await api.send({ method: 'POST', url: '/ingester/prepare_shutdown' })).status, 204);
  assert.equal(await ask(), 'set');
  assert.equal((await api.send({ method: 'DELETE', url: '/ingester/prepare_shutdown' })).status, 204);
  assert.equal(await ask(), 'unset');
});

test('a ring has one member', async () => {
  await using api = await open([]);
  const { shards } = (await api.get('/ring', { accept: 'application/json' })).json() as { shards: { state: string }[] };
  assert.deepEqual(
    shards.map(({ state }) => state),
    ['ACTIVE'],
  );
  const page = await api.get('/compactor/ring', {});
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(page.text, /<td>ACTIVE<\/td>/);
});
