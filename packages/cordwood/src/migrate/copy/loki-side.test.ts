import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { createLokiSide } from './loki-side.ts';

/** A server that gives these answers in turn, and a side with a clock that only moves when someone waits. */
async function asked(answers: readonly (readonly [status: number, body: string, retryAfter?: string])[]) {
  let at = 0;
  const server = createServer((_, response) => {
    const [status, body, retryAfter] = answers[Math.min(at++, answers.length - 1)]!;
    if (status === 0) return response.destroy();
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pauses: string[] = [];
  const clock = new SimulatedClock(0n);
  const side = createLokiSide({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    clock,
    signal: new AbortController().signal,
    retryForMs: 60_000,
    onRetry(reason, delayMs) {
      pauses.push(`${reason.split(':')[0]} ${delayMs}`);
      setImmediate(() => clock.advance(delayMs));
    },
  });
  return { side, pauses, [Symbol.dispose]: () => server.close() };
}

test('what may pass is asked again, after the pause that the server asks for', async () => {
  using asking = await asked([
    [429, 'slow down', '7'],
    [503, 'starting'],
    [0, ''],
    [200, '{"data":1}'],
  ]);
  assert.deepEqual(await asking.side.get('t', '/x', {}), { data: 1 });
  assert.deepEqual(asking.pauses.slice(0, 2), ['429 slow down 7000', '503 starting 400']);
  assert.match(asking.pauses[2]!, /^no answer from http.* 800$/);
});

test('a refusal for good is not asked again', async () => {
  using asking = await asked([[400, 'parse error']]);
  await assert.rejects(asking.side.get('t', '/x', {}), { status: 400, message: 'parse error' });
  assert.deepEqual(await asking.side.push('t', Buffer.from('')), { status: 400, message: 'parse error', attempts: 1 });
  assert.deepEqual(asking.pauses, []);
});

test('a push that was sent more than once says so', async () => {
  using asking = await asked([
    [0, ''],
    [500, 'no'],
    [204, ''],
  ]);
  assert.deepEqual(await asking.side.push('t', Buffer.from('')), { status: 204, message: '', attempts: 3 });
});

test('patience ends', async () => {
  using asking = await asked([[500, 'broken for good']]);
  await assert.rejects(asking.side.get('t', '/x', {}), { status: 500 });
  assert.ok(asking.pauses.length > 10);
});
