import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsFile } from './settings-file.ts';

/** What a change leaves of a text. */
function changes(name: string, text: string, change: (file: SettingsFile) => void, expected: string): void {
  test(name, () => {
    const file = new SettingsFile(text, 'x.yaml');
    assert.deepEqual(file.diagnostics, []);
    change(file);
    assert.equal(file.print(), expected);
  });
}

changes('nothing is changed', '# a\na: {b: 1} # c\n', () => {}, '# a\na: {b: 1} # c\n');
changes('a value is set', 'a: 1\n', (file) => file.set(['b', 'c'], 'x'), 'a: 1\nb:\n  c: x\n');
changes('a comment stands above a new value', 'a: 1\n', (file) => file.set(['b'], 2, 'why'), 'a: 1\n# why\nb: 2\n');
changes(
  'empty parents go with the last value',
  'a:\n  b:\n    c: 1\nd: 2\n',
  (file) => file.remove(['a', 'b', 'c']),
  'd: 2\n',
);
changes(
  'a value moves with its comment',
  'a:\n  b: 1 # x\n  c: 2\n',
  (file) => file.move(['a', 'b'], ['d', 'e']),
  'a:\n  c: 2\nd:\n  e: 1 # x\n',
);
changes('a value replaces a scalar above it', 'a: 1\n', (file) => file.set(['a', 'b'], 2), 'a:\n  b: 2\n');
changes('an item is added', 'a:\n  - 1\n', (file) => file.add(['a'], 2, 'new'), 'a:\n  - 1\n  # new\n  - 2\n');

changes(
  'what others refer to stays with them',
  'a: &x {b: 1}\nc: *x\nd: *x\n',
  (file) => file.remove(['a']),
  'c: &x {b: 1}\nd: *x\n',
);
changes('nothing is set below a list', 'a: [1]\n', (file) => file.set(['a', 'b'], 2), 'a: [1]\n');

test('patterns find paths', () => {
  const file = new SettingsFile('a: {x: {k: 1}, y: {k: 2}, z: {}}\nl: [{m: 1}, {n: 2}]\n', 'x.yaml');
  assert.deepEqual(file.find('a.*.k'), [
    ['a', 'x', 'k'],
    ['a', 'y', 'k'],
  ]);
  assert.deepEqual(file.find('l[*].m'), [['l', 0, 'm']]);
  assert.deepEqual(file.find('none.*'), []);
});

test('places are those of the text', () => {
  const file = new SettingsFile('a:\n  b:\n    - c: 1\n', 'x.yaml');
  assert.deepEqual(file.placeOf(['a', 'b', 0, 'c']), { line: 3, column: 7 });
  assert.deepEqual(file.placeOf(['a', 'new']), { line: 1, column: 1 });
});

for (const text of ['a: [', '- 1\n', 'a: *nothing\n'])
  test(`${JSON.stringify(text)} is refused`, () =>
    assert.equal(new SettingsFile(text, 'x.yaml').diagnostics.length > 0, true));
