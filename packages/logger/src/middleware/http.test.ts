import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { LogRecord } from '../record.ts';
import { captureLogs } from '../testing.ts';
import { type HttpOptions, logRequests } from './http.ts';

/** Serves one real connection; what was logged, without what differs from run to run. */
async function serve(
  handler: RequestListener,
  ask: (url: string) => Promise<void>,
  options: Partial<HttpOptions> = {},
): Promise<LogRecord[]> {
  const logs = captureLogs();
  const listener = logRequests(
    (req, res) => {
      logs.getLogger('handler').info('handling');
      handler(req, res);
    },
    { logger: logs.getLogger('http'), ...options },
  );
  const server = createServer(listener);
  const closed: Promise<unknown>[] = [];
  server.on('request', (_request, response) => closed.push(once(response, 'close')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all(closed);
  server.closeAllConnections();
  server.close();
  return logs.records();
}

test('one access line, in the context of the request', async () => {
  let answered: string | null = null;
  const records = await serve(
    (_request, response) => response.writeHead(201).end('ok'),
    async (url) => {
      const response = await fetch(`${url}/reports/7?token=secret123456`, {
        method: 'POST',
        headers: { 'x-request-id': 'mine-1' },
      });
      answered = response.headers.get('x-request-id');
      await response.text();
    },
    { route: () => '/reports/:id' },
  );
  assert.equal(answered, 'mine-1');
  assert.deepEqual(
    records.map((record) => [record.event, record.request_id, record.level]),
    [
      ['handling', 'mine-1', 'INFO'],
      ['request_completed', 'mine-1', 'INFO'],
    ],
  );
  const [inside, access] = records as [LogRecord, LogRecord];
  assert.equal(inside.trace_id, access.trace_id);
  assert.deepEqual(access.data, { method: 'POST', route: '/reports/:id', path: '/reports/7', status: 201 });
  assert.ok((access.duration_ms as number) >= 0);
});

test('level by status; options that throw do not harm the request', async () => {
  const one = async (status: number, options: Partial<HttpOptions> = {}) => {
    const records = await serve(
      (_q, response) => response.writeHead(status).end(),
      async (url) => void (await fetch(url)),
      options,
    );
    const last = records.at(-1) as LogRecord;
    return `${last.event} ${last.level}`;
  };
  assert.equal(await one(404), 'request_completed WARN');
  assert.equal(await one(503), 'request_completed ERROR');
  assert.equal(await one(200, { skip: () => true }), 'handling INFO');
  assert.equal(
    await one(200, {
      fields: () => {
        throw new Error('no');
      },
    }),
    'access_log_failed ERROR',
  );
  assert.equal(await one(200, { level: () => 'debug' }), 'request_completed DEBUG');
});

test('a client that goes away is said to have', async () => {
  const records = await serve(
    (_request, response) => void response.writeHead(200).write('part'),
    (url) =>
      new Promise((resolve) => {
        const client = request(url, (response) => {
          response.on('data', () => client.destroy());
          response.on('error', () => undefined);
          response.on('close', resolve);
        });
        client.on('error', () => undefined);
        client.end();
      }),
  );
  assert.equal(records.at(-1)?.event, 'request_aborted');
  assert.equal(records.at(-1)?.level, 'WARN');
});
