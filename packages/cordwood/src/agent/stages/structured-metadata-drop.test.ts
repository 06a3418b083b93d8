import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('metadata goes by name', async () => {
  const { out } = await runStages(
    'stage.logfmt {\n regex = "."\n}\nstage.structured_metadata {\n regex = "."\n}\nstage.structured_metadata_drop {\n values = ["a", "z"]\n}',
    ['a=1 b=2'],
  );
  assert.deepEqual(out[0]!.metadata, { b: '2' });
});
