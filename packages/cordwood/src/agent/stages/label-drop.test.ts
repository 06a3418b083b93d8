import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('labels go, absent ones do not matter', async () => {
  const { out } = await runStages('stage.label_drop {\n values = ["a", "z"]\n}', ['x'], { labels: { a: '1', b: '2' } });
  assert.deepEqual(out[0]!.labels, { b: '2' });
});
