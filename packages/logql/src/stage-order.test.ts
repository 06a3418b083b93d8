import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './parse.ts';
import { printStage } from './print.ts';
import { stageRuns } from './stage-order.ts';

for (const [stages, expected] of [
  ['| json |= "x"', '|= "x" | json'],
  [
    '| decolorize | label_format a=b | drop c | keep d |= "x"',
    '|= "x" | decolorize | label_format a=b | drop c | keep d',
  ],
  ['| json | a="b" |= "x"', '| json | a="b" |= "x"'],
  ['| line_format "y" |= "x"', '| line_format "y" |= "x"'],
  ['| json | unpack | logfmt |= "x"', '| json | unpack |= "x" | logfmt'],
  ['|= "1" | json |= "2" | a="b" | logfmt |= "3"', '|= "1" |= "2" | json | a="b" |= "3" | logfmt'],
] as const)
  test(stages, () => {
    const { expression } = parse(`{a="b"} ${stages}`);
    assert.ok(expression?.kind === 'log');
    const order = stageRuns(expression.stages).flatMap(({ lineFilters, others }) => [...lineFilters, ...others]);
    assert.equal(order.map(printStage).join(' '), expected);
  });
