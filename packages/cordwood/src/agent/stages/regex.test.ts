import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('named groups become values; one that took no part is empty; no match changes nothing', async () => {
  const stages =
    'stage.regex {\n expression = "^(?P<a>x+)(?P<b>y)?"\n}\nstage.labels {\n values = { a = "", b = "" }\n}';
  const { out } = await runStages(stages, ['xxz', 'xy', 'z']);
  assert.deepEqual(
    out.map((entry) => entry.labels),
    [{ a: 'xx', b: '' }, { a: 'x', b: 'y' }, {}],
  );
});

test('labels from groups, from a source', async () => {
  const { out } = await runStages(
    'stage.regex {\n expression = "(?P<v>\\\\d+)"\n source = "app"\n labels_from_groups = true\n}',
    ['x'],
    { labels: { app: 'v12' } },
  );
  assert.deepEqual(out[0]!.labels, { app: 'v12', v: '12' });
});
