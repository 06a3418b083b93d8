import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { runCaptured } from '../test/run-captured.ts';

const greenlang = fileURLToPath(new URL('../../../../../greenlang', import.meta.url));

interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly stringData: Readonly<Record<string, string>>;
}
async function make(): Promise<readonly Secret[]> {
  const { code, out } = await runCaptured(['gateway-users', greenlang, '--env', 'prod']);
  assert.equal(code, 0);
  return parseAllDocuments(out).map((document) => document.toJS() as Secret);
}

test('each user has a password where it runs, and its hash at the gateway', async () => {
  const [hashes, ...credentials] = await make();
  assert.deepEqual(hashes!.metadata, { name: 'loki-gateway-users', namespace: 'loki' });
  assert.deepEqual(
    credentials.map(({ metadata, stringData }) => [metadata.namespace, Object.keys(stringData).sort()]),
    [
      ['log-collection', ['alloy']],
      ['monitoring', ['grafana', 'grafana-audit']],
      ['loki', ['rule-sync', 'self-monitoring']],
    ],
  );
  const lines = hashes!.stringData['.htpasswd']!.trim().split('\n');
  for (const [user, password] of credentials.flatMap(({ stringData }) => Object.entries(stringData))) {
    const hash = lines.find((line) => line.startsWith(`${user}:{SSHA}`))!.slice(`${user}:{SSHA}`.length);
    const bytes = Buffer.from(hash, 'base64');
    const expected = createHash('sha1').update(password).update(bytes.subarray(20)).digest();
    assert.deepEqual(bytes.subarray(0, 20), expected);
    assert.ok(password.length >= 32);
  }
});

test('every run makes other passwords', async () => {
  const [first, second] = [await make(), await make()];
  assert.notDeepEqual(first, second);
});

test('an environment without authentication has no users', async () => {
  const { code, note } = await runCaptured(['gateway-users', greenlang, '--env', 'dev']);
  assert.equal(code, 2);
  assert.match(note, /dev has no users: its authentication is off/);
  assert.equal((await runCaptured(['gateway-users', greenlang])).code, 2);
});
