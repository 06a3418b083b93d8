import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-metrics-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('one file goes to stdout', async () => {
  const { code, out } = await runCaptured(['migrate', 'metrics', file('a.yaml', 'expr: promtail_sent_bytes_total\n')]);
  assert.deepEqual([code, out], [0, 'expr: loki_write_sent_bytes_total\n']);
});

test('several are changed in place; a metric that Alloy does not have: 1', async () => {
  const [a, b] = [file('b.yaml', 'promtail_sent_bytes_total\n'), file('c.yaml', 'promtail_stream_lag_seconds\n')];
  assert.equal((await runCaptured(['migrate', 'metrics', a, b])).code, 2);
  const { code, note } = await runCaptured(['migrate', 'metrics', '--write', a, b]);
  assert.equal(code, 1);
  assert.match(note, /c\.yaml:1:1: error: Alloy has no metric promtail_stream_lag_seconds/);
  assert.equal(readFileSync(a, 'utf8'), 'loki_write_sent_bytes_total\n');
});
