import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MetricExpression, parse } from '@cordwood/logql';
import { outputLabels } from './output-labels.ts';

/** Names in order; `...` when there may be others. */
function gives(text: string, expected: string) {
  test(text, () => {
    const { names, open } = outputLabels(parse(text).expression as MetricExpression);
    assert.equal([...[...names].sort(), ...(open ? ['...'] : [])].join(' '), expected);
  });
}

const rate = 'rate({a="b"}[5m])';
gives(rate, '...');
gives(`sum(${rate})`, '');
gives(`sum by (x, y) (${rate})`, 'x y');
gives(`sum without (x) (${rate})`, '...');
gives(`sum by (x, z) (sum by (x, y) (${rate}))`, 'x');
gives(`sum without (x) (sum by (x, y) (${rate}))`, 'y');
gives(`topk(3, sum by (x) (${rate}))`, 'x');
gives('absent_over_time({a="b", c=~"d", e="f"}[5m])', 'a e');
gives('quantile_over_time(0.9, {a="b"} | unwrap v [5m]) by (x)', 'x');
gives(`sum by (x) (${rate}) or vector(0)`, 'x');
gives(`sum by (x) (${rate}) > 3`, 'x');
gives(`3 < sum by (x) (${rate})`, 'x');
gives(`sum by (x, y) (${rate}) / on (x) group_left (n) sum by (x, n) (${rate})`, 'n x y');
gives(`sum by (x, y) (${rate}) / on (x) sum by (x, n) (${rate})`, 'x');
gives(`label_replace(sum by (x) (${rate}), "new", "$1", "x", "(.*)")`, 'new x');
gives(`sum by (x) (${rate}) and sum by (y) (${rate})`, 'x');
