import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('all or nothing', async () => {
  const json = '{"log":"hello\\n","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}';
  const { out } = await runStages('stage.docker { }', [json, '{"stream":"stdout"}', 'text']);
  assert.deepEqual(
    out.map(({ line, labels, time }) => [line, labels, time]),
    [
      ['hello\n', { stream: 'stdout' }, '2026-01-02T03:04:05.5Z'],
      ['{"stream":"stdout"}', {}, ''],
      ['text', {}, ''],
    ],
  );
});
