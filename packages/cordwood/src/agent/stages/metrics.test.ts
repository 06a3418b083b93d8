import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages, stageErrors } from '../test/run-stages.ts';

const counter = (more: string) =>
  `stage.json {\n expressions = { v = "" }\n}\nstage.metrics {\n metric.counter {\n name = "n"\n ${more}\n }\n}`;

test('a counter with the prefix of Alloy, by stream', async () => {
  const lines = ['{"v":2}', '{"v":"1m"}', '{"v":-5}', '{"v":"x"}'];
  const labels = { a: 'b', __hidden: 'c' };
  const { samples } = await runStages(counter('source = "v"\n action = "add"'), lines, { labels });
  assert.deepEqual(samples, ['loki_process_custom_n{a="b"} 62']);
});

test('series end when they are idle', async () => {
  const stages =
    'stage.metrics {\n metric.gauge {\n name = "g"\n source = "app"\n action = "inc"\n max_idle_duration = "1m"\n }\n}';
  const idle = await runStages(stages, ['x', 'y'], { labels: { app: 'a' }, gapsMs: [30_000, 180_000] });
  assert.deepEqual(idle.samples, []);
  assert.equal(idle.metrics.find('loki_process_custom_g'), undefined, 'the stage takes its metric along when it ends');
  const used = await runStages(stages, ['x', 'y'], { labels: { app: 'a' }, gapsMs: [30_000, 30_000] });
  assert.deepEqual(used.samples, ['loki_process_custom_g{app="a"} 2']);
});

test('bad settings are refused', () => {
  assert.deepEqual(stageErrors(counter('action = "sub"')), [
    "the 'action' counter field must be set to either 'inc' or 'add'",
  ]);
  assert.deepEqual(stageErrors('stage.metrics {\n metric.histogram {\n name = "h"\n buckets = [2, 1]\n }\n}'), [
    'histogram buckets must be in increasing order',
  ]);
});
