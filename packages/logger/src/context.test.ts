import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  bindContext,
  currentContext,
  exportContext,
  incomingContext,
  outgoingHeaders,
  withContext,
} from './context.ts';
import { isSpanId, isTraceId } from './traceparent.ts';

const id = () => currentContext().request_id;

test('a context lasts for its callback and nests', () => {
  assert.deepEqual(currentContext(), {});
  withContext({ request_id: 'a', plan: 'x' }, () => {
    withContext({ request_id: 'b' }, () => assert.deepEqual(currentContext(), { request_id: 'b', plan: 'x' }));
    assert.equal(id(), 'a');
  });
  assert.deepEqual(currentContext(), {});
});

test('it survives promises, timers, microtasks and streams', async () => {
  const seen: (string | undefined)[] = [];
  await withContext({ request_id: 'r1' }, async () => {
    await null;
    seen.push(id());
    await new Promise<void>((resolve) => setTimeout(() => resolve(void seen.push(id())), 1));
    await new Promise<void>((resolve) => setImmediate(() => resolve(void seen.push(id()))));
    await new Promise<void>((resolve) => queueMicrotask(() => resolve(void seen.push(id()))));
    const stream = Readable.from(['x']);
    stream.on('data', () => seen.push(id()));
    await once(stream, 'end');
  });
  assert.deepEqual(seen, ['r1', 'r1', 'r1', 'r1', 'r1']);
});

test('concurrent contexts do not mix', async () => {
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      withContext({ request_id: `r${i}` }, async () => {
        for (let turn = 0; turn < 5; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
          assert.equal(id(), `r${i}`);
        }
      }),
    ),
  );
});

test('bindContext carries it over an emitter that someone else fires', () => {
  const emitter = new EventEmitter();
  let seen: unknown;
  withContext({ request_id: 'bound' }, () =>
    emitter.on(
      'go',
      bindContext((value: string) => (seen = `${id()} ${value}`)),
    ),
  );
  emitter.emit('go', 'v');
  assert.equal(seen, 'bound v');
});

test('a worker thread continues the exported context', async () => {
  const context = withContext({ request_id: 'w1', retry: 2, callback: () => 1 }, exportContext);
  assert.deepEqual(context, { request_id: 'w1', retry: 2 });
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     import(workerData.module).then(({ withContext, currentContext }) =>
       withContext(workerData.context, () => setImmediate(() => parentPort.postMessage(currentContext()))));`,
    { eval: true, workerData: { context, module: new URL('./context.ts', import.meta.url).href } },
  );
  const [message] = await once(worker, 'message');
  await worker.terminate();
  assert.deepEqual(message, context);
});

test('an incoming request keeps what is harmless', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const context = incomingContext(
    { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'abc-1', 'x-tenant': 'acme' },
    { tenantHeader: 'x-tenant' },
  );
  assert.equal(context.request_id, 'abc-1');
  assert.equal(context.trace_id, trace);
  assert.equal(context.tenant_id, 'acme');
  assert.ok(isSpanId(context.span_id) && context.span_id !== '00f067aa0ba902b7');
});

test('an incoming request gets new ids for what is not', () => {
  for (const sent of ['', 'a b', 'x'.repeat(129), '"><script>', 'bob@x.org', 'a\nb']) {
    const context = incomingContext(
      new Headers(sent.includes('\n') ? {} : { 'x-request-id': sent, traceparent: 'nonsense' }),
    );
    assert.match(context.request_id as string, /^req-[0-9a-f]{32}$/);
    assert.ok(isTraceId(context.trace_id));
    assert.equal(context.tenant_id, undefined);
  }
  assert.equal(incomingContext({ 'x-request-id': ['first', 'second'] }).request_id, 'first');
  assert.equal(incomingContext({}, { createRequestId: () => 'mine' }).request_id, 'mine');
});

test('outgoing headers continue the trace', () => {
  assert.deepEqual(outgoingHeaders(), {});
  withContext(incomingContext({}), () => {
    const headers = outgoingHeaders();
    const { trace_id, span_id, request_id } = currentContext();
    assert.deepEqual(headers, { traceparent: `00-${trace_id}-${span_id}-01`, 'x-request-id': request_id });
  });
  withContext({ trace_id: 'trace-xyz789' }, () => assert.deepEqual(outgoingHeaders(), {}));
});
