import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages, stageErrors } from '../test/run-stages.ts';

const counter = (more: string) =>
  `stage.json {\n expressions = { v = "" }\n}\nstage.metrics {\n metric.counter {\n name = "n"\n ${more}\n }\n}`;

test('a counter with the prefix of Alloy, by stream', async () => {
  const { metrics } = await runStages(
    counter('source = "v"\n action = "add"'),
    ['{"v":2}', '{"v":"1m"}', '{"v":-5}', '{"v":"x"}'],
    { labels: { a: 'b', __hidden: 'c' } },
  );
  assert.deepEqual(
    [...metrics.find('loki_process_custom_n')!.series()].map(({ labels, value }) => [labels, value]),
    [[{ a: 'b' }, 62]],
  );
});

test('series end when they are idle', async () => {
  const stages =
    'stage.metrics {\n metric.gauge {\n name = "g"\n source = "app"\n action = "inc"\n max_idle_duration = "1m"\n }\n}';
  const { metrics } = await runStages(stages, ['x'], { labels: { app: 'a' }, gapsMs: [180_000] });
  assert.equal(metrics.find('loki_process_custom_g'), undefined, 'the stage takes its metrics away when it ends');
});

test('bad settings are refused', () => {
  assert.deepEqual(stageErrors(counter('action = "sub"')), [
    "the 'action' counter field must be set to either 'inc' or 'add'",
  ]);
  assert.deepEqual(stageErrors('stage.metrics {\n metric.histogram {\n name = "h"\n buckets = [2, 1]\n }\n}'), [
    'histogram buckets must be in increasing order',
  ]);
});
