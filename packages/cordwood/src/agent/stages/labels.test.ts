import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('labels come from extracted values, also under another name; missing ones change nothing', async () => {
  const stages =
    'stage.json {\n expressions = { a = "", b = "" }\n}\nstage.labels {\n values = { a = "", c = "b", d = null }\n}';
  const { out } = await runStages(stages, ['{"a":"","b":7}', 'text'], { labels: { c: 'old' } });
  assert.deepEqual(
    out.map((entry) => entry.labels),
    [{ a: '', c: '7' }, { c: 'old' }],
  );
});

test('labels come from structured metadata when that is wanted', async () => {
  const stages =
    'stage.json {\n expressions = { m = "" }\n}\nstage.structured_metadata {\n values = { m = "" }\n}\nstage.labels {\n values = { l = "m" }\n source_type = "structured_metadata"\n}';
  const { out } = await runStages(stages, ['{"m":"v"}']);
  assert.deepEqual([out[0]!.labels, out[0]!.metadata], [{ l: 'v' }, { m: 'v' }]);
});

test('the same value of the same stream is the same label set, however many lines there are', async () => {
  const stages = 'stage.regex {\n expression = "(?P<n>.*)"\n}\nstage.labels {\n values = { n = "" }\n}';
  const { out } = await runStages(
    stages,
    Array.from({ length: 2500 }, (_, i) => `${i % 1500}`),
  );
  assert.equal(new Set(out.map((entry) => entry.labels['n'])).size, 1500);
});
