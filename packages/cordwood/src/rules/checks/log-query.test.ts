import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logQuery } from './log-query.ts';
import { foundBy } from './test/found-by.ts';

test('a log query as an alert or a record', () => {
  assert.deepEqual(foundBy(logQuery, '{a="b"} |= "x"'), [
    'a log query gives lines, not a value: rule result is not a vector or scalar @ {a="b"} |= "x"',
  ]);
  assert.equal(foundBy(logQuery, `[{ record: r, expr: '{a="b"}' }]`).length, 1);
  assert.deepEqual(foundBy(logQuery, 'count_over_time({a="b"} |= "x" [5m]) > 0'), []);
});
