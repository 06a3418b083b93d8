import assert from 'node:assert/strict';
import { test } from 'node:test';
import { yamlText } from './yaml-text.ts';

const cases: readonly [string, unknown, string][] = [
  [
    'what is undefined is left out',
    { a: 1, b: undefined, c: { d: undefined } },
    'a: 1\n\nc: {}\n'.replace('\n\n', '\n'),
  ],
  ['null stays: Helm removes by it', { a: null }, 'a: null\n'],
  ['texts of several lines are blocks', { a: 'x\ny\n' }, 'a: |\n  x\n  y\n'],
  [
    'what YAML 1.1 takes for something else is quoted',
    { a: ['2024-01-01', 'yes', 'off', '12:30', '010'] },
    'a:\n  - "2024-01-01"\n  - "yes"\n  - "off"\n  - "12:30"\n  - "010"\n',
  ],
  ['long lines are not folded', { a: 'x '.repeat(100).trim() }, `a: ${'x '.repeat(100).trim()}\n`],
  ['sections have a line between them', { a: { b: 1 }, c: { d: 2 } }, 'a:\n  b: 1\n\nc:\n  d: 2\n'],
];
for (const [name, value, expected] of cases) test(`YAML: ${name}`, () => assert.equal(yamlText(value), expected));

test('YAML: comments over the file, keys and items', () => {
  assert.equal(
    yamlText(
      { a: { b: 1 }, list: [{ x: 1 }, { x: 2 }] },
      { head: 'head\nmore', at: { 'a.b': 'about b', 'list.1.x': 'second' } },
    ),
    '# head\n# more\n\na:\n  # about b\n  b: 1\n\nlist:\n  - x: 1\n  - # second\n    x: 2\n',
  );
  assert.throws(() => yamlText({ a: 1 }, { at: { 'b.c': 'x' } }), /no place for a comment: b\.c/);
});
