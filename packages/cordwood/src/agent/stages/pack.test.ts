import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('values and the line in one object; the labels go; the time is now', async () => {
  const { out } = await runStages('stage.pack {\n labels = ["b", "a", "none"]\n}', ['say "<hi>"'], {
    labels: { a: '1', b: '2', c: '3' },
  });
  assert.deepEqual(
    [out[0]!.line, out[0]!.labels, out[0]!.time],
    ['{"a":"1","b":"2","_entry":"say \\"\\u003chi\\u003e\\""}', { c: '3' }, ''],
  );
});
