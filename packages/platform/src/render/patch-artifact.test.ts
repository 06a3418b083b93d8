import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Patch } from '../platform-definition.ts';
import { patchArtifact } from './patch-artifact.ts';

const yaml = '# head\na:\n  # kept\n  b: 1\n  c: [1, 2]\n';
const patched = (text: string, patch: Omit<Patch, 'artifact' | 'reason'>, path = 'x.yaml') =>
  patchArtifact({ path, text }, [{ artifact: path, reason: 'test', ...patch }]).text;

const cases: readonly [string, string, Omit<Patch, 'artifact' | 'reason'>, string][] = [
  ['a value', yaml, { at: ['a', 'b'], set: 2 }, '# head\na:\n  # kept\n  b: 2\n  c: [ 1, 2 ]\n'],
  ['a new map', 'a: 1\n', { at: ['b', 'c'], set: { d: true } }, 'a: 1\nb:\n  c:\n    d: true\n'],
  ['an item of a list', 'a:\n  - x\n  - y\n', { at: ['a', 1], set: 'z' }, 'a:\n  - x\n  - z\n'],
  ['removal', 'a:\n  b: 1\n  c: 2\n', { at: ['a', 'b'], set: undefined }, 'a:\n  c: 2\n'],
  [
    'one object of several',
    'kind: A\nmetadata:\n  name: x\n---\nkind: B\nmetadata:\n  name: y\n',
    { object: 'B/y', at: ['spec'], set: 1 },
    'kind: A\nmetadata:\n  name: x\n---\nkind: B\nmetadata:\n  name: y\nspec: 1\n',
  ],
];
for (const [name, text, patch, expected] of cases)
  test(`patch: ${name}`, () => assert.equal(patched(text, patch), expected));

test('patch: JSON stays JSON', () => {
  assert.equal(
    patched('{"a": {"b": 1}}', { at: ['a', 'b'], set: [2] }, 'x.json'),
    '{\n  "a": {\n    "b": [\n      2\n    ]\n  }\n}\n',
  );
});

test('a patch that meets nothing is an error, not silence', () => {
  assert.throws(() => patched(yaml, { at: ['a', 'x'], set: undefined }), /patches\[0\]: there is nothing at a\.x/);
  assert.throws(() => patched(yaml, { at: ['a', 'b', 'c'], set: 1 }), /a\.b\.c leads through a value/);
  assert.throws(
    () => patched('kind: A\nmetadata:\n  name: x\n', { object: 'B/y', at: ['a'], set: 1 }),
    /there is no B\/y in x\.yaml; there are: A\/x/,
  );
});

test('other artifacts are left alone', () => {
  const artifact = { path: 'y.yaml', text: yaml };
  assert.equal(patchArtifact(artifact, [{ artifact: 'x.yaml', at: ['a'], set: 1, reason: 'test' }]), artifact);
});
