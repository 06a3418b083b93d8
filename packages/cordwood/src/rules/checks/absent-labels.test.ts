import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absentLabels } from './absent-labels.ts';
import { foundBy } from './test/found-by.ts';

test('absence of several streams at once', () => {
  assert.deepEqual(foundBy(absentLabels, 'absent_over_time({a="b", app=~"x|y"}[5m])'), [
    'this is absent only when no app of /x|y/ has lines, and the alert has no label app @ app=~"x|y"',
  ]);
  assert.deepEqual(foundBy(absentLabels, 'absent_over_time({a="b", app="x"}[5m])'), []);
  assert.deepEqual(foundBy(absentLabels, 'count_over_time({app=~"x|y"}[5m]) > 0'), []);
});
