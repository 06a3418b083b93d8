import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { setup } from '../setup.ts';
import { createFileSink } from './file.ts';
import { encodeLokiPush } from './loki-push.ts';
import { createTeeSink } from './tee.ts';
import { createLokiSink, createOtlpSink } from './worker.ts';

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sinks-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A push endpoint. */
async function endpoint(context: TestContext, status: () => number = () => 204) {
  const requests: { headers: IncomingHttpHeaders; url: string; body: string }[] = [];
  const server = createServer((asked, answer) => {
    const chunks: Buffer[] = [];
    asked.on('data', (chunk) => chunks.push(chunk));
    asked.on('end', () => {
      const code = status();
      if (code < 300)
        requests.push({
          headers: asked.headers,
          url: asked.url ?? '',
          body: gunzipSync(Buffer.concat(chunks)).toString(),
        });
      answer.writeHead(code).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const lines = () =>
    requests.flatMap(({ body }) =>
      (JSON.parse(body) as { streams: { values: string[][] }[] }).streams.flatMap((stream) =>
        stream.values.map((value) => value[1] as string),
      ),
    );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, lines };
}

const settings = { service: 's', version: '1', environment: 'test', format: 'json', flushOnExit: false } as const;

test('lines reach Loki: tenant, streams, ids as metadata, the line itself', async (context) => {
  const { url, requests, lines } = await endpoint(context);
  const sink = createLokiSink({
    url: `${url}/loki/api/v1/push`,
    tenant: 'greenlang-dev',
    labels: { job: 'j' },
    headers: { 'x-extra': '1' },
    batchWaitMs: 5,
  });
  const logging = setup({ ...settings, sink });
  const log = logging.getLogger('a');
  log.info('one', { request_id: 'r-1', n: 1 });
  log.error('two');
  await logging.flush();
  assert.deepEqual(
    lines()
      .map((line) => JSON.parse(line).event)
      .sort(),
    ['one', 'two'],
  );
  const [first] = requests;
  assert.deepEqual(
    [first?.headers['x-scope-orgid'], first?.headers['x-extra'], first?.url],
    ['greenlang-dev', '1', '/loki/api/v1/push'],
  );
  const { streams } = JSON.parse(first?.body as string) as {
    streams: { stream: Record<string, string>; values: [string, string, object][] }[];
  };
  assert.deepEqual(streams[0]?.stream, { job: 'j', service: 's', environment: 'test', level: 'info' });
  assert.deepEqual(streams[0]?.values[0]?.[2], { request_id: 'r-1' });
  assert.match(streams[0]?.values[0]?.[0] as string, /^\d{19}$/);
  assert.deepEqual(logging.statistics(), { written: 2, dropped: 0, schemaViolations: 0 });
  await logging.close();
  log.info('late');
  assert.equal(logging.statistics().dropped, 1);
});

test('lines as OTLP', async (context) => {
  const { url, requests } = await endpoint(context);
  const logging = setup({ ...settings, sink: createOtlpSink({ url: `${url}/v1/logs`, batchWaitMs: 5 }) });
  logging.getLogger('a').info('one', { n: 1 });
  await logging.close();
  const { resourceLogs } = JSON.parse(requests[0]?.body as string);
  assert.equal(resourceLogs[0].scopeLogs[0].logRecords[0].body.stringValue, 'one');
});

test('a queue that is full drops and counts, after a bounded wait', async (context) => {
  const { url } = await endpoint(context, () => 503);
  const reports: string[] = [];
  const sink = createLokiSink({
    url,
    queueLengthMax: 2_000,
    blockTimeoutMs: 30,
    exitTimeoutMs: 50,
    batchWaitMs: 1,
    report: (message) => reports.push(message),
  });
  const start = performance.now();
  for (let i = 0; i < 25; i++) sink.write('x'.repeat(100), 'info');
  const waitedMs = performance.now() - start;
  assert.ok(waitedMs >= 25 && waitedMs < 2_000, String(waitedMs));
  await sink.flush();
  const { written, dropped } = sink.statistics();
  assert.deepEqual([written, dropped], [0, 25]);
  await sink.close();
  const quick = createLokiSink({ url, queueLengthMax: 10, onFull: 'drop', exitTimeoutMs: 50, report: () => undefined });
  quick.write('x'.repeat(100), 'info');
  assert.equal(quick.statistics().dropped, 1);
  await quick.close();
});

const programText = (body: string) => `
  import { setup } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
  import { createLokiSink } from ${JSON.stringify(new URL('../node.ts', import.meta.url).href)};
  const sink = createLokiSink({ url: process.env.URL, spillDirectory: process.env.SPILL, exitTimeoutMs: Number(process.env.EXIT_MS) });
  const log = setup({ service: 's', environment: 'production', format: 'json', sink }).getLogger();
  const many = (count) => { for (let i = 0; i < count; i++) log.info('line', { i }); };
  ${body}`;

function run(body: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', programText(body)],
      { env: { ...process.env, ...env } },
      () => resolve(),
    );
  });
}

test('nothing is lost at the end of a process, however it ends, with the server there or not', async (context) => {
  const { url, lines } = await endpoint(context);
  const count = async (body: string, expected: number) => {
    const before = lines().length;
    await run(body, { URL: url, SPILL: folder(context), EXIT_MS: '5000' });
    assert.equal(lines().length - before, expected, body);
  };
  await count('many(3000);', 3_000);
  await count('many(100); process.exit(1);', 100);
  await count("many(100); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 9e3);", 100);
  await count('many(10); throw new Error("boom");', 11);

  const spill = folder(context);
  await run('many(500);', { URL: 'http://127.0.0.1:9/', SPILL: spill, EXIT_MS: '200' });
  assert.ok(readdirSync(spill).length > 0);
  const before = lines().length;
  await run('many(1);', { URL: url, SPILL: spill, EXIT_MS: '5000' });
  assert.equal(lines().length - before, 501);
  assert.deepEqual(readdirSync(spill), []);
});

test('a file, reopened after rotation, beside another sink', async (context) => {
  const directory = folder(context);
  const path = join(directory, 'deep', 'er', 'app.log');
  const file = createFileSink({ path });
  const other = createFileSink({ path: join(directory, 'other.log') });
  const logging = setup({ ...settings, sink: createTeeSink(file, other) });
  const log = logging.getLogger();
  log.info('one');
  await logging.flush();
  renameSync(path, `${path}.1`);
  log.info('two');
  file.reopen();
  log.info('three');
  file.flushSync();
  await logging.close();
  const events = (name: string) =>
    readFileSync(name, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
  assert.deepEqual(
    [events(`${path}.1`), events(path), events(join(directory, 'other.log'))],
    [['one', 'two'], ['three'], ['one', 'two', 'three']],
  );
  assert.equal(logging.statistics().written, 3);
});

test('a line that is not a record still has a stream and a time', () => {
  const body = JSON.parse(encodeLokiPush(['plain text', '{"timestamp":broken'], {}, 1_700_000_000_000));
  assert.deepEqual(body, {
    streams: [
      {
        stream: { service: 'unknown' },
        values: [
          ['1700000000000000000', 'plain text', {}],
          ['1700000000000000000', '{"timestamp":broken', {}],
        ],
      },
    ],
  });
  assert.deepEqual(JSON.parse(encodeLokiPush(['x'], { labels: { app: 'a' } }, 0)).streams[0].stream, { app: 'a' });
});
