import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ruleChecks } from './registry.ts';

test('each check has a name of its own, and a file and a test of that name', () => {
  const names = ruleChecks.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  for (const name of names)
    for (const file of [`${name}.ts`, `${name}.test.ts`]) assert.ok(existsSync(new URL(file, import.meta.url)), file);
});
