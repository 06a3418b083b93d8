import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeOtlpLogs, type OtlpLogs } from '../../codec/otlp-logs.ts';
import { labelsObject } from '../../model/labels.ts';
import { seededRandom } from '../../world/random.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import type { ComponentContext } from '../component.ts';
import type { LogEntry } from '../log-entry.ts';
import { MetricRegistry } from '../metrics.ts';
import type { OtlpLogsConsumer } from '../otelcol/logs-consumer.ts';
import { createOtlpGrpcServer } from '../otelcol/otlp-grpc-server.ts';
import { createOtlpHttpServer } from '../otelcol/otlp-http-server.ts';
import { noReceipt } from '../receipt.ts';
import type { LogsReceiver } from '../receiver.ts';
import { otelcolExporterLoki } from './otelcol-exporter-loki.ts';

function contextOf(id: string): ComponentContext {
  return {
    id,
    dataDirectory: '/data',
    disk: new SimulatedDisk({ seed: 1 }),
    clock: new SimulatedClock(5_000_000_000n),
    random: seededRandom(1),
    log: () => {},
    metrics: new MetricRegistry(),
    environment: { variable: () => undefined, hostname: 'h', os: 'linux', arch: 'amd64', version: 'v0' },
    setExports: () => {},
    modulePath: '/',
    world: undefined as never,
    outer: undefined as never,
  };
}

const text = (value: string) => ({ kind: 'string', value }) as const;

function logsOf(
  resource: Record<string, string>,
  attributes: Record<string, string>,
  record: Partial<OtlpLogs['resourceLogs'][0]['scopeLogs'][0]['records'][0]>,
): OtlpLogs {
  const list = (pairs: Record<string, string>) =>
    Object.entries(pairs).map(([key, value]) => ({ key, value: text(value) }));
  return {
    resourceLogs: [
      {
        attributes: list(resource),
        droppedAttributesCount: 0,
        scopeLogs: [
          {
            name: '',
            version: '',
            attributes: [],
            droppedAttributesCount: 0,
            records: [
              {
                timeNs: 7n,
                observedTimeNs: 0n,
                severityNumber: 0,
                severityText: '',
                body: text('hello'),
                attributes: list(attributes),
                droppedAttributesCount: 0,
                flags: 0,
                traceId: '',
                spanId: '',
                eventName: '',
                ...record,
              },
            ],
          },
        ],
      },
    ],
  };
}

/** What the exporter makes of one record. */
async function exported(resource: Record<string, string>, attributes: Record<string, string>, record = {}) {
  const got: LogEntry[] = [];
  const receiver: LogsReceiver = { componentId: 'capture', consume: async (entries) => void got.push(...entries) };
  const exporter = otelcolExporterLoki.create(contextOf('otelcol.exporter.loki.x'));
  exporter.update({ forward_to: [receiver] } as never);
  await (exporter as unknown as OtlpLogsConsumer).consumeLogs(logsOf(resource, attributes, record), noReceipt);
  return { labels: labelsObject(got[0]!.labels.labels), line: got[0]!.text, timestampNs: got[0]!.timestampNs };
}

test('job, instance and level become labels, the rest is JSON', async () => {
  const { labels, line, timestampNs } = await exported(
    { 'service.name': 'shop', 'service.namespace': 'web', 'service.instance.id': 'i1', region: 'eu' },
    { status: '500' },
    { severityNumber: 17, traceId: 'ab', spanId: 'cd' },
  );
  assert.deepEqual(labels, { exporter: 'OTLP', job: 'web/shop', instance: 'i1', level: 'ERROR' });
  assert.equal(
    line,
    '{"body":"hello","traceid":"ab","spanid":"cd","attributes":{"status":"500"},"resources":{"region":"eu"}}',
  );
  assert.equal(timestampNs, 7n);
});

test('hints promote attributes, choose the form and the tenant', async () => {
  const promoted = await exported(
    { region: 'eu', 'loki.resource.labels': 'region' },
    { 'http.route': '/x', 'loki.attribute.labels': 'http.route, none' },
  );
  assert.deepEqual(promoted.labels, { exporter: 'OTLP', region: 'eu', http_route: '/x' });
  assert.equal(promoted.line, '{"body":"hello"}');
  assert.equal((await exported({}, { 'loki.format': 'raw' })).line, 'hello');
  assert.equal(
    (await exported({ a: 'b c' }, { 'loki.format': 'logfmt', n: '1' })).line,
    'msg=hello attribute_n=1 resource_a="b c"',
  );
  assert.equal((await exported({ org: 't1' }, { 'loki.tenant': 'org' })).labels['__tenant_id__'], 't1');
});

