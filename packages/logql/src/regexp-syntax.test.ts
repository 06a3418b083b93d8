import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesEmpty, parseRegexp } from './regexp-syntax.ts';

/** [pattern, Go's message without its prefix] */
const refused: readonly (readonly [pattern: string, message: string])[] = [
  ['(a', 'missing closing ): `(a`'],
  ['a)', 'unexpected ): `a)`'],
  ['(a(b)', 'missing closing ): `(a(b)`'],
  ['[a', 'missing closing ]: `[a`'],
  ['x[^', 'missing closing ]: `[^`'],
  ['[]', 'missing closing ]: `[]`'],
  ['[z-a]', 'invalid character class range: `z-a`'],
  ['[[:foo:]]', 'invalid character class range: `[:foo:]`'],
  ['\\p{Nope}', 'invalid character class range: `\\p{Nope}`'],
  ['\\pX', 'invalid character class range: `\\pX`'],
  ['*', 'missing argument to repetition operator: `*`'],
  ['a|*', 'missing argument to repetition operator: `*`'],
  ['(+)', 'missing argument to repetition operator: `+`'],
  ['(?i)*?', 'missing argument to repetition operator: `*?`'],
  ['a**', 'invalid nested repetition operator: `**`'],
  ['a+*', 'invalid nested repetition operator: `+*`'],
  ['a??+', 'invalid nested repetition operator: `??+`'],
  ['a{2}{3}', 'invalid nested repetition operator: `{2}{3}`'],
  ['a{1001}', 'invalid repeat count: `{1001}`'],
  ['a{2,1}', 'invalid repeat count: `{2,1}`'],
  ['(a{1000}){2}', 'invalid repeat count: `{2}`'],
  ['((a{100}){10}){10}', 'invalid repeat count: `{10}`'],
  ['a\\', 'trailing backslash at end of expression: ``'],
  ['\\q', 'invalid escape sequence: `\\q`'],
  ['\\1', 'invalid escape sequence: `\\1`'],
  ['\\8', 'invalid escape sequence: `\\8`'],
  ['\\C', 'invalid escape sequence: `\\C`'],
  ['[\\q]', 'invalid escape sequence: `\\q`'],
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['(?!a)', 'invalid or unsupported Perl syntax: `(?!`'],
  ['(?P=n)', 'invalid or unsupported Perl syntax: `(?P`'],
  ['(?>a)', 'invalid or unsupported Perl syntax: `(?>`'],
  ['(?i-)a', 'invalid or unsupported Perl syntax: `(?i-)`'],
  ['(?', 'invalid or unsupported Perl syntax: `(?`'],
  ['(?P<n', 'invalid named capture: `(?P<n`'],
  ['(?P<a-b>x)', 'invalid named capture: `(?P<a-b>`'],
  [`${'('.repeat(1001)}${')'.repeat(1001)}`, `expression nests too deeply: \`${'('.repeat(1001)}${')'.repeat(1001)}\``],
];
for (const [pattern, message] of refused)
  test(`refused: ${pattern.slice(0, 40)}`, () =>
    assert.equal(parseRegexp(pattern).error, `error parsing regexp: ${message}`));

const accepted = [
  'a{,2}',
  'a{0}',
  'a{1000}',
  '{2',
  'a{01}',
  ']',
  '[]a]',
  '[a-]',
  '[-a]',
  '[\\d-z]',
  '[[:^alpha:]x]',
  '\\x{10FFFF}\\x41\\101\\0',
  '\\Qa*(\\E',
  '(?i:a)(?s-m).(?U)a*?',
  '(?P<n>a)(?<m>b)',
  '\\pL\\p{Greek}\\P{^Lu}[^\\pN]',
  '\\A\\bfoo\\B\\z',
  '\\.\\-\\_',
  '日本|☀+',
];
for (const pattern of accepted) test(`accepted: ${pattern}`, () => assert.equal(parseRegexp(pattern).error, undefined));

test('capture groups in order', () =>
  assert.deepEqual(parseRegexp('(a)(?P<x>b(c))(?:d)(?<y>e)').groups, ['', 'x', '', 'y']));

/** [pattern, whether the empty text matches] */
const empty: readonly (readonly [string, boolean])[] = [
  ['', true],
  ['a', false],
  ['a*', true],
  ['.*', true],
  ['.+', false],
  ['|a', true],
  ['a|b', false],
  ['a?b?', true],
  ['(a*)+', true],
  ['^$', true],
  ['\\b', false],
  ['\\B', true],
  ['a{0,3}', true],
  ['a{0}b', false],
  ['[^a]', false],
  ['(?:)', true],
];
for (const [pattern, expected] of empty)
  test(`${pattern || '(nothing)'} ${expected ? 'matches' : 'does not match'} an empty text`, () =>
    assert.equal(matchesEmpty(parseRegexp(pattern).regexp!), expected));
