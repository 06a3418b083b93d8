import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortWindow } from './short-window.ts';
import { foundInFile } from './test/found-by.ts';

test('a range shorter than the interval of the group', () => {
  const file = (interval: string) =>
    `groups: [{ name: g, interval: ${interval}, rules: [{ alert: A, expr: 'count_over_time({a="b"}[1m]) > 0' }] }]`;
  assert.deepEqual(foundInFile(shortWindow, file('5m')), [
    `the range 1m is shorter than the group's interval 5m: lines in between are never looked at @ {a="b"}[1m]`,
  ]);
  assert.deepEqual(foundInFile(shortWindow, file('1m')), []);
  assert.deepEqual(foundInFile(shortWindow, file('0s')), []);
});
