import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter, runStages } from '../test/run-stages.ts';

const hit = 'stage.template {\n source = "o"\n template = "hit {{ .Entry }}"\n}\nstage.output {\n source = "o"\n}';

test('matched entries go through the nested stages, the order stays', async () => {
  const stages = `stage.match {\n selector = "{app=~"w.*"} |= "x""\n${hit}\n}`.replace(
    /"\{app(.*)x\\?""/,
    '`{app=~"w.*"} |= "x"`',
  );
  assert.deepEqual(await linesAfter(stages, ['x1', 'y', 'x2'], { labels: { app: 'web' } }), ['hit x1', 'y', 'hit x2']);
  assert.deepEqual(await linesAfter(stages, ['x1'], { labels: { app: 'api' } }), ['x1']);
});

test('drop counts under its reason', async () => {
  const { out, dropped } = await runStages(
    'stage.match {\n selector = `{a=""} != "keep"`\n action = "drop"\n drop_counter_reason = "r"\n}',
    ['keep me', 'not me'],
  );
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['keep me'],
  );
  assert.deepEqual(dropped, { r: 1 });
});

test('a multiline inside of a match gives out its blocks where the match stands', async () => {
  const stages = `stage.match {\n selector = \`{a="b"}\`\n stage.multiline {\n firstline = "^S"\n max_wait_time = "1s"\n }\n}\n${hit}`;
  const { out, held } = await runStages(stages, ['S 1', 'more', 'S 2'], { labels: { a: 'b' }, gapsMs: [0, 0, 1500] });
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['hit S 1\nmore', 'hit S 2'],
  );
  assert.deepEqual(held, []);
});
