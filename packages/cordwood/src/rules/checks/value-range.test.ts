import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MetricExpression, parse } from '@cordwood/logql';
import { valueRange } from './value-range.ts';

/** `[1, Infinity) sometimes`; `(` where the bound is never reached. */
function gives(text: string, expected: string) {
  test(text, () => {
    const { min, max, minOpen, presence } = valueRange(parse(text).expression as MetricExpression);
    assert.equal(`${minOpen ? '(' : '['}${min}, ${max}] ${presence}`, expected);
  });
}

const count = 'count_over_time({a="b"}[5m])';
gives('vector(3)', '[3, 3] always');
gives(count, '[1, Infinity] sometimes');
gives('rate({a="b"}[5m])', '(0, Infinity] sometimes');
gives('rate({a="b"} | unwrap x [5m])', '[-Infinity, Infinity] sometimes');
gives('absent_over_time({a="b"}[5m])', '[1, 1] sometimes');
gives(`sum(${count})`, '[1, Infinity] sometimes');
gives(`avg(${count})`, '[1, Infinity] sometimes');
gives(`stddev(${count})`, '[0, Infinity] sometimes');
gives(`sum(${count}) or vector(0)`, '[0, Infinity] always');
gives(`(sum(${count}) or vector(0)) < 1`, '[0, Infinity] sometimes');
gives(`sum(${count}) or vector(0) < 1`, '[0, Infinity] always');
gives(`${count} > bool 3`, '[0, 1] sometimes');
gives(`sum(${count}) / (sum(${count}) or vector(1))`, '[0, Infinity] sometimes');
gives('vector(1) + vector(2)', '[3, 3] always');
gives('vector(1) > 2', '[1, 1] never');
gives('vector(3) > 2', '[3, 3] always');
gives(`${count} - ${count}`, '[-Infinity, Infinity] sometimes');
gives(`${count} unless ${count}`, '[1, Infinity] sometimes');
gives(`vector(1) and ${count}`, '[1, 1] sometimes');
gives(`topk(1, ${count})`, '[1, Infinity] sometimes');
gives(`sum by (a) (${count}) or vector(0)`, '[0, Infinity] always');
