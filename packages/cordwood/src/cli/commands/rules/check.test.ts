import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCaptured } from '../../test/run-captured.ts';

const folder = fileURLToPath(new URL('../../../rules/fixtures/broken/', import.meta.url));

test('what each of the broken rule files is told', async () => {
  let shown = '';
  const files = globSync('*.yaml', { cwd: folder }).sort();
  assert.ok(files.length >= 12);
  for (const file of files) {
    const { code, out, note } = await runCaptured([
      'rules',
      'check',
      `${folder}${file}`,
      '--pipeline',
      `${folder}pipeline.alloy`,
    ]);
    shown += `$ cordwood rules check ${file}\n${out}${note}exit code ${code}\n\n`;
  }
  shown = shown.replaceAll(folder, '');
  const golden = `${folder}messages.golden`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, shown);
  assert.equal(shown, existsSync(golden) ? readFileSync(golden, 'utf8') : '');
});

const check = (...args: string[]) => runCaptured(['rules', 'check', ...args]);

test('a folder is checked together, and --format github and json say the same', async () => {
  const { code, note } = await check(folder);
  assert.equal(code, 1);
  assert.match(note, /11 rules in 14 files: \d+ errors, 2 warnings/);
  const github = await check(`${folder}07-unwrap.yaml`, '--format', 'github');
  assert.match(
    github.out,
    /^::warning file=.*07-unwrap\.yaml,line=7,col=33,title=rules unwrap-errors::shop:latency:p99: .*%0A.*__error__=""\n$/,
  );
  const json = JSON.parse((await check(`${folder}07-unwrap.yaml`, '--format', 'json')).out);
  assert.equal(json[0].check, 'unwrap-errors');
});

test('exit codes: a warning is one only with --strict; --ignore leaves a check out', async () => {
  assert.equal((await check(`${folder}07-unwrap.yaml`)).code, 0);
  assert.equal((await check(`${folder}07-unwrap.yaml`, '--strict')).code, 1);
  assert.equal((await check(`${folder}07-unwrap.yaml`, '--strict', '--ignore', 'unwrap-errors')).code, 0);
  assert.equal((await check(`${folder}07-unwrap.yaml`, '--ignore', 'nonsense')).code, 2);
  assert.equal((await check(`${folder}nowhere.yaml`)).code, 2);
  assert.equal((await check(folder, '--format', 'xml')).code, 2);
});
