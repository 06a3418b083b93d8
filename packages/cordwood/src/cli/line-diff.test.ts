import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineDiff } from './line-diff.ts';

const cases: readonly [string, string, string, string[]][] = [
  ['nothing', 'a\nb', 'a\nb', []],
  ['one line', 'a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
  ['added at the end', 'a', 'a\nb', [' a', '+b']],
  ['removed from the middle', 'a\nb\nc\nd', 'a\nd', [' a', '-b', '-c', ' d']],
  ['far lines are left out', '1\n2\n3\n4\n5\nx', '1\n2\n3\n4\n5\ny', [' 4', ' 5', '-x', '+y']],
  [
    'two changes',
    'a\n1\n2\n3\n4\n5\n6\nz',
    'b\n1\n2\n3\n4\n5\n6\ny',
    ['-a', '+b', ' 1', ' 2', '…', ' 5', ' 6', '-z', '+y'],
  ],
];
for (const [name, before, after, expected] of cases)
  test(`difference: ${name}`, () => assert.deepEqual(lineDiff(before, after), expected));
