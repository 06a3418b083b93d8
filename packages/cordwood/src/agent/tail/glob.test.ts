import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { compileGlob, type Glob } from './glob.ts';

function glob(pattern: string): Glob {
  const compiled = compileGlob(pattern);
  assert.ok('glob' in compiled, pattern);
  return compiled.glob;
}

function matches(pattern: string, path: string, expected = true): void {
  test(`${pattern} ${expected ? 'matches' : 'does not match'} ${path}`, () =>
    assert.equal(glob(pattern).matches(path), expected));
}

matches('/var/log/*.log', '/var/log/a.log');
matches('/var/log/*.log', '/var/log/.hidden.log');
matches('/var/log/*.log', '/var/log/x/a.log', false);
matches('/var/log/**/*.log', '/var/log/a.log');
matches('/var/log/**/*.log', '/var/log/x/y/a.log');
matches('/var/log/**', '/var/log/x/y');
matches('/**/a', '/a');
matches('/a?c', '/abc');
matches('/a?c', '/a/c', false);
matches('/[a-c]x', '/bx');
matches('/[!a-c]x', '/bx', false);
matches('/[^a-c]x', '/dx');
matches('/{a,b{c,d}}.log', '/bd.log');
matches('/{a,b}/x', '/c/x', false);
matches('/\\*', '/*');
matches('/\\*', '/x', false);
matches('/a.b', '/aXb', false);
matches('/é*', '/éa');

for (const bad of ['/[a', '/{a', '/a}', '/a\\']) {
  test(`${bad} is refused`, () =>
    assert.match((compileGlob(bad) as { error: string }).error, /syntax error in pattern/));
}

test('finds files, not directories, through links to files, without walking links in **', async () => {
  const root = mkdtempSync(join(tmpdir(), 'cordwood-glob-'));
  try {
    for (const path of ['a/1.log', 'a/b/2.log', 'a/b/3.txt', 'c/4.log']) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), '');
    }
    mkdirSync(join(root, 'a/dir.log'));
    symlinkSync(join(root, 'c/4.log'), join(root, 'a/link.log'));
    symlinkSync(root, join(root, 'a/loop'));
    symlinkSync(join(root, 'nowhere'), join(root, 'a/dangling.log'));
    const found = async (pattern: string) =>
      (await glob(join(root, pattern)).files()).map((path) => path.slice(root.length + 1));
    assert.deepEqual(await found('**/*.log'), ['a/1.log', 'a/b/2.log', 'a/link.log', 'c/4.log']);
    assert.deepEqual(await found('*/*.log'), ['a/1.log', 'a/link.log', 'c/4.log']);
    assert.deepEqual(await found('a/loop/c/*'), ['a/loop/c/4.log']);
    assert.deepEqual(await found('a/{1,2}.log'), ['a/1.log']);
    assert.deepEqual(await found('none/*'), []);
    assert.deepEqual(await found('a/1.log'), ['a/1.log']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
