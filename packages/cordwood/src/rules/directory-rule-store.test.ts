import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { createDirectoryRuleStore } from './directory-rule-store.ts';
import type { RuleGroup } from './rule-group.ts';
import { noChecks, tenant } from './test/fake-ruler.ts';

function group(name: string, expression = 'vector(1)'): RuleGroup {
  const rule = { kind: 'alerting', name: 'A', expression, forMs: 0, labels: {}, annotations: {} } as const;
  return { name, intervalMs: 0, limit: 0, rules: [rule] };
}

async function shown(disk: SimulatedDisk): Promise<string[]> {
  const { namespaces } = await createDirectoryRuleStore(disk, '/rules', noChecks).list(tenant);
  return [...namespaces].map(([namespace, groups]) => `${namespace}: ${groups.map(({ name }) => name).join(' ')}`);
}

test('groups are created, replaced and removed, and a namespace goes with its last group', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = createDirectoryRuleStore(disk, '/rules', noChecks);
  const write = store.write!;
  assert.deepEqual(await store.tenants(), []);
  await write.setGroup(tenant, 'two words/ü', group('b'));
  await write.setGroup(tenant, 'two words/ü', group('a'));
  await write.setGroup(tenant, 'other', group('x'));
  await write.setGroup(tenant, 'other', group('x', 'vector(2)'));
  assert.deepEqual(await store.tenants(), [tenant]);
  assert.deepEqual(await shown(disk), ['other: x', 'two words/ü: a b']);
  const { namespaces } = await store.list(tenant);
  assert.equal(namespaces.get('other')![0]!.rules[0]!.expression, 'vector(2)');
  await write.removeGroup(tenant, 'other', 'x');
  await write.removeGroup(tenant, 'other', 'x');
  assert.equal(await write.removeNamespace(tenant, 'other'), false);
  assert.equal(await write.removeNamespace(tenant, 'two words/ü'), true);
  assert.deepEqual(await shown(disk), []);
});

test('changes at the same time are all there', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const { write } = createDirectoryRuleStore(disk, '/rules', noChecks);
  const names = Array.from({ length: 20 }, (_, index) => `g${String(index).padStart(2, '0')}`);
  await Promise.all(names.map((name) => write!.setGroup(tenant, 'n', group(name))));
  assert.deepEqual(await shown(disk), [`n: ${names.join(' ')}`]);
});

test('after a crash a group is as before its change or as after it, and acknowledged ones are there', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = new SimulatedDisk({ seed });
    const { write } = createDirectoryRuleStore(disk, '/rules', noChecks);
    await write!.setGroup(tenant, 'n', group('first'));
    const second = write!.setGroup(tenant, 'n', group('second')).catch(() => {});
    for (let turn = 0; turn < seed; turn++) await Promise.resolve();
    disk.crash();
    await second;
    disk.startProcess();
    assert.match((await shown(disk)).join(), /^n: first( second)?$/, `seed ${seed}`);
  }
});
