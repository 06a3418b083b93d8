import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alwaysFires } from './always-fires.ts';
import { foundBy } from './test/found-by.ts';

const count = 'sum(count_over_time({a="b"}[15m]))';
const message = 'the alert always fires: the expression gives a sample whatever the logs are';

test('`or vector(0) < 1` without parentheses, as everybody writes it once', () => {
  assert.deepEqual(foundBy(alwaysFires, `${count} or vector(0) < 1`), [`${message} @ ${count} or vector(0) < 1`]);
  assert.deepEqual(foundBy(alwaysFires, `(${count} or vector(0)) < 1`), []);
});

test('other expressions that always give a sample', () => {
  for (const text of [
    'vector(1)',
    `${count} or vector(0)`,
    `(${count} or vector(0)) >= 0`,
    `(${count} or vector(0)) > bool 5`,
  ])
    assert.equal(foundBy(alwaysFires, text).length, 1, text);
});

test('what depends on the logs, and recording rules', () => {
  for (const text of [count, `${count} > 0`, 'absent_over_time({a="b"}[5m])', `vector(1) unless ${count}`])
    assert.deepEqual(foundBy(alwaysFires, text), [], text);
  assert.deepEqual(foundBy(alwaysFires, `[{ record: r, expr: '${count} or vector(0)' }]`), []);
});
