import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCondition } from './no-condition.ts';
import { foundBy } from './test/found-by.ts';

test('an alert that fires for the value 0 too', () => {
  for (const text of [
    'avg_over_time({a="b"} | unwrap x [5m])',
    'sum(rate({a="b"}[5m])) > bool 1',
    'sum(rate({a="b"} |= "x" [5m])) / sum(bytes_rate({a="b"}[5m]))',
  ])
    assert.equal(foundBy(noCondition, text).length, 1, text);
});

test('lines counted, absence, thresholds', () => {
  for (const text of [
    'count_over_time({a="b"} |= "panic" [5m])',
    'absent_over_time({a="b"}[5m])',
    '(avg_over_time({a="b"} | unwrap x [5m]) > 1)',
    'avg_over_time({a="b"} | unwrap x [5m]) and on () (sum(rate({a="b"}[5m])) > 1)',
  ])
    assert.deepEqual(foundBy(noCondition, text), [], text);
});
