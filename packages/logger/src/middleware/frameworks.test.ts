import 'reflect-metadata';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { serve } from '@hono/node-server';
import { Controller, Get, HttpException, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express from 'express';
import Fastify, { LogController } from 'fastify';
import { Hono } from 'hono';
import { streamText } from 'hono/streaming';
import { withContext } from '../context.ts';
import type { Logger } from '../logger.ts';
import type { LogRecord } from '../record.ts';
import { type CapturedLogs, captureLogs } from '../testing.ts';
import { errorLogging, requestLogging as expressLogging } from './express.ts';
import { fastifyLogger, requestLogging as fastifyLogging } from './fastify.ts';
import { requestLogging as honoLogging } from './hono.ts';
import { NestLogger } from './nestjs.ts';

/**
 * The same application in each framework, asked over real connections, must log the same. Routes: GET /items/:id, POST /echo
 * (reads its body), GET /stream, GET /slow (the client leaves), GET /fail (throws).
 */
interface Application {
  readonly url: string;
  readonly close: () => Promise<unknown>;
}
type Start = (logs: CapturedLogs, handled: Logger) => Promise<Application>;

const options = (logs: CapturedLogs) => ({ logger: logs.getLogger('access'), tenantHeader: 'x-tenant' });
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function listen(server: Server): Promise<Application> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: urlOf(server),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const slowBody = () => new Readable({ read() {} });

const frameworks: Readonly<Record<string, Start>> = {
  async fastify(logs, handled) {
    const app = Fastify({
      loggerInstance: fastifyLogger(logs.getLogger('fastify')),
      logController: new LogController({ disableRequestLogging: true }),
    });
    await app.register(fastifyLogging, options(logs));
    app.get('/items/:id', async () => {
      handled.info('handled');
      return { ok: true };
    });
    app.post('/echo', async (asked) => {
      handled.info('handled');
      return asked.body;
    });
    app.get('/stream', (_asked, reply) => reply.send(Readable.from(['a', 'b'])));
    app.get('/slow', (_asked, reply) => {
      const body = slowBody();
      reply.send(body);
      body.push('part');
    });
    app.get('/fail', async () => {
      throw Object.assign(new Error('boom bob@x.org'), { statusCode: 503 });
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, close: () => app.close() };
  },
  express(logs, handled) {
    const app = express();
    app.use(expressLogging(options(logs)));
    app.use(express.json());
    const router = express.Router();
    router.get('/:id', (_asked, response) => {
      handled.info('handled');
      response.json({ ok: true });
    });
    app.use('/items', router);
    app.post('/echo', (asked, response) => {
      handled.info('handled');
      response.json(asked.body);
    });
    app.get('/stream', (_asked, response) => void Readable.from(['a', 'b']).pipe(response));
    app.get('/slow', (_asked, response) => void response.write('part'));
    app.get('/fail', () => {
      throw new Error('boom bob@x.org');
    });
    app.use(errorLogging());
    app.use(((_failure, _asked, response, _next) => response.status(503).end()) as express.ErrorRequestHandler);
    return listen(createServer(app));
  },
  async hono(logs, handled) {
    const app = new Hono();
    app.use(honoLogging(options(logs)));
    app.get('/items/:id', (context) => {
      handled.info('handled');
      return context.json({ ok: true });
    });
    app.post('/echo', async (context) => {
      const body = await context.req.json();
      handled.info('handled');
      return context.json(body);
    });
    app.get('/stream', (context) => streamText(context, async (stream) => void (await stream.write('ab'))));
    app.get('/slow', () => new Response(Readable.toWeb(slowStart()) as ReadableStream));
    app.get('/fail', () => {
      throw new Error('boom bob@x.org');
    });
    app.onError((_failure, context) => context.text('', 503));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    await once(server, 'listening');
    return {
      url: urlOf(server),
      close: () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

function slowStart(): Readable {
  const body = slowBody();
  body.push('part');
  return body;
}

async function start(context: TestContext, framework: Start) {
  const logs = captureLogs();
  const app = await framework(logs, logs.getLogger('handler'));
  context.after(() => app.close());
  /** The access line of a request: written a moment after the client has its answer. */
  async function access(count = 1): Promise<LogRecord> {
    const lines = () => logs.records().filter((record) => record.logger === 'access');
    for (let turn = 0; lines().length < count && turn < 500; turn++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(lines().length, count, 'access lines');
    return lines().at(-1) as LogRecord;
  }
  return { logs, app, access };
}

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

for (const [name, framework] of Object.entries(frameworks)) {
  test(`${name}: route template, status, duration, ids, and the handler in the same context`, async (context) => {
    const { logs, app, access } = await start(context, framework);
    const answer = await fetch(`${app.url}/items/7?token=secret12345678`, {
      headers: { traceparent, 'x-request-id': 'r-1', 'x-tenant': 'acme' },
    });
    await answer.text();
    assert.equal(answer.headers.get('x-request-id'), 'r-1');
    const line = await access();
    assert.deepEqual(line.data, { method: 'GET', route: '/items/:id', path: '/items/7', status: 200 });
    assert.deepEqual(
      [line.event, line.level, line.request_id, line.tenant_id, line.trace_id],
      ['request_completed', 'INFO', 'r-1', 'acme', '4bf92f3577b34da6a3ce929d0e0e4736'],
    );
    assert.ok((line.duration_ms as number) >= 0);
    const [handled] = logs.eventsNamed('handled');
    assert.deepEqual([handled?.request_id, handled?.span_id], [line.request_id, line.span_id]);
  });

  test(`${name}: the context survives reading a body`, async (context) => {
    const { logs, app, access } = await start(context, framework);
    await fetch(`${app.url}/echo`, {
      method: 'POST',
      body: JSON.stringify({ a: 'x'.repeat(70_000) }),
      headers: { 'content-type': 'application/json', 'x-request-id': 'r-2' },
    });
    await access();
    assert.equal(logs.eventsNamed('handled')[0]?.request_id, 'r-2');
  });

  test(`${name}: a made request id where the caller sent a harmful one`, async (context) => {
    const { app, access } = await start(context, framework);
    await fetch(`${app.url}/items/1`, { headers: { 'x-request-id': 'bob@x.org', traceparent: 'nonsense' } });
    const line = await access();
    assert.match(line.request_id as string, /^req-[0-9a-f]{32}$/);
    assert.match(line.trace_id as string, /^[0-9a-f]{32}$/);
  });

  test(`${name}: streams, unknown routes, requests at the same time`, async (context) => {
    const { logs, app, access } = await start(context, framework);
    assert.equal(await (await fetch(`${app.url}/stream`)).text(), 'ab');
    assert.equal((await access()).event, 'request_completed');
    await (await fetch(`${app.url}/nowhere/7`)).text();
    const missing = await access(2);
    assert.deepEqual([missing.level, missing.data['status'], missing.data['route']], ['WARN', 404, undefined]);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => fetch(`${app.url}/items/${i}`, { headers: { 'x-request-id': `p-${i}` } })),
    );
    await access(22);
    for (const handled of logs.eventsNamed('handled'))
      assert.equal(logs.records().filter((record) => record.request_id === handled.request_id).length, 2);
  });

  test(`${name}: an error is logged once, in the access line, redacted`, async (context) => {
    const { logs, app, access } = await start(context, framework);
    await fetch(`${app.url}/fail`);
    const line = await access();
    assert.deepEqual([line.level, line.data['status'], line.error?.message], ['ERROR', 503, 'boom [REDACTED_EMAIL]']);
    assert.equal(logs.lines.filter((text) => text.includes('boom')).length, 1);
    assert.ok(!logs.lines.join().includes('bob@x.org'));
  });

  test(`${name}: a client that goes away`, async (context) => {
    const { app, access } = await start(context, framework);
    const client = request(`${app.url}/slow`, (response) => {
      response.on('error', () => undefined);
      response.once('data', () => client.destroy());
    });
    client.on('error', () => undefined);
    client.end();
    const line = await access();
    assert.deepEqual([line.event, line.level], ['request_aborted', 'WARN']);
  });
}

test("hono outside Node's server: the line comes when the handler is done", async () => {
  const logs = captureLogs();
  const app = new Hono();
  app.use(honoLogging(options(logs)));
  app.get('/a/:b', (context) => context.text('x'));
  const answer = await app.request('/a/1');
  assert.match(answer.headers.get('x-request-id') as string, /^req-/);
  assert.deepEqual(logs.records()[0]?.data, { method: 'GET', route: '/a/:b', path: '/a/1', status: 200 });
});

test("fastify's own lines, in the manner of pino", () => {
  const logs = captureLogs();
  const log = fastifyLogger(logs.getLogger('f'));
  log.info('text');
  log.warn({ a: 1 }, 'with fields');
  log.error(new Error('boom'));
  log.error(new Error('boom'), 'said so');
  log.info({ req: { method: 'GET', url: '/x?token=1', headers: { a: 1 } }, reqId: 'req-1' }, 'incoming request');
  log.child({ plugin: 'p', res: { statusCode: 200 } }).info({ b: 2 });
  log.silent('nothing');
  assert.deepEqual(
    logs.records().map((record) => [record.level, record.event, record.data, record.error?.message]),
    [
      ['INFO', 'text', {}, undefined],
      ['WARN', 'with fields', { a: 1 }, undefined],
      ['ERROR', 'boom', {}, 'boom'],
      ['ERROR', 'said so', {}, 'boom'],
      ['INFO', 'incoming request', { fastify_request: 'req-1', method: 'GET', path: '/x' }, undefined],
      ['INFO', 'fastify', { plugin: 'p', status: 200, b: 2 }, undefined],
    ],
  );
});

test('nestjs: its own messages, those of a class, errors with their stack; requests through its express', async (context) => {
  const logs = captureLogs();
  const nest = new NestLogger(logs);

  class Items {
    get() {
      nest.log('handled', 'Items');
      return { ok: true };
    }
    fail() {
      throw new HttpException('no', 503);
    }
  }
  Controller('items')(Items);
  decorate(Items, 'get', Get(':id'));
  decorate(Items, 'fail', Get('fail/now'));
  class Application {}
  Module({ controllers: [Items] })(Application);

  const app = await NestFactory.create(Application, { logger: nest });
  app.use(expressLogging(options(logs)));
  await app.listen(0, '127.0.0.1');
  context.after(() => app.close());
  const url = urlOf(app.getHttpServer() as Server);
  await (await fetch(`${url}/items/7`, { headers: { 'x-request-id': 'n-1' } })).text();
  await (await fetch(`${url}/items/fail/now`)).text();
  for (let turn = 0; logs.records().filter((record) => record.logger === 'access').length < 2 && turn < 500; turn++)
    await new Promise((resolve) => setTimeout(resolve, 5));

  assert.ok(logs.records().some((record) => record.logger === 'nest.NestApplication' && /started/.test(record.event)));
  assert.deepEqual(
    logs.eventsNamed('handled').map((record) => [record.logger, record.request_id]),
    [['nest.Items', 'n-1']],
  );
  const access = logs.records().filter((record) => record.logger === 'access');
  assert.deepEqual(
    access.map((record) => [record.data['route'], record.data['status']]),
    [
      ['/items/:id', 200],
      ['/items/fail/now', 503],
    ],
  );

  logs.clear();
  nest.error('failed', 'TypeError: x\n    at f (a.js:1:1)', 'Ctx');
  nest.warn(new Error('an error'));
  nest.verbose({ a: 1 }, 'Ctx');
  nest.debug('several', { b: 1 }, { c: 2 }, 'Ctx');
  nest.fatal('end', 'Ctx');
  assert.deepEqual(
    logs
      .records()
      .map((record) => [record.level, record.logger, record.event, record.data, record.error?.stack?.split('\n')[0]]),
    [
      ['ERROR', 'nest.Ctx', 'failed', {}, 'TypeError: x'],
      ['WARN', 'nest', 'an error', {}, 'Error: an error'],
      ['TRACE', 'nest.Ctx', 'nest', { a: 1 }, undefined],
      ['DEBUG', 'nest.Ctx', 'several', { details: [{ b: 1 }, { c: 2 }] }, undefined],
      ['FATAL', 'nest.Ctx', 'end', {}, undefined],
    ],
  );
  nest.setLogLevels(['error', 'fatal']);
  assert.ok(!logs.getLogger('nest.Ctx').isEnabled('warn') && logs.getLogger('nest.Ctx').isEnabled('error'));
  nest.setLogLevels([]);
  assert.ok(!logs.getLogger('nest').isEnabled('fatal'));
});

function decorate(target: { prototype: object }, method: string, decorator: MethodDecorator): void {
  decorator(target.prototype, method, Object.getOwnPropertyDescriptor(target.prototype, method) as PropertyDescriptor);
}

test('a context that a test sets is not the request', () => {
  const logs = captureLogs();
  withContext({ request_id: 'outer' }, () => logs.getLogger('x').info('e'));
  assert.equal(logs.records()[0]?.request_id, 'outer');
});
