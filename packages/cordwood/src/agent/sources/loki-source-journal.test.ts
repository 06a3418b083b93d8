import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';

/** Time of the workplace's clock, microseconds. */
const nowMicros = Date.UTC(2026, 5, 15, 10) * 1000;

interface Bench extends Workplace {
  readonly server: PushServer;
  readonly journal: string;
  readonly variables: Record<string, string>;
  write(cursor: string, fields: Record<string, unknown>, ageSeconds?: number): void;
  /** Arguments of each start of journalctl. */
  starts(): string[][];
  config(args?: string): string;
}

function withJournal(name: string, run: (bench: Bench) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (workplace) => {
      const server = new PushServer();
      await server.listen();
      const journal = workplace.path('journal.jsonl');
      writeFileSync(journal, '');
      const bin = workplace.path('bin');
      mkdirSync(bin);
      const script = join(import.meta.dirname, '..', 'test', 'fake-journalctl.ts');
      writeFileSync(
        join(bin, 'journalctl'),
        `#!/bin/sh\nJOURNAL='${journal}' exec '${process.execPath}' '${script}' "$@"\n`,
      );
      chmodSync(join(bin, 'journalctl'), 0o755);
      try {
        await run({
          ...workplace,
          server,
          journal,
          variables: { PATH: `${bin}:${process.env['PATH']}` },
          write(cursor, fields, ageSeconds = 1) {
            const entry = { __CURSOR: cursor, __REALTIME_TIMESTAMP: String(nowMicros - ageSeconds * 1e6), ...fields };
            appendFileSync(journal, `${JSON.stringify(entry)}\n`);
          },
          starts: () =>
            readFileSync(`${journal}.args`, 'utf8')
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line)),
          config: (args = '') => `
loki.source.journal "j" {
  forward_to = [loki.write.out.receiver]
  ${args}
}
loki.write "out" {
  endpoint {
    url        = "${server.url}"
    batch_wait = "50ms"
  }
}`,
        });
      } finally {
        await server.close();
      }
    }),
  );
}

withJournal('entries with their time, labels from fields, job', async (bench) => {
  bench.write('c1', { MESSAGE: 'one', PRIORITY: '3', _SYSTEMD_UNIT: 'kubelet.service', SYSLOG_IDENTIFIER: 'kubelet' });
  bench.write('c2', { MESSAGE: [98, 255], PRIORITY: '6' });
  bench.write('c3', { NOTE: 'no message' });
  bench.write('c4', { MESSAGE: 'twice', TAG: ['a', 'b'] });
  const rules = `labels        = { env = "prod", job = "given" }
  relabel_rules = loki.relabel.r.rules
}
loki.relabel "r" {
  forward_to = []
  rule {
    source_labels = ["__journal__systemd_unit"]
    target_label  = "unit"
  }
  rule {
    source_labels = ["__journal_priority_keyword"]
    target_label  = "level"
  }
  rule {
    source_labels = ["__journal_tag"]
    target_label  = "tag"
  }`;
  const agent = await bench.start(bench.config(rules), { variables: bench.variables });
  await bench.until('three entries', () => bench.server.entries.length === 3);
  assert.deepEqual(bench.server.entries.map(({ line, labels }) => `${labels} ${line}`).sort(), [
    '{env="prod", job="loki.source.journal.j", level="error", unit="kubelet.service"} one',
    '{env="prod", job="loki.source.journal.j", level="info"} b\ufffd',
    '{env="prod", job="loki.source.journal.j", tag="b"} twice',
  ]);
  assert.equal(bench.server.entries[0]!.timestampNs, BigInt(nowMicros - 1e6) * 1000n);
  assert.match(agent.metrics(), /parsing_errors_total\{.*error="no_message"\} 1/);
  assert.match(agent.metrics(), /journal_target_lines_total\{.*\} 3/);
});

