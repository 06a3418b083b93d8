import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRe2 } from '../../extract/re2.ts';
import { splitLines } from './split-lines.ts';

/** The lines that match, and those that do not. */
function divide(lines: readonly string[], seen: readonly string[] = lines): [string[], string[]] {
  const compiled = compileRe2(splitLines(seen).expression);
  assert.equal(compiled.error, undefined);
  return [lines.filter((line) => compiled.re2!.test(line)), lines.filter((line) => !compiled.re2!.test(line))];
}

for (const [name, lines, left] of [
  ['at the first difference', ['abc 1', 'abc 2', 'abc 3', 'abc 4'], ['abc 1', 'abc 2']],
  ['one ends where others go on', ['abc', 'abcd', 'abcde'], ['abcd', 'abcde']],
  ['the empty line', ['', 'a'], ['a']],
  ['beyond the basic plane', ['🌲a', '🌲b'], ['🌲a']],
  ['what is special in a class', ['x]', 'x^', 'x-', 'x\\'], ['x-', 'x\\']],
  ['a newline', ['a\nb', 'a\nc'], ['a\nb']],
  [
    'after more characters than RE2 repeats',
    [`${'y'.repeat(2500)}1`, `${'y'.repeat(2500)}2`],
    [`${'y'.repeat(2500)}1`],
  ],
] as const) {
  test(`lines are divided: ${name}`, () => assert.deepEqual(divide(lines)[0], left));
}

test('one text: exactly its lines', () => {
  const text = 'a.b* [x] `quoted` "c"\n$1 é';
  assert.ok(splitLines([text, text]).uniform);
  assert.deepEqual(divide([text, `${text}!`, `!${text}`, text.replace('.', 'x')], [text]), [
    [text],
    [`${text}!`, `!${text}`, text.replace('.', 'x')],
  ]);
});

test('both sides of a division of different lines have some', () => {
  const lines = Array.from({ length: 200 }, (_, i) => `${i * 7919}`);
  const [left, right] = divide(lines);
  assert.ok(left.length > 20 && right.length > 20, `${left.length} and ${right.length}`);
});
