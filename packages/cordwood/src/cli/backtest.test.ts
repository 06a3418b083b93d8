import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nowNs, openTestApi } from '../api/test/test-api.ts';
import { runCaptured } from './test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-backtest-'));
after(() => rmSync(folder, { recursive: true }));
const rules = join(folder, 'rules.yaml');
writeFileSync(
  rules,
  `groups:
  - name: g
    interval: 1m
    rules:
      - { alert: Errors, expr: 'sum by (app) (count_over_time({app=~".+"} |= "error" [5m])) > 10', for: 2m }
      - { alert: Quiet, expr: 'count_over_time({app="nobody"}[5m]) > 0' }
      - { record: 'app:lines', expr: 'sum by (app) (count_over_time({app=~".+"}[1m]))' }
`,
);
/** 20 errors in the second minute of ten, a line in each other one. */
const startMs = Number(nowNs / 1_000_000n);
const lines = [
  ...Array.from({ length: 20 }, (_, i) => ({ atMs: startMs + 61_000 + i * 1000, line: 'error' })),
  ...Array.from({ length: 10 }, (_, i) => ({ atMs: startMs + i * 60_000 + 500, line: 'fine' })),
];
const expected = {
  changes: ['pending +2', 'firing +4', 'resolved +7'],
  quiet: 0,
};

function seen(out: string) {
  const { alerts } = JSON.parse(out) as { alerts: { alertname: string; changes: { at: string; state: string }[] }[] };
  return {
    changes: alerts[0]!.changes.map(({ at, state }) => `${state} +${(Date.parse(at) - startMs) / 60_000}`),
    quiet: alerts.filter(({ alertname }) => alertname === 'Quiet').length,
  };
}

test('--replay: when rules would have fired on a recording', async () => {
  const recording = join(folder, 'logs.jsonl');
  writeFileSync(
    recording,
    lines
      .map(({ atMs, line }) =>
        JSON.stringify({ labels: { app: 'web' }, line, timestamp: new Date(atMs).toISOString() }),
      )
      .join('\n'),
  );
  const { code, out } = await runCaptured(['test', rules, '--replay', recording, '--format', 'json']);
  assert.equal(code, 0);
  assert.deepEqual(seen(out), expected);
  const human = await runCaptured(['test', rules, '--replay', recording]);
  assert.match(
    human.out,
    /Errors {app="web"}\n {2}\S+Z pending\n {2}\S+Z firing\n {2}\S+Z resolved\n {2}\|\.\.ppFFFrr+\|/,
  );
  assert.match(human.out, /Quiet: never in 10 evaluations/);
  assert.match(human.out, /app:lines: 9 samples of 1 series/);
  assert.match(human.out, /: 1 alert would have fired\n$/);
});

test('a recording that is none', async () => {
  const broken = join(folder, 'broken.jsonl');
  writeFileSync(broken, '{"labels":{},"line":"x","timestamp":"yesterday"}\n');
  const { code, note } = await runCaptured(['test', rules, '--replay', broken]);
  assert.equal(code, 2);
  assert.match(note, /broken\.jsonl:1:1: error: an entry needs timestamp/);
  assert.equal((await runCaptured(['test', rules, '--replay', broken, '--since', '1h'])).code, 2);
  assert.equal((await runCaptured(['test', rules, '--since', '1h'])).code, 2);
});

test('--url --since: the same from a Loki', async () => {
  await using api = await openTestApi();
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  const values = lines.map(({ atMs, line }) => [`${atMs}000000`, line]);
  await api.send({
    method: 'POST',
    url: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': 'shop' },
    payload: JSON.stringify({ streams: [{ stream: { app: 'web' }, values }] }),
  });
  const to = String(startMs / 1000 + 600);
  const options = ['--url', url, '-t', 'shop', '--since', '10m', '--to', to, '--format', 'json'];
  const { code, out, note } = await runCaptured(['test', rules, ...options]);
  assert.equal(code, 0, note);
  assert.deepEqual(seen(out), expected);
});

test('--engine loki: test files against a Loki over HTTP', async () => {
  const fixtures = fileURLToPath(new URL('../proof/fixtures/', import.meta.url));
  const limits = 'limits_config: {discover_log_levels: false, discover_service_name: [], ingestion_rate_mb: 100}\n';
  const clockNs = BigInt(Date.now()) * 1_000_000n;
  await using api = await openTestApi({ clockNs, config: limits });
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  for (const [name, expectedCode] of [
    ['passing', 0],
    ['proposed-format', 0],
    ['end-to-end', 0],
    ['failing', 1],
  ] as const) {
    const { code, out } = await runCaptured(['test', `${fixtures}${name}.test.yaml`, '--engine', 'loki', '--url', url]);
    assert.equal(code, expectedCode, `${name}: ${out}`);
  }
  assert.equal((await runCaptured(['test', `${fixtures}passing.test.yaml`, '--engine', 'loki'])).code, 2);
  assert.equal(
    (await runCaptured(['test', `${fixtures}passing.test.yaml`, '--engine', 'mimir', '--url', url])).code,
    2,
  );
});

test('--engine loki refuses a Loki without tenants', async () => {
  const fixtures = fileURLToPath(new URL('../proof/fixtures/', import.meta.url));
  const clockNs = BigInt(Date.now()) * 1_000_000n;
  await using api = await openTestApi({ clockNs, config: 'auth_enabled: false\n' });
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  const { code, out } = await runCaptured([
    'test',
    `${fixtures}proposed-format.test.yaml`,
    '--engine',
    'loki',
    '--url',
    url,
  ]);
  assert.equal(code, 1);
  assert.match(out, /has no tenants \(auth_enabled: false\)/);
});