withJournal('the arguments of journalctl', async (bench) => {
  bench.write('c1', { MESSAGE: 'one' });
  await bench.start(bench.config('path = "/var/log/other"\nmatches = "_TRANSPORT=kernel PRIORITY=3"\nmax_age = "1h"'), {
    variables: bench.variables,
  });
  await bench.until('one entry', () => bench.server.entries.length === 1);
  const since = Math.floor(nowMicros / 1e6) - 3600;
  assert.deepEqual(bench.starts()[0], [
    '--output=json',
    '--follow',
    '--no-tail',
    '--all',
    '--directory=/var/log/other',
    `--since=@${since}`,
    '_TRANSPORT=kernel',
    'PRIORITY=3',
  ]);
});

withJournal('a restart goes on after the last delivered entry: nothing lost, nothing twice', async (bench) => {
  for (let i = 0; i < 20; i++) bench.write(`c${i}`, { MESSAGE: `line ${i}` });
  const first = await bench.start(bench.config(), { variables: bench.variables });
  await bench.until('twenty entries', () => bench.server.entries.length === 20);
  await bench.stop(first);
  for (let i = 20; i < 30; i++) bench.write(`c${i}`, { MESSAGE: `line ${i}` });
  await bench.start(bench.config(), { variables: bench.variables });
  await bench.until('thirty entries', () => bench.server.entries.length >= 30);
  assert.deepEqual(
    bench.server.lines,
    Array.from({ length: 30 }, (_, i) => `line ${i}`),
  );
  assert.ok(bench.starts()[1]!.includes('--after-cursor=c19'));
});

withJournal('what was not delivered is read again', async (bench) => {
  bench.server.answer = () => 503;
  bench.write('c1', { MESSAGE: 'one' });
  const first = await bench.start(bench.config(), { variables: bench.variables, drainTimeoutMs: 100 });
  await bench.until('an attempt', () => bench.server.attempts > 0);
  await bench.stop(first);
  bench.server.answer = () => 204;
  await bench.start(bench.config(), { variables: bench.variables });
  await bench.until('the entry', () => bench.server.entries.length === 1);
});

withJournal('a cursor that is older than max_age is left behind', async (bench) => {
  const cursor = (ageHours: number) => `s=1;t=${(nowMicros - ageHours * 3.6e9).toString(16)};x=1`;
  const positions = `positions:\n  ? path: "cursor-loki.source.journal.j"\n    labels: ""\n  : ${JSON.stringify(cursor(9))}\n`;
  mkdirSync(bench.path('data/loki.source.journal.j'), { recursive: true });
  writeFileSync(bench.path('data/loki.source.journal.j/positions.yml'), positions);
  bench.write(cursor(8), { MESSAGE: 'old' }, 8 * 3600);
  bench.write(cursor(1), { MESSAGE: 'new' }, 3600);
  await bench.start(bench.config(), { variables: bench.variables });
  await bench.until('one entry', () => bench.server.entries.length > 0);
  assert.deepEqual(bench.server.lines, ['new']);
});

withJournal('goes on from a position of Promtail', async (bench) => {
  writeFileSync(bench.path('promtail.yml'), 'positions:\n  cursor-machine: c2\n  /var/log/a.log: "7"\n');
  for (let i = 1; i < 4; i++) bench.write(`c${i}`, { MESSAGE: `line ${i}` });
  const legacy = `legacy_position {\n    file = "${bench.path('promtail.yml')}"\n    name = "machine"\n  }`;
  await bench.start(bench.config(legacy), { variables: bench.variables });
  await bench.until('one entry', () => bench.server.entries.length === 1);
  assert.deepEqual(bench.server.lines, ['line 3']);
});

withJournal('format_as_json sends all fields', async (bench) => {
  bench.write('c1', { MESSAGE: 'a<b', _PID: '7' });
  await bench.start(bench.config('format_as_json = true'), { variables: bench.variables });
  await bench.until('one entry', () => bench.server.entries.length === 1);
  assert.equal(bench.server.lines[0], '{"MESSAGE":"a\\u003cb","_PID":"7"}');
});

