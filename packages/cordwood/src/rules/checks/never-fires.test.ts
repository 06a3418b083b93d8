import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neverFires } from './never-fires.ts';
import { foundBy } from './test/found-by.ts';

const count = 'sum(count_over_time({a="b"}[15m]))';

test('too few lines are never a count below one', () => {
  assert.deepEqual(foundBy(neverFires, `${count} < 1`), [
    `\`<\` never holds here: the left side is at least 1, the right side is always 1 @ ${count} < 1`,
  ]);
});

test('other comparisons that no value satisfies', () => {
  for (const text of [
    `${count} == 0`,
    `${count} <= 0`,
    'rate({a="b"}[5m]) <= 0',
    'absent_over_time({a="b"}[5m]) > 1',
    'absent_over_time({a="b"}[5m]) == 0',
    '0 > bytes_over_time({a="b"}[5m])',
    `${count} > 5 and ${count} < 1`,
  ])
    assert.equal(foundBy(neverFires, text).length, 1, text);
});

test('comparisons that may hold', () => {
  for (const text of [
    `${count} < 2`,
    `${count} > 0`,
    `(${count} or vector(0)) < 1`,
    `${count} < bool 1`,
    'absent_over_time({a="b"}[5m]) == 1',
    'bytes_over_time({a="b"}[5m]) <= 0',
    'sum_over_time({a="b"} | unwrap x [5m]) < 0',
  ])
    assert.deepEqual(foundBy(neverFires, text), [], text);
});
