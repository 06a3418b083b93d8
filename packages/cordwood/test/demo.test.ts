import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { plantedSecrets } from '../../../greenlang/services/planted-secrets.ts';
import { runCaptured } from '../src/cli/test/run-captured.ts';

// `npm start`, as its user runs it: the real processes, the real files of greenlang/, only ports and data folder of its own.
// SECONDS=600 npm test ... for the long form.

const seconds = Number(process.env['SECONDS'] ?? 8);
const root = join(import.meta.dirname, '../../..');
const data = mkdtempSync(join(tmpdir(), 'cordwood-demo-'));
let up: ChildProcess;
let url = '';
let otlpPort = 0;
let output = '';

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [string, string])[];
}

async function get<T>(path: string, parameters: Record<string, string>, tenant: string): Promise<T> {
  const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, {
    headers: { 'x-scope-orgid': tenant },
  });
  const text = await response.text();
  assert.equal(response.status, 200, `${path}: ${text}`);
  return JSON.parse(text) as T;
}

async function lines(query: string, tenant: string, limit = 1000): Promise<Stream[]> {
  const endNs = BigInt(Date.now() + 1000) * 1_000_000n;
  const parameters = { query, start: String(endNs - 3_600_000_000_000n), end: String(endNs), limit: String(limit) };
  return (await get<{ data: { result: Stream[] } }>('/loki/api/v1/query_range', parameters, tenant)).data.result;
}

