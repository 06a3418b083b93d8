import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { environmentVariables } from '../src/config.ts';
import type { LogRecord } from '../src/record.ts';

const guide = readFileSync(new URL('../../../docs/guide/logger.md', import.meta.url), 'utf8');

test('the table of variables is the list in the source', () => {
  const rows = Object.fromEntries(
    [...guide.matchAll(/^\| `([A-Z_]+)` +\| (.+?) +\|$/gm)].map(([, name, meaning]) => [name, meaning]),
  );
  assert.deepEqual(rows, environmentVariables);
});

test('the service of the guide does what the guide says', async (context) => {
  const lines: LogRecord[] = [];
  const loki = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { streams } = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as {
        streams: { values: [string, string][] }[];
      };
      for (const { values } of streams) for (const [, line] of values) lines.push(JSON.parse(line) as LogRecord);
      response.writeHead(204).end();
    });
  });
  loki.listen(0, '127.0.0.1');
  await once(loki, 'listening');

  // Beside the workspace's packages, where they are found under their names.
  const root = join(import.meta.dirname, '../dist');
  mkdirSync(root, { recursive: true });
  const directory = mkdtempSync(join(root, 'guide-'));
  const code = /`server\.js`:\n\n```js\n([\s\S]*?)```/.exec(guide)?.[1] as string;
  writeFileSync(join(directory, 'server.mjs'), `${code}\nconsole.log(app.server.address().port);`);
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: directory,
    env: {
      ...process.env,
      PORT: '0',
      LOKI_URL: `http://127.0.0.1:${(loki.address() as AddressInfo).port}/loki/api/v1/push`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => {
    child.kill('SIGKILL');
    loki.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const [port] = await once(child.stdout, 'data');
  const url = `http://127.0.0.1:${String(port).trim()}`;
  await fetch(`${url}/reports/7?token=not-for-logs`, {
    method: 'POST',
    headers: { 'x-request-id': 'my-first-request' },
  });
  await fetch(`${url}/reports/13`, { method: 'POST' });
  child.kill('SIGTERM');
  await once(child, 'exit');

  const first = lines.filter((line) => line.request_id === 'my-first-request');
  assert.deepEqual(first.map((line) => line.event).sort(), ['contact noted', 'report_filed', 'request_completed']);
  assert.equal(new Set(first.map((line) => line.trace_id)).size, 1);
  assert.deepEqual(first.find((line) => line.event === 'contact noted')?.data, {
    contact: '[REDACTED_EMAIL]',
    apiKey: '[REDACTED_KEY]',
    card: '[REDACTED_CC]',
  });
  const failed = lines.filter((line) => line.level === 'ERROR');
  assert.deepEqual(
    failed.map((line) => [line.event, line.error?.message]),
    [['request_completed', 'refused for [REDACTED_EMAIL]']],
  );
  assert.ok(!JSON.stringify(lines).includes('not-for-logs'));
});
