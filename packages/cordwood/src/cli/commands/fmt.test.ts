import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCaptured } from '../test/run-captured.ts';

const rough = 'a "x" {\n  b = 1\n}\n';
const canonical = 'a "x" {\n\tb = 1\n}\n';

function inFolder(name: string, run: (folder: string) => Promise<void>): void {
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordwood-fmt-'));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

inFolder('prints the canonical form', async (folder) => {
  const file = join(folder, 'a.alloy');
  writeFileSync(file, rough);
  assert.deepEqual(await runCaptured(['fmt', file]), { code: 0, out: canonical, note: '' });
  assert.equal(readFileSync(file, 'utf8'), rough);
});

inFolder('--check names the place of the first difference and exits 1', async (folder) => {
  writeFileSync(join(folder, 'a.alloy'), rough);
  writeFileSync(join(folder, 'b.alloy'), canonical);
  const { code, out } = await runCaptured(['fmt', '--check', folder]);
  assert.equal(code, 1);
  assert.equal(out, `${join(folder, 'a.alloy')}:2:1: differs from its canonical form\n`);
});

inFolder('-w writes, and leaves a canonical file alone', async (folder) => {
  const [a, b] = [join(folder, 'a.alloy'), join(folder, 'b.alloy')];
  writeFileSync(a, rough);
  writeFileSync(b, canonical);
  utimesSync(b, 1, 1);
  assert.equal((await runCaptured(['fmt', '-w', folder])).code, 0);
  assert.equal(readFileSync(a, 'utf8'), canonical);
  assert.equal(statSync(b).mtimeMs, 1000);
  assert.equal((await runCaptured(['fmt', '--check', folder])).code, 0);
});

inFolder('a file that does not parse exits 2 with place and caret', async (folder) => {
  const file = join(folder, 'a.alloy');
  writeFileSync(file, 'a {\n  b = \n}\n');
  const { code, out, note } = await runCaptured(['fmt', file]);
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(note, /a\.alloy:\d:\d+: error: [^\n]+\n\d \| [^\n]*\n {2}\| *\^/);
});
