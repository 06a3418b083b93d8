import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCaptured } from '../test/run-captured.ts';

const greenlang = fileURLToPath(new URL('../../../../../greenlang', import.meta.url));
const ask = (...words: string[]) => runCaptured(['explain', 'network', ...words, '--platform', greenlang]);

test('readers reach writers over gRPC, by these rules, in every environment', async () => {
  const { code, out } = await ask('loki-read -> loki-write');
  assert.equal(code, 0);
  assert.match(out, /^dev, staging, prod: loki-read -> loki-write$/m);
  assert.match(
    out,
    / {2}9095\/TCP allowed \(needed: read calls write, read, backend\)\n {4}out: loki\/loki-read, egress rule \d+\n {4}in: {2}loki\/loki-write, ingress rule \d+/,
  );
  assert.match(
    out,
    / {2}3100\/TCP denied\n {4}out: no egress rule fits; loki-read is selected by default-deny, dns, loki-read/,
  );
});

test('nobody walks around the gateway', async () => {
  const { code, out } = await ask('grafana', 'loki-read', '--port', '3100', '-e', 'prod');
  assert.equal(code, 1);
  assert.match(out, /^prod: grafana -> loki-read\n {2}3100\/TCP denied \(forbidden: Loki believes every X-Scope-OrgID/);
  assert.match(out, /in: {2}no ingress rule fits; loki-read is selected by/);
});

test('JSON for machines', async () => {
  const { code, out } = await ask('alloy', 'loki-gateway', '--format', 'json', '--port', '8080');
  assert.equal(code, 0);
  const answers = JSON.parse(out) as { environment: string; ports: { allowed: boolean }[] }[];
  assert.deepEqual(
    answers.map(({ environment, ports }) => [environment, ports[0]!.allowed]),
    [
      ['dev', true],
      ['staging', true],
      ['prod', true],
    ],
  );
});

test('all around the writers', async () => {
  const { code, out } = await ask('loki-write');
  assert.equal(code, 0);
  assert.match(out, /^dev: loki-write\n {2}may be reached by\n/);
  const [, reached] = /^staging, prod: loki-write\n {2}may be reached by\n((?: {4}.+\n)+) {2}may reach\n/m.exec(out)!;
  assert.deepEqual(reached!.trim().split(/\n */), [
    'loki-read 7946, 9095',
    'loki-backend 7946, 9095',
    'loki-gateway 3100',
    'prometheus 3100',
  ]);
});

test('nobody reaches out of the caches', async () => {
  const { out } = await ask('loki-chunks-cache', '-e', 'prod');
  assert.match(out, / {2}may reach\n {4}kube-dns 53\n {4}node-local-dns 53\n$/);
});

const wrong = (words: string[], says: RegExp) =>
  test(`wrong usage: ${words.join(' ')}`, async () => {
    const { code, note } = await ask(...words);
    assert.equal(code, 2);
    assert.match(note, says);
  });
wrong(['loki-read', '-'], /the shell has taken the > of the arrow: quote it/);
wrong(['a', 'b c'], /say from where to where/);
wrong(['nobody', 'loki-read'], /nothing is called nobody in dev; there are: .*loki-write/);
wrong(['a', 'b', '--port', 'http'], /--port http is no port/);
wrong(['a', 'b', '-e', 'moon'], /there is no moon on Kubernetes; there are: dev, staging, prod/);
