import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestApi } from '../../../api/test/test-api.ts';
import { runCaptured } from '../../test/run-captured.ts';

const shop = `groups:
  - name: orders
    interval: 1m
    rules:
      - alert: NoOrders
        expr: 'absent_over_time({app="shop"} |= "order placed" [15m])'
        for: 5m
        labels: { severity: page }
        annotations: { summary: "no orders, {{ $value }}" }
  - name: recorded
    rules:
      - record: shop:orders:rate5m
        expr: 'sum(rate({app="shop"} |= "order placed" [5m]))'
`;

/** The embedded engine over a real socket, a folder of rule files, and the commands as tenant t. */
async function setUp() {
  const api = await openTestApi();
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const addr = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-rules-sync-'));
  mkdirSync(join(folder, 't'));
  writeFileSync(join(folder, 't/shop.yaml'), shop);
  return {
    folder,
    write: (name: string, text: string) => writeFileSync(join(folder, 't', name), text),
    rules: (command: string, ...args: string[]) =>
      runCaptured([
        'rules',
        command,
        ...(command === 'list' ? [] : [join(folder, 't')]),
        '--addr',
        addr,
        '-t',
        't',
        ...args,
      ]),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
      await api[Symbol.asyncDispose]();
    },
  };
}

test('sync creates, updates and deletes; diff says what; list shows it', async () => {
  await using setup = await setUp();
  const { rules, write } = setup;
  assert.deepEqual(await rules('list'), { code: 0, out: '', note: 'there are no rule groups\n' });
  assert.equal((await rules('diff')).code, 1);
  const dry = await rules('sync', '--dry-run');
  assert.equal(dry.note, 'groups: 2 to create, 0 to update, 0 to delete\n');
  assert.equal((await rules('diff')).code, 1, 'a dry run changes nothing');

  assert.equal((await rules('sync')).note, 'groups: 2 created, 0 updated, 0 deleted\n');
  assert.deepEqual(await rules('diff'), { code: 0, out: '', note: 'groups: 0 to create, 0 to update, 0 to delete\n' });
  assert.equal(
    (await rules('list')).out,
    'shop / orders, every 1m\n  alert  NoOrders\nshop / recorded\n  record shop:orders:rate5m\n',
  );

  // Another layout is no change; another threshold is.
  write('shop.yaml', shop.replace('sum(rate(', 'sum( rate( ').replace('for: 5m', 'for: 10m'));
  const changed = await rules('diff');
  assert.equal(changed.code, 1);
  assert.match(changed.out, /^~ shop \/ orders\n/);
  assert.match(changed.out, /\n {2}- +for: 5m\n {2}\+ +for: 10m\n/);
  await rules('sync');
  assert.equal((await rules('diff')).code, 0);

  // A namespace that no file has goes, unless it is to be left alone.
  write('shop.yaml', 'groups: []\n');
  write('other.yaml', `namespace: mine\n${shop}`);
  assert.equal((await rules('diff', '--namespace', 'mine')).note, 'groups: 2 to create, 0 to update, 0 to delete\n');
  await rules('sync', '--ignored-namespace', 'shop');
  assert.match((await rules('list')).out, /^mine \/ orders.*\nshop \/ recorded/s);
  assert.equal((await rules('sync')).note, 'groups: 0 created, 0 updated, 2 deleted\n');
  assert.doesNotMatch((await rules('list', '--format', 'yaml')).out, /^shop:/m);
  const json = JSON.parse((await rules('list', '--format', 'json')).out);
  assert.equal(json.mine[0].rules[0].name, 'NoOrders');
});

test('broken rules are shown and nothing is sent; a ruler that is not there is a failure', async () => {
  await using setup = await setUp();
  const { rules, write } = setup;
  write('broken.yaml', 'groups: [{ name: g, rules: [{ alert: A, expr: "{" }] }]\n');
  const { code, note } = await rules('sync');
  assert.equal(code, 2);
  assert.match(note, /could not parse expression for alert 'A'/);
  assert.match(note, /nothing was sent/);
  assert.equal((await rules('list')).out, '');
  const away = await runCaptured(['rules', 'list', '--addr', 'http://127.0.0.1:9', '-t', 't']);
  assert.equal(away.code, 1);
  assert.match(away.note, /no answer from/);
});

test('what the ruler refuses is told in its words', async () => {
  await using setup = await setUp();
  const api = await openTestApi({ config: 'limits_config: {ruler_max_rules_per_rule_group: 1}\n' });
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  setup.write('many.yaml', shop.replace('  - name: recorded\n    rules:\n', ''));
  const addr = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  const answer = await runCaptured(['rules', 'sync', join(setup.folder, 't/many.yaml'), '--addr', addr, '-t', 't']);
  assert.equal(answer.code, 1);
  assert.match(answer.note, /per-user rules per rule group limit \(limit: 1 actual: 2\) exceeded/);
  await api[Symbol.asyncDispose]();
});
