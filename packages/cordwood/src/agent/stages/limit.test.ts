import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('the burst passes, then the rate', async () => {
  const stages = 'stage.limit {\n rate = 2\n burst = 2\n drop = true\n}';
  const { out, dropped } = await runStages(stages, ['1', '2', '3', '4', '5'], { gapsMs: [0, 0, 0, 600, 0] });
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['1', '2', '5'],
  );
  assert.deepEqual(dropped, { ratelimit_drop_stage: 2 });
});

test('without drop the source waits, and nothing is lost', async () => {
  const { out, dropped } = await runStages('stage.limit {\n rate = 10\n burst = 1\n}', ['1', '2', '3', '4']);
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['1', '2', '3', '4'],
  );
  assert.deepEqual(dropped, {});
});
