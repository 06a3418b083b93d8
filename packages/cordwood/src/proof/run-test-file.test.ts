import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCaptured } from '../cli/test/run-captured.ts';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** `cordwood test` with its exit code and output; the durations, which differ from run to run, are 0. */
async function run(...args: readonly string[]): Promise<{ code: number; out: string; note: string }> {
  const { code, out, note } = await runCaptured(['test', ...args]);
  const plain = out
    .replaceAll(fixtures, '')
    .replace(/in \d+ ms$/m, 'in 0 ms')
    .replace(/time="[\d.]+"/g, 'time="0.000"')
    .replace(/"durationMs": [\d.]+/g, '"durationMs": 0');
  return { code, out: plain, note };
}

function golden(name: string, form: string, code: number): void {
  test(`${name} as ${form}`, async () => {
    const result = await run(`${fixtures}${name}.test.yaml`, '--format', form);
    const path = `${fixtures}${name}.${form}.golden`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, result.out);
    assert.equal(result.out, existsSync(path) ? readFileSync(path, 'utf8') : '');
    assert.equal(result.code, code);
  });
}

golden('proposed-format', 'human', 0);
golden('passing', 'human', 0);
golden('failing', 'human', 1);
golden('failing', 'json', 1);
golden('failing', 'junit', 1);
golden('broken', 'human', 2);
golden('broken', 'junit', 2);
golden('missing-files', 'human', 2);
golden('end-to-end', 'human', 0);
golden('end-to-end-failing', 'human', 2);

test('--run chooses tests by their name', async () => {
  const { code, out } = await run(`${fixtures}failing.test.yaml`, '--run', '^passes');
  assert.match(out, /\n1 passed, 0 failed/);
  assert.equal(code, 0);
});

test('--run that chooses nothing is wrong usage, not success', async () => {
  assert.equal((await run(`${fixtures}failing.test.yaml`, '--run', 'nothing')).code, 2);
});

test('a file that is not there, and a format that is not there', async () => {
  assert.equal((await run(`${fixtures}nowhere.yaml`)).code, 2);
  const { code, note } = await run(`${fixtures}passing.test.yaml`, '--format', 'xml');
  assert.equal(code, 2);
  assert.match(note, /--format is human, json, junit, not 'xml'/);
});
