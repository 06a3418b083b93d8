import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-positions-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const log = file('a.log', 'one\ntwo\n');
const config = file(
  'config.alloy',
  `loki.source.file "a" {\n\ttargets    = [{__path__ = "${log}"}]\n\tforward_to = []\n}\n`,
);
const positions = file('positions.yaml', `positions:\n  ${log}: "4"\n`);
const storage = join(folder, 'storage');
const written = join(storage, 'loki.source.file.a/positions.yml');
const run = (...args: string[]) =>
  runCaptured(['migrate', 'positions', positions, '--to', config, '--storage-path', storage, ...args]);

test('a dry run writes nothing', async () => {
  const { code, out } = await run();
  assert.equal(code, 0);
  assert.match(out, /resume {8}\S+a\.log\n {14}offset 4: goes on at the offset; 4 bytes to read/);
  assert.ok(out.includes(`would write (add --write): ${written}`));
  assert.ok(!existsSync(written));
});

test('--write writes what Alloy reads', async () => {
  const { code } = await run('--write');
  assert.equal(code, 0);
  assert.match(readFileSync(written, 'utf8'), /: "4"\n$/);
  rmSync(written);
});

test('a gap: 1, a broken file: 2', async () => {
  const gap = file('gap.yaml', `positions:\n  ${positions}: "1"\n`);
  assert.equal((await runCaptured(['migrate', 'positions', gap, '--to', config])).code, 1);
  assert.equal((await runCaptured(['migrate', 'positions', file('bad.yaml', '- x'), '--to', config])).code, 2);
});

test('as JSON', async () => {
  const { out } = await run('--format', 'json');
  assert.equal(JSON.parse(out).paths[0].resume, 4);
});
