import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeLine } from '../log-entry.ts';
import { linesAfter, runStages } from '../test/run-stages.ts';

const line = (flag: string, text: string, stream = 'stdout') =>
  `2026-01-02T03:04:05.000000006Z ${stream} ${flag} ${text}`;

test('the frame becomes label, time and line', async () => {
  const { out } = await runStages('stage.cri { }', [line('F', 'hello', 'stderr')]);
  assert.deepEqual(out, [
    { line: 'hello', labels: { stream: 'stderr' }, metadata: {}, time: '2026-01-02T03:04:05.000000006Z' },
  ]);
});

test('partial lines are joined per stream, and their receipts are released with the whole line', async () => {
  const { out, held } = await runStages('stage.cri { }', [
    line('P', 'a-'),
    line('P', 'x-', 'stderr'),
    line('F', 'b'),
    line('F', 'y', 'stderr'),
  ]);
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['a-b', 'x-y'],
  );
  assert.deepEqual(held, []);
});

test('a partial line that is open at the end is not sent, and stays to be read again', async () => {
  const { out, held } = await runStages('stage.cri { }', [line('F', 'whole'), line('P', 'half')]);
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['whole'],
  );
  assert.deepEqual(held, [1]);
});

test('a UTF-8 sequence that the runtime cut in two is whole again', async () => {
  const { chunked } = await cutLines();
  assert.deepEqual(chunked, ['né']);
});

/** Fragments as bytes: they cannot come as texts, for each alone is no UTF-8. */
async function cutLines(): Promise<{ chunked: string[] }> {
  const [first, second] = [Buffer.from('n\u00e9').subarray(0, 2), Buffer.from('n\u00e9').subarray(2)];
  const text = (flag: string, bytes: Buffer) => Buffer.concat([Buffer.from(line(flag, '')), bytes]);
  const escaped = (bytes: Buffer) => decodeLine(bytes, 0, bytes.length);
  return { chunked: await linesAfter('stage.cri { }', [escaped(text('P', first)), escaped(text('F', second))]) };
}
