import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestApi } from '../../../api/test/test-api.ts';
import { runCommand } from '../../main.ts';
import { runCaptured } from '../../test/run-captured.ts';

test('a ruler of its own asks a Loki and tells an Alertmanager, the lines with it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-rules-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await using api = await openTestApi({ clockNs: BigInt(Date.now()) * 1_000_000n });
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  await api.send({
    method: 'POST',
    url: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': 'shop' },
    payload: JSON.stringify({
      streams: [
        { stream: { app: 'web' }, values: [[`${Date.now() - 1000}000000`, 'order of jane@example.com failed']] },
      ],
    }),
  });

  const told = Promise.withResolvers<{ tenant: unknown; alerts: { labels: object; annotations: object }[] }>();
  const alertmanager = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.resolve({ tenant: request.headers['x-scope-orgid'], alerts: JSON.parse(body) });
    response.end();
  });
  await new Promise<void>((resolve) => alertmanager.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    alertmanager.closeAllConnections();
    alertmanager.close();
  });
  mkdirSync(join(folder, 'rules/shop'), { recursive: true });
  writeFileSync(
    join(folder, 'rules/shop/r.yaml'),
    `groups: [{ name: g, interval: 1s, rules: [{ alert: Failed, expr: 'sum by (app) (count_over_time({app="web"} |= "failed" [5m])) > 0', annotations: { lines: '{{ $lines }}' } }] }]\n`,
  );
  writeFileSync(
    join(folder, 'loki.yaml'),
    `server: { log_level: error }
schema_config: {configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {period: 24h}}]}
ruler:
  alertmanager_url: http://127.0.0.1:${(alertmanager.address() as AddressInfo).port}
  storage: { type: local, local: { directory: ${join(folder, 'rules')} } }
`,
  );
  const stop = new AbortController();
  const notes: string[] = [];
  const terminal = {
    out: async () => {},
    note: (text: string) => void notes.push(text),
    interactive: false,
    columns: 100,
    style: (_: string, text: string) => text,
    styleOut: (_: string, text: string) => text,
  };
  const args = ['rules', 'run', '--config', join(folder, 'loki.yaml'), '--data', join(folder, 'data'), '--url', url];
  const ended = runCommand(args, terminal, {}, stop.signal);
  const first = await Promise.race([told.promise, ended.then((code) => assert.fail(`ended with ${code}: ${notes}`))]);
  assert.equal(first.tenant, 'shop');
  assert.deepEqual(first.alerts[0]?.labels, { alertname: 'Failed', app: 'web' });
  assert.deepEqual(first.alerts[0]?.annotations, { lines: 'order of [REDACTED] failed' });
  stop.abort();
  assert.equal(await ended, 0);
});

test('without a Loki, or without rules', async () => {
  assert.equal((await runCaptured(['rules', 'run'])).code, 2);
});
