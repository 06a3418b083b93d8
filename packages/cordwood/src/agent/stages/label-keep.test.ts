import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('all other labels go', async () => {
  const { out } = await runStages('stage.label_keep {\n values = ["a", "z"]\n}', ['x'], { labels: { a: '1', b: '2' } });
  assert.deepEqual(out[0]!.labels, { a: '1' });
});
