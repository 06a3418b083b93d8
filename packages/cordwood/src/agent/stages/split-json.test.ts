import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('an array becomes entries, as its elements are written; an empty one none', async () => {
  const { out, dropped } = await runStages(
    'stage.split_json { }',
    ['[1, {"a":[2,"]"]}, "x,y"]', '[]', '{"a":1}', '[1', 'text'],
    { labels: { l: 'v' } },
  );
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['1', '{"a":[2,"]"]}', '"x,y"', '{"a":1}', '[1', 'text'],
  );
  assert.ok(out.every((entry) => entry.labels['l'] === 'v'));
  assert.deepEqual(dropped, { split_json_stage: 1 });
});

test('the children do not share what later stages extract', async () => {
  const stages =
    'stage.split_json { }\nstage.regex {\n expression = "(?P<n>\\\\d)"\n}\nstage.labels {\n values = { n = "" }\n}';
  assert.deepEqual(
    (await runStages(stages, ['[1,"x",2]'])).out.map((entry) => entry.labels),
    [{ n: '1' }, {}, { n: '2' }],
  );
});
