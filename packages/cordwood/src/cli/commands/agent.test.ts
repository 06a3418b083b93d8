import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PushServer } from '../../agent/test/push-server.ts';
import { until } from '../../rules/test/real-process.ts';
import { runCaptured } from '../test/run-captured.ts';

const program = fileURLToPath(new URL('../../../bin/cordwood.js', import.meta.url));
/** Other processes may be slow. */
const patienceMs = 60_000;

async function withAgent(
  run: (scene: {
    folder: string;
    config: (label: string) => void;
    url: string;
    server: PushServer;
    child: ChildProcess;
    notes: () => string;
  }) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-agent-'));
  const server = new PushServer();
  await server.listen();
  const config = (label: string) =>
    writeFileSync(
      join(folder, 'config.alloy'),
      `logging {\n  level  = "debug"\n  format = "json"\n}\nloki.source.file "in" {\n  targets    = [{ __path__ = "${folder}/a.log", app = "${label}" }]\n  forward_to = [loki.write.out.receiver]\n}\nloki.write "out" {\n  endpoint {\n    url        = "${server.url}"\n    batch_wait = "50ms"\n  }\n}\n`,
    );
  config('one');
  writeFileSync(join(folder, 'a.log'), 'first\n');
  const args = ['agent', '--config', join(folder, 'config.alloy'), '--data', join(folder, 'data')];
  const child = spawn(process.execPath, [program, ...args, '--server.http.listen-addr', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let notes = '';
  child.stderr.on('data', (part: Buffer) => {
    notes += part.toString();
  });
  try {
    await until('the agent', () => /shows them/.test(notes), patienceMs);
    const url = /(http:\/\/[^/]+)\/agent/.exec(notes)![1]!;
    await run({ folder, config, url, server, child, notes: () => notes });
  } finally {
    child.kill('SIGKILL');
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test('answers over HTTP, reloads by request and by signal, keeps what runs when the file is broken', () =>
  withAgent(async ({ folder, config, url, server, child, notes }) => {
    const get = async (path: string) => {
      const answer = await fetch(`${url}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    await until('the first line', () => server.entries.length === 1, patienceMs);
    assert.match((await get('/agent')).text, /2 components, all healthy/);
    assert.match((await get('/metrics')).text, /^loki_write_sent_entries_total/m);
    assert.equal((await get('/-/ready')).status, 200);
    assert.equal((await get('/nothing')).status, 404);

    writeFileSync(join(folder, 'config.alloy'), 'loki.write "x" {');
    const broken = await get('/-/reload');
    assert.equal(broken.status, 400);
    assert.match(broken.text, /config\.alloy:1:\d+: error: /);
    appendFileSync(join(folder, 'a.log'), 'second\n');
    await until('the second line', () => server.entries.length === 2, patienceMs);

    // Another label is another position: the file is read from its start.
    config('two');
    assert.deepEqual(await get('/-/reload'), { status: 200, text: 'config reloaded\n' });
    await until('the new labels', () => server.entries.length === 4, patienceMs);
    assert.match(server.entries.at(-1)!.labels, /app="two"/);
    // The logging block asks for JSON.
    assert.match(notes(), /"msg":"config reloaded"/);
    // The same file again: nothing is read twice.
    child.kill('SIGHUP');
    await until('the second reload', () => notes().split('config reloaded').length === 3, patienceMs);
    appendFileSync(join(folder, 'a.log'), 'third\n');
    await until('the third line', () => server.lines.at(-1) === 'third', patienceMs);
    assert.equal(server.entries.length, 5);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  }));

test('usage: 2', async () => {
  assert.equal((await runCaptured(['agent', '--log-level', 'loud'])).code, 2);
  assert.equal((await runCaptured(['agent', '--server.http.listen-addr', 'here'])).code, 2);
  assert.equal((await runCaptured(['agent', '--config', '/nowhere/config.alloy'])).code, 2);
});
