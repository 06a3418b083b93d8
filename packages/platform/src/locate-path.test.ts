import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locatePath, parsePath } from './locate-path.ts';
import { printPath } from './platform-error.ts';

const source = `import { definePlatform } from '@cordwood/platform';
const shared = { write: 1 };
export default definePlatform({
  name: 'a', // environments: { prod: 1 }
  environments: {
    'dev.eu': { auth: false },
    prod: {
      note: "prod: { replicas: {} }",
      replicas: { write: 3, read: 2 },
      other: shared,
    },
  },
  rules: [
    { name: 'x', rules: [{ alert: 'A' }, { alert: 'B', expr: \`{a}\` }] },
    imported,
    { name: 'y' },
  ],
});
`;
/** The line and the text at the place. */
function at(path: string): string {
  const { line, column, length } = locatePath(source, path);
  return `${line} ${source.split('\n')[line - 1]!.slice(column - 1, column - 1 + length)}`;
}

const cases: readonly [string, string][] = [
  ['name', '4 name'],
  ['environments.prod.replicas.write', '9 write'],
  ['environments["dev.eu"].auth', '6 auth'],
  ['environments.prod.other.write', '10 other'],
  ['environments.staging', '5 environments'],
  ['rules[0].rules[1].expr', '14 expr'],
  ['rules[1].name', '15 imported'],
  ['rules[2].name', '16 name'],
  ['', '3 definePlatform'],
];
for (const [path, expected] of cases) test(`${path} is at ${expected}`, () => assert.equal(at(path), expected));

test('paths are read as they are printed', () => {
  for (const path of [
    ['a', 'b-c', 0, 'd'],
    ['a', 'x.y', 'z'],
    ['a', 'q"[0]'],
  ]) {
    assert.deepEqual(parsePath(printPath(path)), path);
  }
});
