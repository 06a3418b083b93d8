import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WorldError, type WorldFailureCode } from '../model/failure.ts';
import { type Disk, replaceFile, writeSynced } from './disk.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { systemDisk } from './system-disk.ts';

/** One contract, every implementation. */
const implementations: Record<string, (body: (disk: Disk, root: string) => Promise<void>) => Promise<void>> = {
  async system(body) {
    const root = await mkdtemp(join(tmpdir(), 'cordwood-disk-'));
    try {
      await body(systemDisk, root);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
  async simulated(body) {
    const disk = new SimulatedDisk({ seed: 1 });
    await disk.createDirectory('/root');
    await body(disk, '/root');
  },
};

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value));
const fails = (code: WorldFailureCode, path: string) => (error: unknown) =>
  error instanceof WorldError && error.code === code && error.path === path;

for (const [name, run] of Object.entries(implementations)) {
  test(`${name}: files`, () =>
    run(async (disk, root) => {
      const path = `${root}/file`;
      assert.equal(await disk.readFile(path), undefined);
      assert.equal(await disk.size(path), undefined);
      const file = await disk.openWrite(path);
      await file.append([bytes('ab'), bytes(''), bytes('cd')]);
      await file.append(Array.from({ length: 3000 }, () => bytes('x')));
      assert.equal(file.sizeBytes, 3004);
      await file.sync();
      await file.close();
      await disk.syncFile(path);
      await disk.syncFile(`${root}/absent`);
      await disk.syncDirectory(root);
      assert.equal(await disk.size(path), 3004);
      assert.equal(text(await disk.readFile(path))!.slice(0, 6), 'abcdxx');
      const open = await disk.openRead(path);
      assert.equal(open.sizeBytes, 3004);
      assert.equal(text(await open.read(1, 3)), 'bcd');
      assert.equal(text(open.readSync(1, 3)), 'bcd');
      assert.equal((await open.read(0, 0)).length, 0);
      await assert.rejects(open.read(3000, 5), fails('DISK_READ', path));
      assert.throws(() => open.readSync(3000, 5), fails('DISK_READ', path));
      // Whoever has a file open goes on reading it when its name is gone.
      await disk.remove(path);
      assert.equal(text(open.readSync(0, 4)), 'abcd');
      await open.close();
      assert.equal(await disk.size(path), undefined);
      await disk.remove(path);
      await assert.rejects(disk.openRead(path), fails('DISK_READ', path));
      await assert.rejects(disk.openWrite(`${root}/no/folder`), WorldError);
    }));

  test(`${name}: writing again empties`, () =>
    run(async (disk, root) => {
      await writeSynced(disk, `${root}/f`, [bytes('long text')]);
      await writeSynced(disk, `${root}/f`, [bytes('s')]);
      assert.equal(text(await disk.readFile(`${root}/f`)), 's');
    }));

  test(`${name}: names`, () =>
    run(async (disk, root) => {
      await disk.createDirectory(`${root}/a/b`);
      await disk.createDirectory(`${root}/a/b`);
      await replaceFile(disk, `${root}/a/f`, [bytes('old')]);
      await replaceFile(disk, `${root}/a/f`, [bytes('new')]);
      await writeSynced(disk, `${root}/a/b/g`, [bytes('g')]);
      assert.equal(text(await disk.readFile(`${root}/a/f`)), 'new');
      assert.deepEqual(await disk.list(`${root}/a`), ['b', 'f']);
      assert.deepEqual(await disk.list(`${root}/none`), []);
      await assert.rejects(disk.rename(`${root}/absent`, `${root}/x`), WorldError);
      await disk.removeDirectory(`${root}/a`);
      assert.deepEqual(await disk.list(`${root}/a`), []);
      await disk.removeDirectory(`${root}/a`);
    }));

  test(`${name}: one lock per folder`, () =>
    run(async (disk, root) => {
      const lock = await disk.lock(root);
      await assert.rejects(disk.lock(root), fails('DIRECTORY_LOCKED', root));
      await lock.release();
      await (await disk.lock(root)).release();
    }));

  test(`${name}: space`, () =>
    run(async (disk, root) => {
      const { totalBytes, freeBytes } = await disk.space(root);
      assert.ok(totalBytes > 0 && freeBytes > 0 && freeBytes <= totalBytes);
    }));
}

test('system: a folder that cannot be made is an error', () =>
  implementations['system']!(async (disk, root) => {
    await assert.rejects(disk.createDirectory('/proc/nothere/below'), fails('DISK_WRITE', '/proc/nothere/below'));
    await writeSynced(disk, `${root}/file`, []);
    await assert.rejects(disk.createDirectory(`${root}/file`), fails('DISK_WRITE', `${root}/file`));
    await assert.rejects(disk.createDirectory(`${root}/file/below`), fails('DISK_WRITE', `${root}/file/below`));
  }));

test('system: the lock holds against another process and ends with it', () =>
  implementations['system']!(async (disk, root) => {
    const script = `
      import { systemDisk } from ${JSON.stringify(new URL('system-disk.ts', import.meta.url).href)};
      try { await systemDisk.lock(process.argv[1]); console.log('locked'); } catch (error) { console.log(error.code); }
      process.kill(process.pid, 'SIGKILL');`;
    const lockElsewhere = () =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script, root], { encoding: 'utf8' }).stdout.trim();
    assert.equal(lockElsewhere(), 'locked');
    const lock = await disk.lock(root);
    assert.equal(lockElsewhere(), 'DIRECTORY_LOCKED');
    await lock.release();
    assert.equal(lockElsewhere(), 'locked');
  }));

test('simulated: what was not synced may be gone after a crash, what was synced is there', async () => {
  let lost = 0;
  let torn = 0;
  let unnamed = 0;
  for (let seed = 0; seed < 200; seed++) {
    const disk = new SimulatedDisk({ seed });
    await disk.createDirectory('/d');
    const file = await disk.openWrite('/d/f');
    await file.append([bytes('synced')]);
    await file.sync();
    if (seed % 2 === 0) await disk.syncDirectory('/d');
    await file.append([bytes('12345678')]);
    disk.crash();
    await assert.rejects(file.append([bytes('x')]), WorldError, 'an open file dies with the process');
    const left = await disk.readFile('/d/f');
    if (left === undefined) {
      assert.equal(seed % 2, 1, 'a synced name stays');
      unnamed++;
      continue;
    }
    assert.equal(text(left.subarray(0, 6)), 'synced');
    if (left.length === 6) lost++;
    else if (text(left) !== 'synced12345678') torn++;
  }
  assert.ok(lost > 20 && torn > 20 && unnamed > 20, `${lost} lost, ${torn} torn, ${unnamed} without name`);
});

test('simulated: a killed process leaves what it wrote; a full disk takes what fits', async () => {
  const disk = new SimulatedDisk({ seed: 3, capacityBytes: 10 });
  const own = disk.startProcess();
  await own.createDirectory('/d');
  const file = await own.openWrite('/d/f');
  await file.append([bytes('1234')]);
  disk.kill();
  await assert.rejects(async () => own.readFile('/d/f'), WorldError);
  assert.equal(text(await disk.readFile('/d/f')), '1234');
  const more = await disk.openWrite('/d/g');
  await assert.rejects(more.append([bytes('1234567')]), fails('DISK_FULL', '/d/g'));
  assert.ok(disk.usedBytes() <= 10);
});