withJournal('journalctl that fails is started again, and health says why', async (bench) => {
  writeFileSync(`${bench.journal}.broken`, 'Failed to open files: Permission denied\n');
  bench.write('c1', { MESSAGE: 'one' });
  const agent = await bench.start(bench.config(), { variables: bench.variables });
  const status = () => agent.components().find(({ id }) => id === 'loki.source.journal.j')!;
  await bench.until('bad health', () => status().health === 'unhealthy');
  assert.match(status().message, /journalctl ended with exit code 1: Failed to open files: Permission denied/);
  unlinkSync(`${bench.journal}.broken`);
  await bench.until('the entry', () => bench.server.entries.length === 1);
  assert.equal(status().health, 'healthy');
});

test('without journalctl the health says so', () =>
  withWorkplace(async (workplace) => {
    const config = 'loki.source.journal "j" {\n  forward_to = [loki.echo.e.receiver]\n}\nloki.echo "e" { }';
    const agent = await workplace.start(config, { variables: { PATH: workplace.path('nothing') } });
    await workplace.until('bad health', () => agent.components().some(({ health }) => health === 'unhealthy'));
    assert.ok(agent.components().some(({ message }) => message === 'journalctl is not installed'));
  }));

function hasJournalctl(): boolean {
  try {
    execFileSync('journalctl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test(
  'the real journalctl on a journal that a real journald wrote',
  { skip: hasJournalctl() ? false : 'needs journalctl' },
  () =>
    withWorkplace(async (workplace) => {
      const directory = workplace.path('00112233445566778899aabbccddeeff');
      mkdirSync(directory);
      const packed = readFileSync(join(import.meta.dirname, '..', 'test', 'fixtures', 'journal', 'system.journal.gz'));
      writeFileSync(join(directory, 'system.journal'), gunzipSync(packed));
      const server = new PushServer();
      await server.listen();
      const config = `
loki.relabel "r" {
  forward_to = []
  rule {
    source_labels = ["__journal_syslog_identifier"]
    target_label  = "identifier"
  }
  rule {
    source_labels = ["__journal_priority_keyword"]
    target_label  = "level"
  }
}
loki.source.journal "j" {
  forward_to    = [loki.write.out.receiver]
  path          = "${workplace.directory}"
  max_age       = "87600h"
  matches       = "_TRANSPORT=journal"
  relabel_rules = loki.relabel.r.rules
}
loki.write "out" {
  endpoint {
    url        = "${server.url}"
    batch_wait = "50ms"
  }
}`;
      const variables = { PATH: process.env['PATH'] ?? '' };
      const agent = await workplace.start(config, { variables });
      await workplace.until('six entries', () => server.entries.length === 6);
      assert.deepEqual(
        server.entries
          .toSorted((a, b) => Number(a.timestampNs - b.timestampNs))
          .map(
            ({ labels, line }) =>
              `${/identifier="(.*?)".*level="(.*?)"/.exec(labels)!.slice(1).join(' ')} ${line.slice(0, 40)}`,
          ),
        [
          'systemd info Started Kubernetes kubelet.',
          'smartd error disk /dev/sda1 failing: größer als 1 MiB',
          'binary warning binary \u0001\ufffd end',
          'java notice two lines\nin one entry',
          'twice debug twice',
          `long info long ${'x'.repeat(35)}`,
        ],
      );
      assert.equal(server.lines.find((line) => line.startsWith('long'))!.length, 6005);
      await workplace.stop(agent);
      // The real program understands the cursor that we stored: nothing is behind it.
      const positions = readFileSync(workplace.path('data/loki.source.journal.j/positions.yml'), 'utf8');
      const cursor = /^ {2}: "(.*)"$/m.exec(positions)![1]!;
      const behind = ['--output=json', `--directory=${workplace.directory}`, `--after-cursor=${cursor}`];
      assert.equal(execFileSync('journalctl', [...behind, '_TRANSPORT=journal'], { encoding: 'utf8' }), '');
      await server.close();
    }),
);
