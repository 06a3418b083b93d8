import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemDisk } from '../world/system-disk.ts';
import { createLocalRuleStore } from './local-rule-store.ts';
import { noChecks, tenant } from './test/fake-ruler.ts';
import { temporaryFolder } from './test/real-process.ts';

const good = 'groups: [{name: g, rules: [{alert: A, expr: e}]}]';

test('<directory>/<tenant>/<file>: the namespace is the name of the file; folders and dot files are passed over', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, tenant, 'below'), { recursive: true });
  await mkdir(join(folder.path, 'no tenant?'));
  await writeFile(join(folder.path, tenant, 'b.yaml'), good);
  await writeFile(join(folder.path, tenant, 'a.yml'), good);
  await writeFile(join(folder.path, tenant, '.a.yml.swp'), '- rubbish');
  await writeFile(join(folder.path, tenant, 'a.yml~'), '- rubbish');
  const store = createLocalRuleStore(systemDisk, folder.path, noChecks);
  assert.deepEqual(await store.tenants(), [tenant]);
  const { namespaces, diagnostics } = await store.list(tenant);
  assert.deepEqual([...namespaces.keys()], ['a.yml', 'b.yaml']);
  assert.deepEqual(diagnostics, []);
  assert.equal(store.write, undefined);
});

test('one broken file makes the whole listing fail, with its place', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, tenant));
  await writeFile(join(folder.path, tenant, 'a.yml'), good);
  await writeFile(join(folder.path, tenant, 'b.yml'), 'groups:\n  - name: x\n    rulez: []\n');
  const { namespaces, diagnostics } = await createLocalRuleStore(systemDisk, folder.path, noChecks).list(tenant);
  assert.equal(namespaces.size, 0);
  assert.deepEqual(
    diagnostics.map(({ file, line, column }) => [file, line, column]),
    [[join(folder.path, tenant, 'b.yml'), 3, 5]],
  );
});

test('a file that may not be read is an error, too', {
  skip: process.getuid?.() === 0 && 'root may read everything',
}, async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, tenant));
  await writeFile(join(folder.path, tenant, 'a.yml'), good);
  await chmod(join(folder.path, tenant, 'a.yml'), 0);
  const { diagnostics } = await createLocalRuleStore(systemDisk, folder.path, noChecks).list(tenant);
  assert.match(diagnostics[0]!.message, /EACCES|permission/);
});
