import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NewItem, newAttribute, newBlock, printItems } from './build.ts';

function prints(name: string, items: readonly NewItem[], text: string): void {
  test(name, () => assert.equal(printItems(items), text));
}

prints('attributes are aligned', [newAttribute('a', 1), newAttribute('long', 'x"y')], 'a    = 1\nlong = "x\\"y"\n');
prints('a block has its label', [newBlock('loki.write', [], 'default')], 'loki.write "default" { }\n');
prints('lists stay on the line', [newAttribute('a', ['x', true, null])], 'a = ["x", true, null]\n');
prints('code is taken as it is', [newAttribute('a', { code: 'sys.env("X")' })], 'a = sys.env("X")\n');
prints(
  'an object has a line for each field',
  [newAttribute('a', { fields: [{ name: 'b', value: 1 }] })],
  'a = {\n\tb = 1,\n}\n',
);
prints('an empty object', [newAttribute('a', { fields: [] })], 'a = {}\n');
prints(
  'names that are no identifiers are quoted',
  [newAttribute('a', { fields: [{ name: 'b-c', value: 1 }] })],
  'a = {\n\t"b-c" = 1,\n}\n',
);
prints(
  'and so are words of the language',
  [newAttribute('a', { fields: [{ name: 'true', value: 1 }] })],
  'a = {\n\t"true" = 1,\n}\n',
);
prints(
  'the items of a call have lines of their own',
  [newAttribute('a', { call: 'array.concat', items: [{ code: 'x.y' }, []] })],
  'a = array.concat(\n\tx.y,\n\t[],\n)\n',
);
prints(
  'comments stand above and behind',
  [{ ...newBlock('b', [{ ...newAttribute('a', 1), above: ['one', ''], behind: 'two' }]), above: ['top'] }],
  '// top\nb {\n\t// one\n\t//\n\ta = 1 // two\n}\n',
);

test('comments at the end', () => assert.equal(printItems([newAttribute('a', 1)], ['end']), 'a = 1\n// end\n'));
