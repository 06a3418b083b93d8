import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonPath, parseLogfmtKey } from './extraction-syntax.ts';

for (const [expression, expected] of [
  ['a', ['a']],
  ['a.b[0].c', ['a', 'b', 0, 'c']],
  ['["k 1"][2]', ['k 1', 2]],
  ['[0]', [0]],
  [' a . b ', ['a', 'b']],
  ['', 'syntax error: unexpected $end, expecting LSB or FIELD'],
  ['.a', 'syntax error: unexpected DOT, expecting LSB or FIELD'],
  ['"a"', 'syntax error: unexpected STRING, expecting LSB or FIELD'],
  ['a.', 'syntax error: unexpected $end, expecting FIELD'],
  ['a b', 'syntax error: unexpected FIELD'],
  ['a[', 'syntax error: unexpected $end, expecting STRING or INDEX'],
  ['b[[', 'syntax error: unexpected LSB, expecting STRING or INDEX'],
  ['a[0', 'syntax error: unexpected $end, expecting STRING or INDEX'],
  ['a["x"', 'syntax error: unexpected $end, expecting RSB'],
  ['a[0x]', 'syntax error: unexpected $end, expecting STRING or INDEX'],
  ['a-b', 'unexpected char -'],
] as const)
  test(`json path ${JSON.stringify(expression)}`, () => {
    const result = parseJsonPath(expression);
    assert.deepEqual(result.path ?? result.error, expected);
  });

for (const [expression, expected] of [
  ['a', 'a'],
  ['"b c"', 'b c'],
  ['', 'syntax error: unexpected $end, expecting STRING or FIELD'],
  ['a b', 'syntax error: unexpected FIELD'],
  ['a.b', 'unexpected char .'],
] as const)
  test(`logfmt key ${JSON.stringify(expression)}`, () => {
    const result = parseLogfmtKey(expression);
    assert.equal(result.key ?? result.error, expected);
  });
