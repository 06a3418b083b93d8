import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationLabels } from './annotation-labels.ts';
import { foundBy } from './test/found-by.ts';

function alert(expr: string, annotation: string, label = 'x'): string[] {
  return foundBy(
    annotationLabels,
    `[{ alert: A, expr: '${expr}', labels: { l: '${label}' }, annotations: { s: '${annotation}' } }]`,
  );
}
const bySvc = 'sum by (svc) (rate({a="b"}[5m])) > 1';

test('a label that the expression drops', () => {
  assert.deepEqual(alert(bySvc, '{{ $labels.service }}'), [
    'annotation s uses $labels.service, which the expression does not give',
  ]);
  assert.equal(alert('sum(rate({a="b"}[5m])) > 1', '{{ .Labels.a }}').length, 1);
  assert.equal(alert(bySvc, '{{ index $labels "pod" }}').length, 1);
  assert.equal(alert(bySvc, 'x', '{{ $labels.team }}').length, 1);
});

test('labels that are there, or may be', () => {
  assert.deepEqual(alert(bySvc, '{{ $labels.svc }} {{ $value }} $labels.other'), []);
  assert.deepEqual(alert('rate({a="b"}[5m]) > 1', '{{ $labels.pod }}'), []);
  assert.deepEqual(alert('absent_over_time({a="b"}[5m])', '{{ $labels.a }}'), []);
});
