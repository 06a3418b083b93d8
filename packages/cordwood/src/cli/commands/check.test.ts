import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-check-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const source =
  'loki.source.file "in" {\n\ttargets    = [{ __path__ = "/a.log" }]\n\tforward_to = [loki.echo.out.receiver]\n}\n';
const good = file('good.alloy', `${source}loki.echo "out" { }\n`);
const unreached = file('unreached.alloy', `${source}loki.echo "out" { }\nloki.echo "other" { }\n`);
const broken = file(
  'broken.alloy',
  `${source}loki.process "out" {\n\tforward_to = []\n\tstage.regex { expression = "a(b" }\n}\n`,
);

test('nothing found: 0', async () => {
  assert.deepEqual(await runCaptured(['check', good]), { code: 0, out: '', note: '1 file checked: nothing found\n' });
});

test('warnings: 1, with place, caret and hint; 0 when they are allowed', async () => {
  assert.deepEqual(await runCaptured(['check', unreached]), {
    code: 1,
    out: `${unreached}:6:1: warning: nothing is ever sent to loki.echo.other
6 | loki.echo "other" { }
  | ^^^^^^^^^^^^^^^^^
  No source forwards to it, directly or through others.
`,
    note: '1 file checked: 0 errors, 1 warning\n',
  });
  assert.equal((await runCaptured(['check', '--allow-warnings', unreached])).code, 0);
});

test('errors: 2', async () => {
  const { code, out, note } = await runCaptured(['check', broken]);
  assert.equal(code, 2);
  assert.match(out, /broken\.alloy:3:16: error: component "loki\.echo\.out\.receiver" does not exist/);
  assert.match(out, /broken\.alloy:7:29: error: "a\(b" could not compile regular expression/);
  assert.equal(note, '1 file checked: 2 errors, 0 warnings\n');
});

test('--format json is the list of all files', async () => {
  const { code, out } = await runCaptured(['check', '--format', 'json', good, unreached]);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(out), [
    {
      severity: 'warning',
      message: 'nothing is ever sent to loki.echo.other',
      file: unreached,
      line: 6,
      column: 1,
      length: 17,
      hint: 'No source forwards to it, directly or through others.',
    },
  ]);
});

test('components below the stability level are refused, with the option that allows them', async () => {
  const path = file('foreach.alloy', 'foreach "x" {\n\tcollection = []\n\tvar        = "i"\n\n\ttemplate { }\n}\n');
  const refused = await runCaptured(['check', path]);
  assert.equal(refused.code, 2);
  assert.match(refused.out, /--stability\.level=experimental/);
  assert.equal((await runCaptured(['check', '--stability.level=experimental', path])).code, 0);
});

test('usage: 2', async () => {
  assert.match((await runCaptured(['check', join(folder, 'no.alloy')])).note, /there is no such file or folder/);
  assert.equal((await runCaptured(['check', '--format', 'xml', good])).code, 2);
  assert.equal((await runCaptured(['check', '--stability.level', 'beta', good])).code, 2);
});

test('the caret stands under the character, the column counts bytes as in Alloy', async () => {
  const path = file('umlauts.alloy', 'loki.echo "e" { } // größer\n/* ü */ loki.nope "x" { }\n');
  const { out } = await runCaptured(['check', path]);
  assert.match(out, /umlauts\.alloy:2:10: error: .*\n2 \| \/\* ü \*\/ loki\.nope "x" \{ \}\n {2}\| {9}\^{13}\n/);
});
