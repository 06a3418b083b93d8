import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemDisk } from '../../world/system-disk.ts';
import { type PlannedPath, planHasGap, planPositions } from './plan-positions.ts';

const config = (logs: string) => `
loki.source.file "app" {
	targets       = [{ __path__ = "${logs}/*.log", job = "app" }]
	forward_to    = []
	file_match    { enabled = true }
}
discovery.kubernetes "pods" { role = "pod" }
discovery.relabel "pods" {
	targets = discovery.kubernetes.pods.targets
	rule {
		source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
		separator     = "/"
		target_label  = "__path__"
		replacement   = "${logs}/pods/*$1/*.log"
	}
}
loki.source.file "pods" {
	targets    = discovery.relabel.pods.output
	forward_to = []
}
loki.source.journal "node" {
	forward_to = []
	legacy_position {
		file = "/run/promtail/positions.yaml"
		name = "journal"
	}
}
`;

async function plan(files: Record<string, string>, positions: Record<string, string>, existing?: string) {
  const logs = mkdtempSync(join(tmpdir(), 'positions-'));
  try {
    await systemDisk.createDirectory(join(logs, 'pods/ns_pod_uid/main'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(logs, name), text);
    const storagePath = join(logs, 'storage');
    if (existing !== undefined) {
      await systemDisk.createDirectory(join(storagePath, 'loki.source.file.app'));
      writeFileSync(join(storagePath, 'loki.source.file.app/positions.yml'), existing.replaceAll('LOGS', logs));
    }
    const legacy = Object.entries(positions).map(
      ([path, offset]) => `  ${path.startsWith('cursor-') ? path : join(logs, path)}: "${offset}"\n`,
    );
    const result = await planPositions({
      positions: { name: 'positions.yaml', text: `positions:\n${legacy.join('')}` },
      config: { name: 'config.alloy', text: config(logs) },
      storagePath,
      disk: systemDisk,
    });
    assert.ok('plan' in result);
    const strip = (text: string) => text.replaceAll(`${logs}/`, '');
    return {
      gap: planHasGap(result.plan),
      paths: result.plan.paths.map((path) => ({ ...path, path: strip(path.path) })),
      cursors: result.plan.cursors,
      files: Object.fromEntries(result.plan.files.map(({ path, text }) => [strip(path), strip(text)])),
    };
  } finally {
    rmSync(logs, { recursive: true });
  }
}

/** Outcome of one file: its text, the stored offset, and what is planned. */
function outcome(name: string, text: string, offset: string, expected: Partial<PlannedPath>): void {
  test(name, async () => {
    const { paths } = await plan({ 'a.log': text }, { 'a.log': offset });
    const { outcome: planned, resume, pendingBytes } = paths[0]!;
    assert.deepEqual({ outcome: planned, resume, pendingBytes }, { resume: undefined, pendingBytes: 0, ...expected });
  });
}

outcome('a file goes on where Promtail stopped', 'one\ntwo\n', '4', { outcome: 'resume', resume: 4, pendingBytes: 4 });
outcome('a file that was read to its end', 'one\n', '4', { outcome: 'at end', resume: 4 });
outcome('an unfinished line stays to be read', 'one\ntw', '4', { outcome: 'resume', resume: 4, pendingBytes: 2 });
outcome('a shorter file is another one', 'x\n', '400', { outcome: 'from start', resume: 0, pendingBytes: 2 });
outcome('an offset within a line is of another file', 'one\ntwo\n', '6', {
  outcome: 'from start',
  resume: 0,
  pendingBytes: 8,
});
outcome('an offset right behind the first byte of a line is within it', 'a\nbc\n', '3', {
  outcome: 'from start',
  resume: 0,
  pendingBytes: 5,
});
outcome('a UTF-16 newline ends with a zero byte', 'a\0\n\0b\0', '4', { outcome: 'resume', resume: 4, pendingBytes: 2 });
outcome('an offset that is no number', 'one\n', 'x', { outcome: 'damaged', resume: 0, pendingBytes: 4 });

test('a path that no component reads is a gap', async () => {
  const { paths, gap } = await plan({ 'b.txt': 'x\n' }, { 'b.txt': '0' });
  assert.equal(paths[0]!.outcome, 'nobody reads');
  assert.ok(gap);
});

test('a file that is gone is no gap', async () => {
  const { paths, gap } = await plan({}, { 'a.log': '4' });
  assert.equal(paths[0]!.outcome, 'gone');
  assert.ok(!gap);
});

test('paths that a relabel rule makes belong to its component', async () => {
  const { paths } = await plan({ 'pods/ns_pod_uid/main/0.log': 'x\n' }, { 'pods/ns_pod_uid/main/0.log': '2' });
  assert.deepEqual(paths[0]!.components, ['loki.source.file.pods']);
});

test('each component gets a file in the form of Alloy', async () => {
  const { files } = await plan({ 'a.log': 'one\ntwo\n' }, { 'a.log': '4' });
  assert.deepEqual(files, {
    'storage/loki.source.file.app/positions.yml': 'positions:\n  ? path: "a.log"\n    labels: "{}"\n  : "4"\n',
  });
});

test('positions that a component has already stay', async () => {
  const own = `positions:\n  ? path: "LOGS/a.log"\n    labels: "{job=\\"app\\"}"\n  : "8"\n`;
  const { paths, files } = await plan(
    { 'a.log': 'one\ntwo\n', 'c.log': 'x\ny\n' },
    { 'a.log': '4', 'c.log': '2' },
    own,
  );
  assert.deepEqual(
    paths.map((path) => path.outcome),
    ['kept', 'resume'],
  );
  assert.match(
    files['storage/loki.source.file.app/positions.yml']!,
    /"\{job=\\"app\\"\}"\n {2}: "8"[\s\S]*c\.log[\s\S]*: "2"/,
  );
});

test('a journal cursor needs a legacy_position', async () => {
  const { cursors, gap } = await plan({}, { 'cursor-journal': 's=1;i=2', 'cursor-other': 's=1' });
  assert.deepEqual(cursors, [
    { job: 'journal', components: ['loki.source.journal.node'] },
    { job: 'other', components: [] },
  ]);
  assert.ok(gap);
});

test('broken files are named with their place', async () => {
  const result = await planPositions({
    positions: { name: 'positions.yaml', text: '- x' },
    config: { name: 'config.alloy', text: '' },
    storagePath: '/nowhere',
    disk: systemDisk,
  });
  assert.deepEqual('diagnostics' in result && result.diagnostics.map(({ file, line }) => `${file}:${line}`), [
    'positions.yaml:1',
  ]);
});
