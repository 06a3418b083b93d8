import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Agent } from '../agent.ts';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';

interface Scene {
  readonly work: Workplace;
  readonly server: PushServer;
  readonly log: string;
  /** Starts the agent on `app.log` (or other targets), with more arguments for the source. */
  start(more?: string, targets?: string): Promise<Agent>;
  append(...lines: string[]): void;
  /** Waits until the server has this many entries, and a little longer for those that should not come. */
  arrived(count: number): Promise<void>;
}

function scenario(name: string, run: (scene: Scene) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      const log = work.path('app.log');
      const scene: Scene = {
        work,
        server,
        log,
        start: (more = '', targets = `[{ __path__ = "${log}" }]`) =>
          work.start(`
            loki.source.file "in" {
              targets    = ${targets}
              forward_to = [loki.write.out.receiver]
              ${more}
            }
            loki.write "out" {
              endpoint {
                url        = "${server.url}"
                batch_wait = "100ms"
              }
            }`),
        append: (...lines) => appendFileSync(log, lines.map((line) => `${line}\n`).join('')),
        async arrived(count) {
          await work.until(
            `${count} entries (have ${JSON.stringify(server.lines.slice(-5))})`,
            () => server.entries.length >= count,
          );
          for (let i = 0; i < 20; i++) {
            await work.clock.advance(50);
            await new Promise((resolve) => setTimeout(resolve, 0));
          }
          assert.equal(server.entries.length, count, JSON.stringify(server.lines));
        },
      };
      try {
        await run(scene);
      } finally {
        await server.close();
      }
    }),
  );
}

scenario(
  'lines as they are written: CR, empty lines, a line in two writes',
  async ({ start, append, arrived, server, log }) => {
    append('one\r', '', 'three');
    await start();
    await arrived(3);
    appendFileSync(log, 'four ');
    await arrived(3);
    appendFileSync(log, 'and more\nfive');
    await arrived(4);
    assert.deepEqual(server.lines, ['one', '', 'three', 'four and more']);
    assert.equal(server.entries[0]!.labels, `{filename="${log}"}`);
  },
);

scenario('equal lines have different times', async ({ start, append, arrived, server }) => {
  append('same', 'same', 'same');
  await start();
  await arrived(3);
  assert.equal(new Set(server.entries.map((entry) => entry.timestampNs)).size, 3);
});

scenario(
  'rotation by rename: the old file to its end, then the new one',
  async ({ start, append, arrived, server, log }) => {
    append('a1', 'a2');
    await start();
    await arrived(2);
    append('a3');
    renameSync(log, `${log}.1`);
    appendFileSync(`${log}.1`, 'a4\n');
    append('b1');
    await arrived(5);
    assert.deepEqual(server.lines, ['a1', 'a2', 'a3', 'a4', 'b1']);
  },
);

scenario(
  'a late writer of a renamed file is heard, and its unterminated last line',
  async ({ start, append, arrived, server, log, work }) => {
    append('a1');
    await start();
    await arrived(1);
    renameSync(log, `${log}.1`);
    append('b1');
    await arrived(2);
    appendFileSync(`${log}.1`, 'late\nunterminated');
    await arrived(3);
    await work.until('the rest of the old file', () => server.entries.length === 4);
    assert.deepEqual(server.lines, ['a1', 'b1', 'late', 'unterminated']);
  },
);

