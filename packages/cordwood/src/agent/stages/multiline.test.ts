import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter, runStages } from '../test/run-stages.ts';

const stages = (more = '') => `stage.multiline {\n firstline = "^S"\n max_wait_time = "1s"\n${more}\n}`;

test('blocks begin with a start line and end before the next, with its labels and time', async () => {
  const { out, held } = await runStages(stages(), ['before', 'S 1', ' a', ' b', 'S 2']);
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['before', 'S 1\n a\n b', 'S 2'],
  );
  assert.deepEqual(held, []);
});

test('a block that waits keeps the receipts of its lines, and goes when its time has come', async () => {
  const waiting = await runStages(stages(), ['S 1', ' a'], { flush: false });
  assert.deepEqual([waiting.out, waiting.held], [[], [0, 1]]);
  const gone = await runStages(stages(), ['S 1', ' a'], { flush: false, gapsMs: [900, 1100] });
  assert.deepEqual([gone.out.map((entry) => entry.line), gone.held], [['S 1\n a'], []]);
});

test('a line that comes in time prolongs the wait', async () => {
  assert.deepEqual(await linesAfter(stages(), ['S 1', ' a', ' b', ' late'], { gapsMs: [900, 900, 1100, 0] }), [
    'S 1\n a\n b',
    ' late',
  ]);
});

test('newlines at the ends of lines go, or stay', async () => {
  const json = 'stage.json {\n expressions = { m = "" }\n}\nstage.output {\n source = "m"\n}\n';
  assert.deepEqual(await linesAfter(json + stages(), ['{"m":"S\\r\\n"}', '{"m":"a\\n"}']), ['S\na']);
  assert.deepEqual(await linesAfter(json + stages('trim_newlines = false'), ['{"m":"S\\n"}', '{"m":"a\\n"}']), [
    'S\n\na\n',
  ]);
});
