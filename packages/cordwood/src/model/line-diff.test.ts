import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineDiff } from './line-diff.ts';

function diffs(before: string, after: string, expected: string) {
  const letters = (text: string) => text.split('');
  const lines = lineDiff(letters(before), letters(after)).map(({ sign, text }) => sign + text);
  assert.equal(lines.join(''), expected);
}

test('the lines of two texts', () => {
  diffs('abc', 'abc', '');
  diffs('', '', '');
  diffs('', 'a', '+a');
  diffs('a', '', '-a');
  diffs('abc', 'axc', ' a-b+x c');
  diffs('abcd', 'bcde', '-a b c d+e');
  diffs('xaby', 'ab', '-x a b-y');
});

test('texts that are too long for a table are replaced whole', () => {
  const long = Array.from({ length: 3000 }, (_, i) => String(i));
  assert.equal(lineDiff(long, [...long, 'x']).length, 6001);
});
