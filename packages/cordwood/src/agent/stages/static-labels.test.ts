import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('fixed labels; empty ones are ignored', async () => {
  const { out } = await runStages('stage.static_labels {\n values = { a = "1", b = "", c = null }\n}', ['x'], {
    labels: { a: 'old', z: '2' },
  });
  assert.deepEqual(out[0]!.labels, { a: '1', z: '2' });
});
