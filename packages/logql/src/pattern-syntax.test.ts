import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLinePattern, parsePattern } from './pattern-syntax.ts';

for (const [pattern, expected] of [
  ['<ip> - <_>', 'ip,_'],
  ['x <a>', 'a'],
  ['<a-b> <c>', 'c'],
  ['a <_> b', 'at least one capture is required'],
  ['<a><b>', "found consecutive capture '<a><b>': invalid expression"],
  ['x <a> <b><_>', "found consecutive capture '<b><_>': invalid expression"],
  ['<a> <a>', 'duplicate capture name (a): invalid expression'],
] as const)
  test(`pattern ${pattern}`, () => {
    const { parts, error } = parsePattern(pattern);
    assert.equal(error ?? parts!.flatMap((part) => (part.kind === 'capture' ? [part.name] : [])).join(), expected);
  });

for (const [pattern, error] of [
  ['', undefined],
  ['<_> done', undefined],
  ['plain', undefined],
  ['a <b>', "named captures are not allowed: found '<b>'"],
  ['<_><_>', "found consecutive capture '<_><_>': invalid expression"],
] as const)
  test(`line pattern ${JSON.stringify(pattern)}`, () => assert.equal(parseLinePattern(pattern).error, error));
