import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter } from '../test/run-stages.ts';

test('escape sequences go, everything else stays', async () => {
  assert.deepEqual(await linesAfter('stage.decolorize { }', ['\u001b[31mred\u001b[0m é', 'plain']), ['red é', 'plain']);
});
