import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { humanReport } from '../../packages/cordwood/src/proof/reports/human.ts';
import { plainStyle } from '../../packages/cordwood/src/proof/reports/report.ts';
import { runTestFile } from '../../packages/cordwood/src/proof/run-test-file.ts';
import { readRuleFile } from '../../packages/cordwood/src/rules/rule-group.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const testFiles = globSync('*.test.yaml', { cwd: folder }).sort();

for (const name of testFiles) {
  test(name, async () => {
    const result = await runTestFile(`${folder}${name}`);
    const passed = result.findings.length === 0 && result.cases.every(({ failures }) => failures.length === 0);
    assert.ok(passed && result.cases.length > 0, humanReport({ files: [result] }, plainStyle));
  });
}

test('every alert and recording rule has a test', () => {
  const tests = testFiles.map((name) => readFileSync(`${folder}${name}`, 'utf8')).join('\n');
  const names = globSync('../rules/*/*.yaml', { cwd: folder }).flatMap((file) =>
    readRuleFile(readFileSync(`${folder}${file}`, 'utf8'), file).groups.flatMap(({ rules }) =>
      rules.map(({ alert, record }) => (alert === '' ? `record: ${record}` : `alertname: ${alert}`)),
    ),
  );
  assert.ok(names.length >= 10);
  assert.deepEqual(
    names.filter((name) => !tests.includes(`${name}\n`)),
    [],
  );
});
