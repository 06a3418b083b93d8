import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-promtail-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, yaml: string): string {
  const path = join(folder, name);
  writeFileSync(path, `tracing: {enabled: false}\nserver: {register_instrumentation: false}\n${yaml}`);
  return path;
}

const job = (stage: string) =>
  `clients: [{url: "http://\${HOST:-loki}"}]\nscrape_configs:\n  - job_name: j\n    pipeline_stages:\n      - ${stage}\n    static_configs: [{labels: {__path__: /x}}]\n`;
const good = file('good.yaml', job('cri: {}'));
const unknown = file('unknown.yaml', job('nope: {}'));
const refused = file('refused.yaml', job('regex: {expression: "("}'));
const broken = file('broken.yaml', 'nonsense: 1\n');

test('a file goes to stdout', async () => {
  const { code, out } = await runCaptured(['migrate', 'promtail', good]);
  assert.equal(code, 0);
  assert.match(out, /^loki\.process "j" \{/);
});

test('what was left out: 1 with its place, 0 when that is fine', async () => {
  const { code, note } = await runCaptured(['migrate', 'promtail', unknown]);
  assert.equal(code, 1);
  assert.ok(note.includes(`${unknown}:7:9: error: The converter does not support`), note);
  assert.match(note, /7 \| {7}- nope: \{\}\n {2}\| {9}\^/);
  assert.equal((await runCaptured(['migrate', 'promtail', '-b', unknown])).code, 0);
});

test('what Alloy would refuse: 1', async () => {
  const { code, note } = await runCaptured(['migrate', 'promtail', refused]);
  assert.equal(code, 1);
  assert.match(note, /Alloy refuses stage\.regex/);
});

test('what Promtail itself would not read: 2, and nothing is written', async () => {
  const { code, out, note } = await runCaptured(['migrate', 'promtail', broken]);
  assert.deepEqual([code, out], [2, '']);
  assert.match(note, /critical: failed to parse Promtail config/);
});

test('several files go to a folder, the report has a line for each finding', async () => {
  const report = join(folder, 'report.txt');
  const { code } = await runCaptured([
    'migrate',
    'promtail',
    good,
    unknown,
    '-o',
    join(folder, 'out'),
    '--report',
    report,
  ]);
  assert.equal(code, 1);
  assert.match(readFileSync(join(folder, 'out/good.alloy'), 'utf8'), /stage\.cri/);
  assert.match(readFileSync(report, 'utf8'), /^\(Error\) The converter does not support [^\n]*: nope$/m);
  assert.equal((await runCaptured(['migrate', 'promtail', good, unknown])).code, 2);
});

test('--env', async () => {
  const url = async (how: string) =>
    /url = (.*)/.exec((await runCaptured(['migrate', 'promtail', good, '--env', how])).out)![1];
  assert.equal(await url('values'), '"http://loki"');
  assert.equal(await url('references'), '"http://" + coalesce(sys.env("HOST"), "loki")');
  assert.equal((await runCaptured(['migrate', 'promtail', good, '--env', 'x'])).code, 2);
});

test('findings as JSON', async () => {
  const { note } = await runCaptured(['migrate', 'promtail', unknown, '--format', 'json']);
  const findings = note
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(findings.some(({ line, severity }) => severity === 'error' && line === 7));
});
