import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { nowNs, openTestApi } from '../../api/test/test-api.ts';
import { runCaptured } from '../test/run-captured.ts';

const seconds = Number(nowNs / 1_000_000_000n);
const range = ['--from', String(seconds), '--to', String(seconds + 600)];

test('a plan without a server', async () => {
  const { code, out } = await runCaptured(['explain', '--offline', ...range, 'sum(rate({a="b"} |= "x" [5m]))']);
  assert.equal(code, 0);
  assert.equal(
    out,
    `sum
    rate({...}[5m])
      - 11 windows, one every 1m
      - summed to one series while it reads
        {a="b"}
          - leaves out chunks without "x"
        |= "x"
          - on all lines of a batch at once
`,
  );
});

test('a plan as JSON', async () => {
  const { code, out } = await runCaptured(['explain', '--offline', '--format', 'json', '-n', '5', '{a="b"} | json']);
  assert.equal(code, 0);
  assert.equal((JSON.parse(out) as { text: string }).text, '5 lines, newest first');
});

test('a query that runs on a server comes with rows and bytes', async () => {
  await using api = await openTestApi({});
  await api.pushLines({ app: 'x' }, ['one error', 'two', 'three error']);
  await api.store.flush();
  const url = await api.app.listen({ port: 0, host: '127.0.0.1' });
  const asked = ['--addr', url, '-t', 'a', ...range];
  const log = await runCaptured(['explain', ...asked, '{app="x"} |= "error"']);
  assert.equal(log.code, 0, log.note);
  assert.match(log.out, /\{app="x"\} {2}-> 3 lines, 1 of 1 chunks read, \d+ B\n/);
  assert.match(log.out, /\|= "error" {2}-> 2 lines\n/);
  const metric = await runCaptured(['explain', '--instant', ...asked, 'sum(count_over_time({app="x"}[10m]))']);
  assert.match(metric.out, /sum {2}-> 1 series\n/);
});

test('a query that cannot be read is shown with its place', async () => {
  const { code, note } = await runCaptured(['explain', '{a="b"', '--offline']);
  assert.equal(code, 2);
  assert.match(note, /^query:1:7: error: parse error .*\n1 \| \{a="b"\n {2}\| {7}\^/m);
});

test('a server that gives no plan is no Cordwood', async () => {
  const loki = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"status":"success","data":{"resultType":"streams","result":[]}}');
  }).listen(0, '127.0.0.1');
  await once(loki, 'listening');
  const { code, note } = await runCaptured([
    'explain',
    '{a="b"}',
    '--addr',
    `http://127.0.0.1:${(loki.address() as AddressInfo).port}`,
  ]);
  loki.close();
  assert.equal(code, 2);
  assert.match(note, /no Cordwood\. --offline/);
});