test('without a time the record has the time at which it came', async () => {
  assert.equal((await exported({}, {}, { timeNs: 0n, observedTimeNs: 9n })).timestampNs, 9n);
  assert.equal((await exported({}, {}, { timeNs: 0n })).timestampNs, 5_000_000_000n);
});

test('HTTP: protobuf, JSON, gzip; refusals say why', async () => {
  const bodies: string[] = [];
  const server = await createOtlpHttpServer({
    host: '127.0.0.1',
    port: 0,
    logsPath: '/v1/logs',
    bodyBytesMax: 10_000,
    accept: async (body, encoding) => {
      if (body.toString() === 'later') throw new Error('not delivered');
      if (body.toString() === 'bad') return { error: 'no OTLP' };
      bodies.push(`${encoding} ${body.length}`);
      return {};
    },
  });
  await server.listen();
  const { port } = server.server.address() as { port: number };
  const send = (path: string, headers: Record<string, string>, body: Buffer | string, method = 'POST') =>
    new Promise<string>((resolve, reject) => {
      const sending = request({ port, path, method, headers }, (response) => {
        let answer = '';
        response.on('data', (chunk) => (answer += chunk));
        response.on('end', () => resolve(`${response.statusCode} ${answer}`));
      });
      sending.on('error', reject);
      sending.end(body);
    });
  const protobuf = encodeOtlpLogs(logsOf({}, {}, {}));
  const type = (name: string) => ({ 'content-type': name });
  assert.equal(await send('/v1/logs', type('application/x-protobuf'), protobuf), '200 ');
  assert.equal(await send('/v1/logs', type('application/json; charset=utf-8'), '{}'), '200 {}');
  assert.equal(
    await send('/v1/logs', { ...type('application/x-protobuf'), 'content-encoding': 'gzip' }, gzipSync(protobuf)),
    '200 ',
  );
  assert.deepEqual(bodies, [`protobuf ${protobuf.length}`, 'json 2', `protobuf ${protobuf.length}`]);
  assert.match(await send('/v1/logs', type('text/plain'), 'x'), /^415 /);
  assert.match(await send('/v1/traces', type('application/json'), '{}'), /^404 .*logs go to \/v1\/logs/);
  assert.match(await send('/v1/logs', {}, '', 'GET'), /^405 /);
  assert.match(await send('/v1/logs', type('application/json'), 'bad'), /^400 .*no OTLP/);
  assert.match(await send('/v1/logs', type('application/json'), 'later'), /^503 .*not delivered/);
  assert.match(
    await send('/v1/logs', { ...type('application/json'), 'content-encoding': 'gzip' }, 'x'),
    /^400 .*no gzip/,
  );
  assert.match(
    await send('/v1/logs', { ...type('application/json'), 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(20_000))),
    /^413 /,
  );
  assert.match(await send('/v1/logs', type('application/json'), Buffer.alloc(20_000, 'x')), /^413 /);
  await server.close();
});

test('gRPC: a client of the same library gets its answer', async () => {
  const grpc = await import('@grpc/grpc-js');
  const bodies: Buffer[] = [];
  const server = await createOtlpGrpcServer({
    host: '127.0.0.1',
    port: 0,
    messageBytesMax: 1_000_000,
    accept: async (body) => {
      bodies.push(body);
      return body.length === 0 ? { error: 'empty' } : {};
    },
  });
  const port = await server.listen();
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const send = (body: Buffer) =>
    new Promise<string>((resolve) => {
      const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
      client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        body,
        (error) => resolve(error === null ? 'ok' : `${error.code} ${error.details}`),
      );
    });
  const protobuf = encodeOtlpLogs(logsOf({}, {}, {}));
  assert.equal(await send(protobuf), 'ok');
  assert.deepEqual(bodies[0], protobuf);
  assert.equal(await send(Buffer.alloc(0)), '3 empty');
  client.close();
  await server.close();
});
