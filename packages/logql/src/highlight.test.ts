import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokens } from './highlight.ts';

function highlighted(text: string): string {
  return tokens(text)
    .map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`)
    .join(' ');
}

for (const [text, expected] of [
  ['{a="b"}', 'punctuation:{ identifier:a operator:= string:"b" punctuation:}'],
  ['|= `x` # note', 'operator:|= string:`x` comment:# note'],
  ['rate(', 'function:rate punctuation:('],
  ['rate', 'identifier:rate'],
  ['[5m] 1h30m 5KB 1.5 --strict', 'duration:[5m] duration:1h30m bytes:5KB number:1.5 flag:--strict'],
  ['Sum by (x)', 'function:Sum keyword:by punctuation:( identifier:x punctuation:)'],
  ['{a="b', 'punctuation:{ identifier:a operator:= invalid:"b'],
  ['// Go\n/* x */ and', 'comment:// Go comment:/* x */ keyword:and'],
  ['', ''],
] as const)
  test(text || '(nothing)', () => assert.equal(highlighted(text), expected));
