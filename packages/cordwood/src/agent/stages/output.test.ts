import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter } from '../test/run-stages.ts';

test('the line becomes a value; without one it stays', async () => {
  assert.deepEqual(
    await linesAfter('stage.json {\n expressions = { m = "" }\n}\nstage.output {\n source = "m"\n}', [
      '{"m":"x"}',
      '{"m":5}',
      '{"m":null}',
    ]),
    ['x', '5', '{"m":null}'],
  );
});
