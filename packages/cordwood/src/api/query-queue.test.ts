import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../model/failure.ts';
import type { Tenant } from '../model/tenant.ts';
import { createQueryQueue } from './query-queue.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

function harness(runningMax: number, waitingPerTenantMax = 10) {
  const queue = createQueryQueue({ runningMax, waitingPerTenantMax, nowMs: () => 0 });
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const ask = (tenant: string, name: string, signal = new AbortController().signal) =>
    queue.run([tenant as Tenant], signal, async () => {
      started.push(name);
      await new Promise<void>((resolve) => finish.set(name, resolve));
      return name;
    });
  return { queue, started, finish, ask };
}

test('as many run as may, the others take turns by tenant', async () => {
  const { queue, started, finish, ask } = harness(2);
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((name) => ask(name[0]!, name));
  await settle();
  assert.deepEqual([started, queue.running, queue.waiting], [['a1', 'a2'], 2, 4]);
  for (const name of ['a1', 'a2', 'a3', 'b1', 'a4', 'b2']) {
    finish.get(name)!();
    await settle();
  }
  assert.deepEqual(started, ['a1', 'a2', 'a3', 'b1', 'a4', 'b2']);
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']);
  assert.deepEqual([queue.running, queue.waiting], [0, 0]);
});

test('a tenant with too many waiting queries is refused, another one is not', async () => {
  const { ask, finish } = harness(1, 1);
  const [first, second] = [ask('a', 'a1'), ask('a', 'a2')];
  await assert.rejects(ask('a', 'a3'), (error) => error instanceof RequestError && error.status === 429);
  const other = ask('b', 'b1');
  for (const name of ['a1', 'a2', 'b1']) {
    await settle();
    finish.get(name)!();
  }
  assert.deepEqual(await Promise.all([first, second, other]), ['a1', 'a2', 'b1']);
});

test('who goes away while waiting never runs', async () => {
  const { queue, ask, started, finish } = harness(1);
  const controller = new AbortController();
  const first = ask('a', 'a1');
  const gone = ask('a', 'a2', controller.signal);
  const last = ask('a', 'a3');
  controller.abort(new Error('gone'));
  await assert.rejects(gone, /gone/);
  assert.equal(queue.waiting, 1);
  await settle();
  finish.get('a1')!();
  await settle();
  finish.get('a3')!();
  await Promise.all([first, last]);
  assert.deepEqual(started, ['a1', 'a3']);
});

test('work that fails gives its place free', async () => {
  const queue = createQueryQueue({ runningMax: 1, waitingPerTenantMax: 1, nowMs: () => 0 });
  const { signal } = new AbortController();
  await assert.rejects(
    queue.run(['a' as Tenant], signal, () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await queue.run(['a' as Tenant], signal, async () => 1), 1);
});
