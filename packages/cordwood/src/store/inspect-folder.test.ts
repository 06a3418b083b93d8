import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldError } from '../model/failure.ts';
import type { Tenant } from '../model/tenant.ts';
import { randomInt, seededRandom } from '../world/random.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { inspectFolder } from './inspect-folder.ts';
import { nowNs, openTestStore, push, readLines } from './test/test-store.ts';

const tenants = ['a', 'b'] as Tenant[];
const sealedLines = (tenant: string) =>
  Array.from({ length: 40 }, (_, i) => `{"tenant":"${tenant}","n":${i},"text":"sealed ${i % 7}"}`);
const walLines = (tenant: string) => Array.from({ length: 5 }, (_, i) => `${tenant} in the log ${i}`);
const allLines = (tenant: string) => [...sealedLines(tenant), ...walLines(tenant)];

/** Two tenants, each with two chunks and entries that are only in the WAL, after the end of the process. */
async function folder(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ seed: 1 });
  const store = await openTestStore({ disk: disk.startProcess() });
  for (const half of [0, 1]) {
    for (const tenant of tenants) {
      const lines = sealedLines(tenant).slice(half * 20, half * 20 + 20);
      await push(
        store,
        { app: 'x' },
        lines.map((line, i) => [half * 20 + i, line, { id: `m${i % 3}` }]),
        tenant,
      );
    }
    await store.flush();
  }
  for (const tenant of tenants) {
    for (const [i, line] of walLines(tenant).entries()) await push(store, { app: 'y' }, [[1000 + i, line]], tenant);
  }
  disk.kill();
  return disk;
}

const copyOf = (disk: SimulatedDisk) => new Map(disk.paths().map((path) => [path, disk.bytesOf(path)]));

test('a folder, its WAL, tenants and chunks; nothing is written', async () => {
  const disk = await folder();
  const before = copyOf(disk);
  const inspected = await inspectFolder({ disk, directory: '/data', verify: true });
  assert.deepEqual(copyOf(disk), before);
  assert.deepEqual(inspected.problems, []);
  assert.deepEqual(
    inspected.wal.map((segment) => segment.tenants).filter((found) => Object.keys(found).length > 0),
    [{ a: 5, b: 5 }],
  );
  assert.deepEqual(
    inspected.tenants.map(({ tenant, entries, chunks }) => [tenant, entries, chunks.length]),
    [
      ['a', 40, 2],
      ['b', 40, 2],
    ],
  );
  const [chunk] = inspected.tenants[0]!.chunks;
  assert.deepEqual([chunk!.firstNs, chunk!.lastNs, chunk!.entries], [nowNs, nowNs + 19n, 20]);
  assert.equal(chunk!.content!.streams[0]!.labels, '{app="x", service_name="x"}');
  assert.ok(chunk!.content!.sections.some(({ kind, name }) => kind === 'values' && name.includes('"tenant"')));
  const own = await inspectFolder({ disk, directory: '/data', tenant: 'b' });
  assert.deepEqual(
    own.tenants.map(({ tenant }) => tenant),
    ['b'],
  );
});

/** What a damaged file may cost: lines of tenant `a` only, never one of `b`, and never a line that nobody pushed. */
async function readsAfterDamage(disk: SimulatedDisk, path: string): Promise<'whole' | 'refused' | 'less'> {
  const process = disk.startProcess();
  let store: Awaited<ReturnType<typeof openTestStore>>;
  try {
    store = await openTestStore({ disk: process });
  } catch (error) {
    assert.ok(error instanceof WorldError, String(error));
    assert.equal(path, '/data/FORMAT', `the store opens although ${path} is damaged: ${error.message}`);
    return 'refused';
  }
  const known = new Set(allLines('a'));
  let outcome: 'whole' | 'refused' | 'less';
  try {
    const lines = await readLines(store);
    for (const line of lines) assert.ok(known.has(line), `nobody pushed ${line}`);
    outcome = lines.length === known.size ? 'whole' : 'less';
  } catch (error) {
    assert.ok(error instanceof WorldError, String(error));
    assert.ok(error.path?.includes(path.split('/').at(-1)!), `${error.message} names ${path}`);
    outcome = 'refused';
  }
  if (!path.includes('/wal/')) assert.deepEqual(await readLines(store, { tenant: tenants[1]! }), allLines('b'));
  return outcome;
}

const kinds: [name: string, isIt: (path: string) => boolean][] = [
  ['FORMAT', (path) => path === '/data/FORMAT'],
  ['a manifest', (path) => path.endsWith('/a/manifest')],
  ['a chunk', (path) => path.includes('/a/chunks/')],
  ['a WAL segment', (path) => path.endsWith('.wal')],
];
const damages: [name: string, damage: (bytes: Uint8Array, at: number) => Uint8Array][] = [
  ['a flipped bit', (bytes, at) => bytes.map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte))],
  ['a cut', (bytes, at) => bytes.subarray(0, at)],
  ['zeros to the end', (bytes, at) => bytes.map((byte, i) => (i >= at ? 0 : byte))],
  ['a missing sector', (bytes, at) => Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 16)])],
];
for (const [kindName, isIt] of kinds) {
  for (const [damageName, damage] of damages) {
    test(`${damageName} in ${kindName}: a typed error or less, and everything else reads`, async () => {
      const random = seededRandom(11);
      const whole = copyOf(await folder());
      const paths = [...whole.keys()].filter(isIt).filter((path) => whole.get(path)!.length > 8);
      assert.ok(paths.length > 0);
      let noticed = 0;
      const rounds = 40;
      for (let round = 0; round < rounds; round++) {
        const path = paths[randomInt(random, paths.length)]!;
        const disk = await folder();
        const bytes = disk.bytesOf(path);
        const at = randomInt(random, bytes.length);
        disk.overwrite(path, damage(bytes, at));
        const { problems } = await inspectFolder({ disk, directory: '/data', verify: true });
        const outcome = await readsAfterDamage(disk, path);
        for (const problem of problems) assert.ok(problem.path.startsWith(path), `${problem.path} is not ${path}`);
        // A cut at the end of the WAL is an append that was not finished: no problem, and nothing acknowledged was there.
        if (problems.length > 0) noticed++;
        else if (!path.endsWith('.wal')) assert.equal(outcome, 'whole', `nobody noticed damage of ${path} at ${at}`);
      }
      assert.ok(noticed > 0 || kindName === 'a WAL segment', `${noticed} of ${rounds}`);
    });
  }
}
