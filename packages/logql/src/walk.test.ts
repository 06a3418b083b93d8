import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './parse.ts';
import { printLog } from './print.ts';
import { logExpressions, walk } from './walk.ts';

test('parents before children, left before right', () => {
  const { expression } = parse(
    'sum(rate({a="1"}[1m])) / label_replace(count_over_time({a="2"} | json [1m]), "a", "b", "c", "d")',
  );
  assert.deepEqual(
    [...walk(expression!)].map((node) => node.kind),
    [
      'binaryExpression',
      'vectorAggregation',
      'rangeAggregation',
      'logRange',
      'log',
      'labelReplace',
      'rangeAggregation',
      'logRange',
      'log',
    ],
  );
  assert.deepEqual([...logExpressions(expression!)].map(printLog), ['{a="1"}', '{a="2"} | json']);
});
