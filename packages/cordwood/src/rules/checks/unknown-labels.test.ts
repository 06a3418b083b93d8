import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineLabels } from './rule-check.ts';
import { foundBy } from './test/found-by.ts';
import { unknownLabels } from './unknown-labels.ts';

const pipeline: PipelineLabels = {
  labels: new Set(['namespace', 'service', 'level']),
  structuredMetadata: new Set(['trace_id', 'pod']),
};
const found = (text: string) => foundBy(unknownLabels, text, pipeline);

test('a selector by a label that nothing gives', () => {
  assert.deepEqual(found('count_over_time({namespace="x", sevice="y"}[5m]) > 0'), [
    'no pipeline produces the label sevice @ sevice="y"',
  ]);
  assert.deepEqual(found('count_over_time({pod="x"}[5m]) > 0'), [
    'pod is structured metadata, not a label of streams: the selector matches nothing @ pod="x"',
  ]);
});

test('filters and groupings by it, as long as the line brings no labels of its own', () => {
  assert.equal(found('count_over_time({service="x"} | lvl="error" [5m]) > 0').length, 1);
  assert.equal(found('sum by (app) (count_over_time({service="x"}[5m])) > 0').length, 1);
  assert.deepEqual(found('sum by (app) (count_over_time({service="x"} | json | lvl="error" [5m])) > 0'), []);
  assert.deepEqual(
    found(
      'sum by (pod, service_name) (count_over_time({service="x"} | detected_level="error" | trace_id!="" [5m])) > 0',
    ),
    [],
  );
});

test('nothing is said without a pipeline', () => {
  assert.deepEqual(foundBy(unknownLabels, 'count_over_time({nonsense="x"}[5m]) > 0'), []);
});
