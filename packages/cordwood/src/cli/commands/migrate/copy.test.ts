import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nowNs, openTestApi, type TestApi } from '../../../api/test/test-api.ts';
import { temporaryFolder } from '../../../rules/test/real-process.ts';
import { runCaptured } from '../../test/run-captured.ts';

/** The API on a port of its own. */
async function listening(config = ''): Promise<{ api: TestApi; url: string } & AsyncDisposable> {
  const api = await openTestApi({ config });
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  return { api, url, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

const range = ['--start', String(nowNs), '--end', String(nowNs + 60_000_000_000n), '-t', 'a'];

test('dry run, copy, copy again, compare', async () => {
  await using from = await listening();
  await using to = await listening();
  await using folder = await temporaryFolder();
  await from.api.pushLines({ app: 'x' }, ['one', 'two', 'three']);
  const sides = ['--from', from.url, '--to', to.url, ...range, '--rule', '{}=b'];
  const copy = ['migrate', 'copy', ...sides, '--state', join(folder.path, 'state')];

  const dry = await runCaptured([...copy, '--dry-run']);
  assert.equal(dry.out, 'a -> b: 1 stream\nabout 3 entries in 1 window; nothing was written\n', dry.note);
  assert.equal((await runCaptured(['migrate', 'compare', ...sides])).code, 1);

  const first = await runCaptured([...copy, '-f', 'json']);
  assert.equal(first.code, 0, first.note);
  assert.deepEqual([JSON.parse(first.out).entries, JSON.parse(first.out).runs], [3, 1]);
  const again = await runCaptured([...copy, '-f', 'json']);
  assert.deepEqual([JSON.parse(again.out).entries, JSON.parse(again.out).runs], [3, 2]);

  const compared = await runCaptured(['migrate', 'compare', ...sides]);
  assert.equal(compared.code, 0, compared.note);
  assert.match(compared.out, /^b: 1 stream, 1 interval, equal\n/);
  assert.match(compared.out, /\nequal: 3 entries on both sides\n$/);
});

test('a refusal stops the copy with what to do; --keep-going writes it to a file', async () => {
  await using from = await listening();
  await using to = await listening('limits_config: {max_line_size: 10}');
  await using folder = await temporaryFolder();
  await from.api.pushLines({ app: 'x' }, ['one', 'longer than ten bytes', 'three']);
  const state = join(folder.path, 'state');
  const copy = ['migrate', 'copy', '--from', from.url, '--to', to.url, ...range, '--state', state];
  const stopped = await runCaptured(copy);
  assert.equal(stopped.code, 1);
  assert.match(stopped.note, /max entry size.*\nRaise `max_line_size`[\s\S]*the same command again/);
  const kept = await runCaptured([...copy, '--keep-going']);
  assert.equal(kept.code, 1);
  assert.match(kept.out, /3 entries, .* 1 refused\n$/s);
  const refused = JSON.parse(readFileSync(join(state, 'refused.jsonl'), 'utf8'));
  assert.equal(refused.line, 'longer than ten bytes');
});

for (const [name, args, says] of [
  ['no side', [], /--from URL is missing/],
  ['a wrong side', ['--from', 'loki:3100'], /'loki:3100' is not a URL/],
  ['a wrong rule', ['--rule', 'prod'], /--rule: 'prod' is not of the form SELECTOR=TENANT/],
  ['a wrong rate', ['--from', 'http://a', '--to', 'http://b', '--rate', 'fast'], /--rate: 'fast' is not a size/],
  ['a wrong selector', ['--only', 'x'], /--only: 'x' is no stream selector/],
] as const) {
  test(`usage: ${name}`, async () => {
    const { code, note } = await runCaptured(['migrate', 'copy', ...args]);
    assert.equal(code, 2);
    assert.match(note, says);
  });
}
