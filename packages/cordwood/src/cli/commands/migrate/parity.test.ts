import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-parity-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

mkdirSync(join(folder, 'node/var/log'), { recursive: true });
file('node/var/log/a.log', 'one\ntwo\n');
const from = file(
  'promtail.yaml',
  'clients: [{url: "http://loki"}]\nscrape_configs:\n  - job_name: a\n    static_configs: [{labels: {__path__: /var/log/*.log, job: a}}]\n',
);
const alloy = (job: string) => `loki.source.file "a" {
	targets    = [{__path__ = "/var/log/*.log", job = "${job}"}]
	forward_to = [loki.write.w.receiver]

	file_match {
		enabled = true
	}
}

loki.write "w" {
	endpoint {
		url = "http://loki"
	}
}
`;
const same = file('same.alloy', alloy('a'));
const other = file('other.alloy', alloy('b'));
const accept = file('accept.yaml', 'accept:\n  - {difference: label job, to: ^b$, reason: renamed}\n');
const logs = join(folder, 'node');
const run = (...args: string[]) => runCaptured(['migrate', 'parity', '--from', from, '--logs', logs, ...args]);

test('no difference: 0', async () => {
  const { code, out } = await run('--to', same);
  assert.equal(code, 0);
  assert.match(out, /2 lines, loki\.write\.default and loki\.write\.w: no difference, 0 accepted\n$/);
});

test('a difference: 1, with both values and the cause; 0 when it is accepted', async () => {
  const { code, out } = await run('--to', other);
  assert.equal(code, 1);
  assert.match(
    out,
    /label job: 2 entries\n {2}from: loki\.source\.file\.a; to: loki\.source\.file\.a\n {2}\/var\/log\/a\.log:1\n {4}- "a"\n {4}\+ "b"/,
  );
  const accepted = await run('--to', other, '--accept', accept);
  assert.equal(accepted.code, 0);
  assert.match(accepted.out, /2 {2}label job: renamed/);
});

test('as JSON', async () => {
  const { out } = await run('--to', other, '--accept', accept, '--format', 'json');
  const report = JSON.parse(out);
  assert.equal(report.unexplained, 0);
  assert.equal(report.groups[0].accepted.to, '^b$');
});

test('files that cannot be used, and logs that nothing reads: 2', async () => {
  const broken = file('broken.alloy', 'loki.write "w" {');
  assert.equal((await run('--to', broken)).code, 2);
  assert.equal((await run('--to', same, '--accept', file('bad.yaml', 'accept: [{}]'))).code, 2);
  const empty = await runCaptured(['migrate', 'parity', '--from', from, '--to', same, '--logs', join(folder, 'none')]);
  assert.equal(empty.code, 2);
  assert.match(empty.note, /no configuration reads anything here/);
  assert.equal((await runCaptured(['migrate', 'parity', '--to', same])).code, 2);
});
