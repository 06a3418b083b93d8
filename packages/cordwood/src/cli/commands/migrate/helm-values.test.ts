import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-helm-values-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const values = file('values.yaml', 'write: {replicas: 3}\nread: {replicas: 2}\nbackend: {replicas: 2}\n');

test('the new values go to stdout, what was changed to stderr', async () => {
  const { code, note, out } = await runCaptured(['migrate', 'helm-values', values, '--from', '6.30']);
  assert.equal(code, 0);
  assert.match(out, /deploymentMode: SimpleScalable/);
  assert.match(note, /6\.46 serviceAccount\.name: loki \(default\) {2}-> loki/);
});

test('to another topology', async () => {
  const { out } = await runCaptured(['migrate', 'helm-values', values, '--topology', 'ha-monolithic']);
  assert.match(out, /singleBinary:\n {2}replicas: 3/);
});

test('what must be done by hand: 1; wrong usage: 2', async () => {
  const minio = file('minio.yaml', 'minio: {enabled: true}\n');
  assert.equal((await runCaptured(['migrate', 'helm-values', minio])).code, 1);
  assert.equal((await runCaptured(['migrate', 'helm-values', values, '--topology', 'other'])).code, 2);
  assert.equal((await runCaptured(['migrate', 'helm-values', values, '--to', 'x'])).code, 2);
});
