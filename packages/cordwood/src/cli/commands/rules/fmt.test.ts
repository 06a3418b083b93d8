import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

test('rules fmt --check, -w, and then nothing to do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-rules-fmt-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'r.yaml');
  writeFileSync(file, `groups:\n- name: g # why\n  rules:\n  - {record: r, expr: 'sum( rate( {app = "x"} [5m] ) )'}\n`);
  assert.equal((await runCaptured(['rules', 'fmt', '--check', folder])).code, 1);
  assert.equal((await runCaptured(['rules', 'fmt', '-w', file])).code, 0);
  assert.match(readFileSync(file, 'utf8'), /name: g # why\n {4}rules:\n.*expr: 'sum\(rate\({app="x"}\[5m\]\)\)'/s);
  assert.equal((await runCaptured(['rules', 'fmt', '--check', folder])).code, 0);
  assert.equal((await runCaptured(['rules', 'fmt', '-w', '--check', folder])).code, 2);
  writeFileSync(file, 'groups: {');
  assert.equal((await runCaptured(['rules', 'fmt', file])).code, 2);
});
