import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quote, unquote } from './go-string.ts';

for (const [text, literal] of [
  ['', '""'],
  ['a b', '"a b"'],
  ['"\\', '"\\"\\\\"'],
  ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
  ['\0\u001f\u007f', '"\\x00\\x1f\\x7f"'],
  ['ü☀😀', '"ü☀😀"'],
  ['\u00a0\u200b\ue000', '"\\u00a0\\u200b\\ue000"'],
  ['\u{e0001}', '"\\U000e0001"'],
  ['\udcff', '"\\xff"'],
] as const)
  test(`quoted and back: ${literal}`, () => {
    assert.equal(quote(text), literal);
    assert.equal(unquote(literal), text);
  });

for (const [literal, text] of [
  ['`a\\n"`', 'a\\n"'],
  ['"\\101\\x41\\u0041\\U00000041"', 'AAAA'],
  ['"\\xc3\\xbc"', 'ü'],
  ['"\\xc3"', '\udcc3'],
  ['"\\xf0\\x9f\\x98x"', '\udcf0\udc9f\udc98x'],
  ['"\\ud800"', '�'],
  ['"\\400"', undefined],
  ['"\\U00110000"', undefined],
  ['"\\q"', undefined],
  ['"', undefined],
] as const)
  test(`unquoted: ${literal}`, () => assert.equal(unquote(literal), text));
