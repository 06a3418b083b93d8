import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter, runStages } from '../test/run-stages.ts';

test('all conditions must hold; what is dropped is counted', async () => {
  const { out, dropped } = await runStages(
    'stage.drop {\n expression = "x"\n longer_than = "3B"\n drop_counter_reason = "long_x"\n}',
    ['x', 'xxxx', 'yyyy'],
  );
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['x', 'yyyy'],
  );
  assert.deepEqual(dropped, { long_x: 1 });
});

test('several sources are joined; one without text keeps the entry', async () => {
  const stages =
    'stage.json {\n expressions = { a = "", b = "" }\n}\nstage.drop {\n source = "a,b"\n separator = "-"\n value = "1-2"\n}';
  assert.deepEqual(await linesAfter(stages, ['{"a":1,"b":2}', '{"a":1}', '{"a":"1-2"}']), ['{"a":1}', '{"a":"1-2"}']);
});

test('an age is measured from now', async () => {
  const stages =
    'stage.regex {\n expression = "(?P<t>.*)"\n}\nstage.timestamp {\n source = "t"\n format = "RFC3339"\n action_on_failure = "skip"\n}\nstage.drop {\n older_than = "1h"\n}';
  assert.deepEqual(await linesAfter(stages, ['2026-06-15T08:59:59Z', '2026-06-15T09:30:00Z', 'now']), [
    '2026-06-15T09:30:00Z',
    'now',
  ]);
});
