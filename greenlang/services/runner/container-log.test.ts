import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type ContainerLogOptions, openContainerLog } from './container-log.ts';

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'container-log-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function open(directory: string, options: Partial<ContainerLogOptions> = {}) {
  let seconds = 0;
  return openContainerLog({
    directory,
    restarts: 0,
    bytesMax: 100,
    filesMax: 3,
    now: () => new Date(Date.UTC(2026, 1, 4, 12, 0, seconds++)),
    ...options,
  });
}

const content = (path: string) =>
  (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString();

test('rotation renames, compresses all but the latest, and keeps only so many', async (context) => {
  const directory = folder(context);
  const log = await open(directory);
  for (let i = 0; i < 5; i++) {
    log.write([Buffer.from(`${String(i).repeat(100)}\n`)]);
    await log.flush();
  }
  await log.close();
  assert.deepEqual(readdirSync(directory).sort(), ['0.log', '0.log.20260204-120003000.gz', '0.log.20260204-120004000']);
  const all = readdirSync(directory).map((name) => content(join(directory, name)).slice(0, 1));
  assert.deepEqual(all.sort(), ['', '3', '4']);
});

test('nothing is lost or repeated while it rotates', async (context) => {
  const directory = folder(context);
  const log = await open(directory, { filesMax: 1_000, bytesMax: 500 });
  for (let i = 0; i < 400; i++) {
    log.write([Buffer.from(`line ${i}\n`)]);
    if (i % 37 === 0) await log.flush();
  }
  await log.close();
  const names = readdirSync(directory).sort((a, b) => (a === '0.log' ? 1 : b === '0.log' ? -1 : a.localeCompare(b)));
  const lines = names
    .map((name) => content(join(directory, name)))
    .join('')
    .trimEnd()
    .split('\n');
  assert.deepEqual(
    lines,
    Array.from({ length: 400 }, (_, i) => `line ${i}`),
  );
  assert.ok(names.length > 3);
});

test('a second start appends; a restart has a file of its own', async (context) => {
  const directory = folder(context);
  for (const restarts of [0, 0, 1]) {
    const log = await open(directory, { restarts });
    log.write([Buffer.from('x\n')]);
    await log.close();
    log.write([Buffer.from('after close\n')]);
  }
  assert.deepEqual([content(join(directory, '0.log')), content(join(directory, '1.log'))], ['x\nx\n', 'x\n']);
});
