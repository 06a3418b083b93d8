import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenStage } from './broken-stage.ts';
import { foundBy } from './test/found-by.ts';

test('a stage that Loki notices only when the rule runs', () => {
  const [found] = foundBy(brokenStage, 'count_over_time({a="b"} |~ "(" [5m]) > 0');
  assert.match(found!, /missing closing \)/);
  assert.match(found!, /@ "\("$/);
  assert.equal(foundBy(brokenStage, 'count_over_time({a="b"} | json x="a[" [5m]) > 0').length, 1);
  assert.deepEqual(foundBy(brokenStage, 'count_over_time({a="b"} |~ "(x)" [5m]) > 0'), []);
});
