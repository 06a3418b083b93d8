import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundBy } from './test/found-by.ts';
import { unwrapErrors } from './unwrap-errors.ts';

test('unwrap without a filter of its errors', () => {
  assert.deepEqual(foundBy(unwrapErrors, 'sum_over_time({a="b"} | json | unwrap ms [5m]) > 1'), [
    'one line whose ms is no number fails the whole rule @ | unwrap ms',
  ]);
  assert.deepEqual(foundBy(unwrapErrors, 'sum_over_time({a="b"} | json | unwrap ms | __error__="" [5m]) > 1'), []);
  assert.deepEqual(foundBy(unwrapErrors, 'sum_over_time({a="b"} | unwrap ms | __error__!~".+" [5m]) > 1'), []);
  assert.deepEqual(foundBy(unwrapErrors, 'rate({a="b"} | json [5m]) > 1'), []);
});

test('a filter before unwrap does not help', () => {
  assert.equal(foundBy(unwrapErrors, 'sum_over_time({a="b"} | json | __error__="" | unwrap ms [5m]) > 1').length, 1);
});