/** Asks until the answer is good, for at most `limitMs`. Real processes have no clock that could be advanced. */
async function eventually<T>(ask: () => Promise<T>, good: (answer: T) => boolean, limitMs = 20_000): Promise<T> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (good(answer) || Date.now() > endMs) return answer;
    await delay(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

before(async () => {
  const port = await freePort();
  otlpPort = await freePort();
  url = `http://127.0.0.1:${port}`;
  up = spawn(
    process.execPath,
    [join(root, 'packages/cordwood/bin/cordwood.js'), 'up', '--demo', '--port', String(port), '--data', data],
    {
      cwd: root,
      env: {
        ...process.env,
        CORDWOOD_OTLP_HTTP: `127.0.0.1:${otlpPort}`,
        CORDWOOD_OTLP_GRPC: `127.0.0.1:${await freePort()}`,
        CORDWOOD_MACHINE_LOGS: join(data, 'none-*.log'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  up.stdout!.on('data', (chunk) => (output += chunk));
  up.stderr!.on('data', (chunk) => (output += chunk));
  await eventually(
    async () => output,
    (text) => text.includes('Cordwood is up') || up.exitCode !== null,
    30_000,
  );
  assert.match(output, /Cordwood is up/, output);
});

after(() => {
  up.kill('SIGKILL');
  for (const directory of [data, `${data}-demo`]) rmSync(directory, { recursive: true, force: true });
});

test('one screen says what runs where', () => {
  for (const part of [
    url,
    String(otlpPort),
    'greenlang-prod, greenlang-staging, greenlang-dev, compliance-audit',
    'loki.yaml',
    'overrides.yaml',
    'config.alloy',
    'rules',
  ]) {
    assert.ok(output.includes(part), `${part} in\n${output}`);
  }
  assert.ok(output.split('\n').length < 40);
});

test('every service logs to the tenant of its namespace, and to no other', async () => {
  const expected = [
    ['greenlang-prod', ['api-gateway', 'cbam-agent', 'csrd-agent', 'customer-portal', 'eudr-agent']],
    ['greenlang-staging', ['sb253-agent']],
    ['greenlang-dev', ['csrd-agent']],
    ['compliance-audit', ['audit-trail']],
  ] as const;
  for (const [tenant, services] of expected) {
    const found = await eventually(
      async () =>
        [...new Set((await lines('{container=~".+"}', tenant)).map(({ stream }) => stream['service']!))].sort(),
      (names) => names.length === services.length,
    );
    assert.deepEqual(found, services, tenant);
  }
});

test('OTLP through the agent arrives redacted, with its trace id', async () => {
  const record = {
    timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    severityText: 'ERROR',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    body: { stringValue: 'refused for someone@example.org' },
  };
  const response = await fetch(`http://127.0.0.1:${otlpPort}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceLogs: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'otlp-app' } },
              { key: 'service.namespace', value: { stringValue: 'greenlang-staging' } },
            ],
          },
          scopeLogs: [{ logRecords: [record] }],
        },
      ],
    }),
  });
  assert.equal(response.status, 200);
  // The answer means that it was delivered: no waiting.
  const [found] = await lines('{service="otlp-app"}', 'greenlang-staging');
  assert.ok(found, 'the line is there when OTLP is acknowledged');
  assert.match(found.values[0]![1], /refused for \[REDACTED_EMAIL\]/);
  assert.equal(found.stream['trace_id'], record.traceId);
});

test('an alert of rules/ is on its way', async () => {
  interface Alert {
    readonly labels: Record<string, string>;
    readonly state: string;
  }
  const alerts = await eventually(
    async () =>
      (await get<{ data: { alerts: Alert[] } }>('/prometheus/api/v1/alerts', {}, 'greenlang-prod')).data.alerts,
    (list) => list.length > 0,
    45_000,
  );
  assert.ok(
    alerts.some(({ state }) => state === 'pending' || state === 'firing'),
    JSON.stringify(alerts),
  );
});

test('planted secrets are nowhere: not in the API, not in WAL and chunks, though the services did log them', async () => {
  await delay(seconds * 1000);
  const secrets = plantedSecrets().map(({ value }) => value);
  const podLogs = globSync('pods/**/*.log*', { cwd: `${data}-demo` })
    .map((file) => readFileSync(join(`${data}-demo`, file), 'utf8'))
    .join('\n');
  const logged = secrets.filter((secret) => podLogs.includes(secret));
  assert.ok(logged.length >= 3, `the services logged ${logged.length} of ${secrets.length} secrets`);

  let redacted = 0;
  for (const tenant of ['greenlang-prod', 'greenlang-staging', 'greenlang-dev', 'compliance-audit']) {
    const answer = JSON.stringify(await lines('{job=~".+"}', tenant, 5000));
    redacted += answer.split('[REDACTED_').length - 1;
    for (const secret of secrets) assert.ok(!answer.includes(secret), `${tenant} answers with ${secret}`);
  }
  assert.ok(redacted > 0, 'redaction left its marks');
  assert.equal((await fetch(`${url}/flush`, { method: 'POST' })).status, 204);
  const files = globSync('**/*', { cwd: data }).filter((file) => statSync(join(data, file)).isFile());
  assert.ok(
    files.some((file) => file.includes('wal')),
    files.join(' '),
  );
  for (const file of files) {
    const bytes = readFileSync(join(data, file));
    for (const secret of secrets) assert.ok(!bytes.includes(secret), `${secret} in ${file}`);
  }
});

test('cordwood verify: nothing of the acceptance criteria is red', async () => {
  const options = [
    '--otlp',
    `http://127.0.0.1:${otlpPort}`,
    '--pods',
    join(`${data}-demo`, 'pods'),
    '--format',
    'json',
  ];
  const platform = ['--platform', join(root, 'greenlang/platform.ts')];
  const { code, out, note } = await runCaptured(['verify', '--addr', url, ...platform, ...options]);
  assert.equal(code, 0, out + note);
  const { criteria } = JSON.parse(out) as { criteria: { number: number; state: string }[] };
  const green = criteria.filter(({ state }) => state === 'passed').map(({ number }) => number);
  assert.deepEqual(
    [2, 3, 4, 5, 6, 9, 10].filter((number) => !green.includes(number)),
    [],
    out,
  );
});

test('Ctrl-C flushes and stops within five seconds', async () => {
  const startedMs = Date.now();
  up.kill('SIGINT');
  const [code] = await once(up, 'exit');
  assert.equal(code, 0, output.slice(-500));
  assert.ok(Date.now() - startedMs < 5500, `${Date.now() - startedMs} ms`);
  assert.match(output, /stopped\n$/);
});
