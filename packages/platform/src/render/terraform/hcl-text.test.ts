import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HclValue, hclAttributes } from './hcl-text.ts';

function writes(name: string, attributes: Record<string, HclValue>, expected: string): void {
  test(name, () => {
    assert.equal(hclAttributes(attributes, 1), expected);
  });
}

writes('one line each, in one column', { a: 1, long: true }, '  a    = 1\n  long = true');
writes(
  'a value of several lines ends the column',
  { a: 1, long: { x: ['b'] }, bc: 2 },
  '  a = 1\n  long = {\n    x = ["b"]\n  }\n  bc = 2',
);
writes('flat objects stay on their line', { a: { b: 'c', 'd.e': 1 } }, '  a = { b = "c", "d.e" = 1 }');
writes('text is never an expression', { a: '${b} %{c} "d"\n' }, '  a = "$${b} %%{c} \\"d\\"\\n"');
writes('an expression is taken as it is', { a: { hcl: 'var.b' } }, '  a = var.b');
writes('nothing in an object', { a: {} }, '  a = {}');
