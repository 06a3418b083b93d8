import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openTestStore, push } from '../../store/test/test-store.ts';
import { systemDisk } from '../../world/system-disk.ts';
import { runCaptured } from '../test/run-captured.ts';

const directory = mkdtempSync(join(tmpdir(), 'cordwood-inspect-'));
after(() => rmSync(directory, { recursive: true }));

const store = await openTestStore({ disk: systemDisk, directory: join(directory, 'store') });
await push(store, { app: 'x' }, [
  [0, '{"level":"info","n":1}'],
  [1, '{"level":"warn","n":2}'],
]);
await store.flush();
await push(store, { app: 'x' }, [[2, 'not sealed']]);

test('what is in a data folder, beside the process that uses it', async () => {
  const { code, out, note } = await runCaptured(['inspect', directory, '--chunks', '--verify']);
  assert.equal(note, '');
  assert.equal(code, 0);
  assert.match(out, /format 1/);
  assert.match(out, /1 records, 1 entries.* \(a 1\)/);
  assert.match(out, /a: 2 entries, 44 B of lines in \d+ B \([\d.]+ to 1\), 1 chunks/);
  assert.match(out, /\{app="x", service_name="x"\}: 2 entries, 44 B/);
});

test('as JSON', async () => {
  const { code, out } = await runCaptured(['inspect', join(directory, 'store'), '--format', 'json']);
  assert.equal(code, 0);
  const { tenants, problems } = JSON.parse(out);
  assert.deepEqual(problems, []);
  assert.equal(tenants[0].chunks[0].firstNs, '2026-11-20T01:00:00Z');
});

test('damage: the file, the place, exit code 1', async () => {
  await store.close();
  const chunks = join(directory, 'store/tenants/a/chunks');
  const path = join(chunks, readdirSync(chunks)[0]!);
  const bytes = readFileSync(path);
  bytes[bytes.length - 12]! ^= 1;
  writeFileSync(path, bytes);
  const { code, note } = await runCaptured(['inspect', directory]);
  assert.equal(code, 1);
  assert.match(note, /^error: CORRUPT the footer does not match its checksum \(.*\.chunk, offset \d+\)/);
});

test('no data folder', async () => {
  const { code, note } = await runCaptured(['inspect', join(directory, 'nowhere')]);
  assert.equal(code, 2);
  assert.match(note, /this is no data folder of Cordwood/);
});