scenario(
  'several rotations at once while the server is away: no file is missed',
  async ({ start, append, arrived, server, log, work }) => {
    append('a1');
    await start();
    await arrived(1);
    server.answer = () => 500;
    append('a2');
    for (const [i, line] of ['b1', 'c1', 'd1'].entries()) {
      for (let n = i; n >= 0; n--) renameSync(n === 0 ? log : `${log}.${n}`, `${log}.${n + 1}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
      append(line);
    }
    await work.clock.advance(3000);
    server.answer = () => 204;
    await arrived(5);
    assert.deepEqual(server.lines, ['a1', 'a2', 'b1', 'c1', 'd1']);
  },
);

scenario(
  'copytruncate: what was written before the cut is read from the copy',
  async ({ start, append, arrived, server, log }) => {
    append('a1', 'a2');
    await start();
    await arrived(2);
    append('a3');
    copyFileSync(log, `${log}.1`);
    truncateSync(log, 0);
    append('b1');
    await arrived(4);
    assert.deepEqual([...server.lines].sort(), ['a1', 'a2', 'a3', 'b1']);
  },
);

scenario(
  'truncation and growth beyond the old offset between two looks',
  async ({ start, append, arrived, server, log }) => {
    append('a1', 'a2');
    await start();
    await arrived(2);
    truncateSync(log, 0);
    append('new 1', 'new 2', 'new 3', 'new 4');
    await arrived(6);
    assert.deepEqual(server.lines.slice(2), ['new 1', 'new 2', 'new 3', 'new 4']);
  },
);

scenario('delete and create again', async ({ start, append, arrived, server, log, work }) => {
  append('a1');
  await start();
  await arrived(1);
  appendFileSync(log, 'partial');
  await work.clock.advance(400);
  unlinkSync(log);
  await arrived(2);
  append('b1');
  await arrived(3);
  assert.deepEqual(server.lines, ['a1', 'partial', 'b1']);
});

scenario(
  'a file that appears later is read from its start, also with tail_from_end',
  async ({ start, append, arrived, server }) => {
    await start('tail_from_end = true');
    await arrived(0);
    append('first', 'second');
    await arrived(2);
    assert.deepEqual(server.lines, ['first', 'second']);
  },
);

scenario('tail_from_end skips what is there', async ({ start, append, arrived, server, log }) => {
  append('old');
  appendFileSync(log, 'half a ');
  await start('tail_from_end = true');
  await arrived(0);
  append('line', 'new');
  await arrived(2);
  assert.deepEqual(server.lines, ['half a line', 'new']);
});

scenario(
  'restart after the file was rotated away: the rest of the old one, what came between, the new one',
  async ({ start, append, arrived, server, log, work }) => {
    append('a1');
    const agent = await start();
    await arrived(1);
    await work.stop(agent);
    append('a2');
    renameSync(log, `${log}.1`);
    await new Promise((resolve) => setTimeout(resolve, 15));
    append('b1');
    renameSync(`${log}.1`, `${log}.2`);
    renameSync(log, `${log}.1`);
    await new Promise((resolve) => setTimeout(resolve, 15));
    append('c1');
    await start();
    await arrived(4);
    assert.deepEqual(server.lines, ['a1', 'a2', 'b1', 'c1']);
  },
);

scenario(
  'restart with a file that is shorter than the position: it is read from its start',
  async ({ start, append, arrived, server, log, work }) => {
    append('a long first line', 'another');
    const agent = await start();
    await arrived(2);
    await work.stop(agent);
    writeFileSync(log, 'short\n');
    await start();
    await arrived(3);
    assert.deepEqual(server.lines.slice(2), ['short']);
  },
);

scenario(
  'a restart reads on where the last one stopped, and the position is in the format of Alloy',
  async ({ start, append, arrived, server, log, work }) => {
    append('one', 'two');
    const agent = await start('', `[{ __path__ = "${log}", b = "x", a = "y" }]`);
    await arrived(2);
    await work.stop(agent);
    const text = readFileSync(work.path('data/loki.source.file.in/positions.yml'), 'utf8');
    assert.match(
      text,
      /^positions:\n {2}\? path: "[^"]*app\.log"\n {4}labels: "\{a=\\"y\\", b=\\"x\\"\}"\n {2}: "8"\n/,
    );
    assert.equal(statSync(work.path('data/loki.source.file.in')).isDirectory(), true);
    append('three');
    await start('', `[{ __path__ = "${log}", b = "x", a = "y" }]`);
    await arrived(3);
    assert.deepEqual(server.lines, ['one', 'two', 'three']);
  },
);

scenario('positions that Alloy wrote are read', async ({ start, append, arrived, server, log, work }) => {
  append('one', 'two', 'three');
  mkdirSync(work.path('data/loki.source.file.in'), { recursive: true });
  const yaml = `positions:\n    ? path: ${log}\n      labels: '{app="x"}'\n    : "4"\n`;
  writeFileSync(work.path('data/loki.source.file.in/positions.yml'), yaml);
  await start('', `[{ __path__ = "${log}", app = "x" }]`);
  await arrived(2);
  assert.deepEqual(server.lines, ['two', 'three']);
});

scenario('positions of a Promtail are taken over once', async ({ start, append, arrived, server, log, work }) => {
  append('one', 'two', 'three');
  writeFileSync(work.path('promtail.yaml'), `positions:\n  ${log}: "8"\n  cursor-journal: "s=1"\n`);
  const agent = await start(
    `legacy_positions_file = "${work.path('promtail.yaml')}"`,
    `[{ __path__ = "${log}", app = "x" }]`,
  );
  await arrived(1);
  await work.stop(agent);
  append('four');
  await start(`legacy_positions_file = "${work.path('promtail.yaml')}"`, `[{ __path__ = "${log}", app = "x" }]`);
  await arrived(2);
  assert.deepEqual(server.lines, ['three', 'four']);
});

for (const [action, expected] of [
  ['restart_from_beginning', ['one', 'two', 'new']],
  ['restart_from_end', ['new']],
  ['skip', []],
] as const) {
  scenario(`a damaged position: ${action}`, async ({ start, append, arrived, server, log, work }) => {
    append('one', 'two');
    mkdirSync(work.path('data/loki.source.file.in'), { recursive: true });
    const yaml = `positions:\n    ? path: ${log}\n      labels: '{}'\n    : "\\0\\0\\0"\n`;
    writeFileSync(work.path('data/loki.source.file.in/positions.yml'), yaml);
    await start(`on_positions_file_error = "${action}"`);
    await arrived(action === 'restart_from_beginning' ? 2 : 0);
    append('new');
    await arrived(expected.length);
    assert.deepEqual(server.lines, expected);
  });
}

scenario(
  'a positions file that is no YAML stops the component and says so',
  async ({ start, append, arrived, work }) => {
    append('one');
    mkdirSync(work.path('data/loki.source.file.in'), { recursive: true });
    writeFileSync(work.path('data/loki.source.file.in/positions.yml'), 'positions: [');
    const agent = await start();
    await arrived(0);
    const status = agent.components().find((component) => component.id === 'loki.source.file.in');
    assert.match(status!.message, /invalid yaml positions file/);
  },
);

scenario('globs inside the component: files come and go', async ({ start, arrived, server, work }) => {
  mkdirSync(work.path('pods/a'), { recursive: true });
  writeFileSync(work.path('pods/a/0.log'), 'a0\n');
  writeFileSync(work.path('pods/a/0.log.gz'), 'no\n');
  writeFileSync(work.path('pods/a/debug.log'), 'no\n');
  await start(
    'file_match {\n enabled = true\n sync_period = "1s"\n }',
    `[{ __path__ = "${work.path('pods')}/**/*.log", __path_exclude__ = "${work.path('pods')}/*/debug.log" }]`,
  );
  await arrived(1);
  mkdirSync(work.path('pods/b/c'), { recursive: true });
  writeFileSync(work.path('pods/b/c/1.log'), 'b1\nlast words');
  await arrived(2);
  rmSync(work.path('pods/b'), { recursive: true });
  await work.until('the last words', () => server.entries.length === 3);
  await work.until(
    'the position to be forgotten',
    () => !readFileSync(work.path('data/loki.source.file.in/positions.yml'), 'utf8').includes('1.log'),
  );
  assert.deepEqual(server.lines, ['a0', 'b1', 'last words']);
});

scenario('a link to a file that is rotated away', async ({ start, arrived, server, log, work }) => {
  writeFileSync(work.path('real-1'), 'a1\n');
  symlinkSync(work.path('real-1'), log);
  await start();
  await arrived(1);
  writeFileSync(work.path('real-2'), 'b1\n');
  symlinkSync(work.path('real-2'), `${log}.new`);
  renameSync(`${log}.new`, log);
  await arrived(2);
  assert.deepEqual(server.lines, ['a1', 'b1']);
});

scenario('two label sets for one path are two tailers', async ({ start, append, arrived, server, log }) => {
  append('x');
  await start(
    '',
    `[{ __path__ = "${log}", n = "1" }, { __path__ = "${log}", n = "2" }, { __path__ = "${log}", n = "2", __port = "9" }]`,
  );
  await arrived(2);
  assert.deepEqual(
    new Set(server.entries.map((entry) => entry.labels)),
    new Set([`{filename="${log}", n="1"}`, `{filename="${log}", n="2"}`]),
  );
});

scenario(
  'UTF-16 with a byte order mark, and another encoding by name',
  async ({ start, arrived, server, log, work }) => {
    writeFileSync(log, Buffer.from('\ufeffeins ü\r\nzwei Ċ\n', 'utf16le'));
    await start();
    await arrived(2);
    appendFileSync(log, Buffer.from('drei\n', 'utf16le'));
    await arrived(3);
    assert.deepEqual(server.lines, ['eins ü', 'zwei Ċ', 'drei']);
    writeFileSync(work.path('latin.log'), Buffer.from('caf\u00e9\n', 'latin1'));
    const agent = await work.start(`
    loki.source.file "latin" {
      targets    = [{ __path__ = "${work.path('latin.log')}" }]
      forward_to = [loki.write.out.receiver]
      encoding   = "iso-8859-1"
    }
    loki.write "out" {
      endpoint {
        url = "${server.url}"
      }
    }`);
    await work.until('the latin line', () => server.lines.includes('café'));
    await work.stop(agent);
  },
);

scenario(
  'a line longer than a read, and one longer than any line may be',
  async ({ start, append, arrived, server }) => {
    append('x'.repeat(700_000), 'é'.repeat(5_000_000), 'end');
    await start();
    await arrived(4);
    assert.deepEqual(
      server.lines.map((line) => line.length),
      [700_000, 4_194_304, 805_696, 3],
    );
    assert.equal(server.lines[1]! + server.lines[2]!, 'é'.repeat(5_000_000));
  },
);

for (const [format, pack] of [
  ['gz', gzipSync],
  ['z', deflateSync],
] as const) {
  scenario(`a compressed file (${format}) is read once`, async ({ start, arrived, server, work }) => {
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
    writeFileSync(work.path('old.log.gz'), pack(`${lines.join('\n')}\nlast`));
    const more = `decompression {\n enabled = true\n format = "${format}"\n initial_delay = "1s"\n }`;
    const targets = `[{ __path__ = "${work.path('old.log.gz')}" }]`;
    const agent = await start(more, targets);
    await arrived(3001);
    assert.deepEqual(server.lines, [...lines, 'last']);
    await work.stop(agent);
    await start(more, targets);
    await arrived(3001);
  });
}

scenario('a damaged compressed file gives what can be read, and says so', async ({ start, work }) => {
  writeFileSync(work.path('old.gz'), gzipSync('line\n'.repeat(100_000)).subarray(0, 150));
  await start('decompression {\n enabled = true\n format = "gz"\n }', `[{ __path__ = "${work.path('old.gz')}" }]`);
  await work.until('the complaint', () =>
    work.messages.some((message) => message.includes('cannot read compressed file')),
  );
});
