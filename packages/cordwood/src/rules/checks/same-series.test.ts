import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameSeries } from './same-series.ts';
import { foundBy } from './test/found-by.ts';

test('two rules that write one series', () => {
  const message = 'r is also written at f.yaml:1, with the same labels: Prometheus gets two values for one series';
  assert.deepEqual(foundBy(sameSeries, '[{ record: r, expr: vector(1) }, { record: r, expr: vector(2) }]'), [
    message,
    message,
  ]);
  assert.deepEqual(
    foundBy(
      sameSeries,
      '[{ record: r, expr: vector(1), labels: { t: a } }, { record: r, expr: vector(2), labels: { t: b } }]',
    ),
    [],
  );
  assert.deepEqual(foundBy(sameSeries, '[{ alert: r, expr: vector(1) }, { alert: r, expr: vector(2) }]'), []);
});
