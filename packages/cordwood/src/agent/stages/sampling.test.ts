import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter, runStages } from '../test/run-stages.ts';

test('a share of the entries passes, the rest is counted', async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `${i}`);
  const { out, dropped } = await runStages('stage.sampling {\n rate = 0.3\n drop_counter_reason = "r"\n}', lines);
  assert.ok(out.length > 240 && out.length < 360, `${out.length}`);
  assert.deepEqual(dropped, { r: 1000 - out.length });
  assert.equal((await linesAfter('stage.sampling {\n rate = 1\n}', lines)).length, 1000);
  assert.equal((await linesAfter('stage.sampling {\n rate = 0\n}', lines)).length, 0);
});
