import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../cli/main.ts';
import type { Terminal } from '../cli/terminal.ts';
import { runCaptured } from '../cli/test/run-captured.ts';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** `cordwood test` with its exit code and output; the durations, which differ from run to run, are 0. */
async function run(...args: readonly string[]): Promise<{ code: number; out: string; note: string }> {
  const { code, out, note } = await runCaptured(['test', ...args]);
  const plain = out
    .replaceAll(fixtures, '')
    .replaceAll(`${relative(process.cwd(), fixtures)}/`, '')
    .replace(/in \d+ ms$/m, 'in 0 ms')
    .replace(/time="[\d.]+"/g, 'time="0.000"')
    .replace(/"durationMs": [\d.]+/g, '"durationMs": 0');
  return { code, out: plain, note };
}

function golden(name: string, form: string, code: number, ...options: string[]): void {
  test(`${name} as ${form}`, async () => {
    const result = await run(`${fixtures}${name}.test.yaml`, '--format', form, ...options);
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
golden('failing', 'github', 1);
golden('broken', 'github', 2);
golden('weak', 'human', 0, '--coverage', '--mutate');
golden('weak', 'json', 0, '--coverage', '--mutate');
golden('weak', 'github', 0, '--coverage', '--mutate');
golden('alloy-inline', 'human', 0);
golden('alloy-failing', 'human', 1);
golden('promtail', 'human', 0);
golden('lines', 'human', 0);
golden('stack', 'human', 1);
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
  assert.match(note, /--format is human, json, junit, github, not 'xml'/);
});

test('a share that is too low fails', async () => {
  const weak = `${fixtures}weak.test.yaml`;
  assert.equal((await run(weak, '--coverage-min', '99')).code, 1);
  assert.equal((await run(weak, '--coverage-min', '50')).code, 0);
  assert.equal((await run(weak, '--mutate-min', '99')).code, 1);
  assert.equal((await run(weak, '--mutate-min', '10')).code, 0);
  assert.equal((await run(weak, '--mutate-min', 'much')).code, 2);
});

test('mutants are made only when all tests pass', async () => {
  const { code, out, note } = await run(`${fixtures}failing.test.yaml`, '--mutate');
  assert.equal(code, 1);
  assert.match(note, /mutants are made when all tests pass/);
  assert.doesNotMatch(out, /mutation score/);
});

test('--watch runs again when a rule file changes, until it is stopped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-watch-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['weak.test.yaml', 'weak-rules.yaml', 'pipeline.alloy'])
    copyFileSync(`${fixtures}${name}`, join(folder, name));
  const stop = new AbortController();
  const runs: string[] = [];
  let next = Promise.withResolvers<string>();
  const terminal: Terminal = {
    async out(text) {
      runs.push(text);
      next.resolve(text);
    },
    note: () => {},
    interactive: false,
    columns: 100,
    style: (_, text) => text,
    styleOut: (_, text) => text,
  };
  const ended = runCommand(['test', join(folder, 'weak.test.yaml'), '--watch'], terminal, {}, stop.signal);
  assert.match(await next.promise, /2 passed, 0 failed/);
  next = Promise.withResolvers();
  const rules = join(folder, 'weak-rules.yaml');
  // The watch begins after the output; until it does a change is not seen.
  const changing = setInterval(() => writeFileSync(rules, readFileSync(rules, 'utf8').replace('> 3', '> 300')), 200);
  assert.match(await next.promise, /1 passed, 1 failed/);
  clearInterval(changing);
  stop.abort();
  assert.equal(await ended, 0);
});

test('the guide shows what --coverage and --mutate really say', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/testing.md', import.meta.url), 'utf8');
  const lines = readFileSync(`${fixtures}weak.human.golden`, 'utf8').split('\n');
  for (const line of lines.filter((one) => !/ in \d+ ms$/.test(one))) assert.ok(guide.includes(line), line);
});
