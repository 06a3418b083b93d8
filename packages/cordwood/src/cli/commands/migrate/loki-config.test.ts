import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-loki-config-'));
after(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'loki.yaml');
writeFileSync(
  path,
  'ingester: {max_transfer_retries: 0}\ncommon: {path_prefix: /loki}\nschema_config:\n  configs:\n    - {from: 2022-01-01, store: boltdb-shipper, object_store: filesystem, schema: v11, index: {prefix: index_, period: 24h}}\n',
);

test('the new file goes to stdout, what was changed to stderr', async () => {
  const { code, note, out } = await runCaptured(['migrate', 'loki-config', path]);
  assert.equal(code, 0);
  assert.match(out, /schema: v13/);
  assert.ok(
    note.includes(`${path}:1: 3.0 ingester.max_transfer_retries: 0  removed\n    the write-ahead log took its place\n`),
    note,
  );
  assert.match(note, /3\.0 querier\.max_concurrent: 10 -> 4/);
});

test('or to a file', async () => {
  const output = join(folder, 'new.yaml');
  assert.equal((await runCaptured(['migrate', 'loki-config', path, '-o', output])).out, '');
  assert.match(readFileSync(output, 'utf8'), /schema: v13/);
});

test('what must be done by hand: 1', async () => {
  const { code, note } = await runCaptured(['migrate', 'loki-config', path, '--to', '4.0']);
  assert.equal(code, 1);
  assert.match(note, /Loki 4\.0 cannot read it: stay on 3\.7/);
});

test('as JSON, with the text', async () => {
  const { out } = await runCaptured(['migrate', 'loki-config', path, '--format', 'json', '--keep-defaults']);
  const { effective, text } = JSON.parse(out);
  assert.match(text, /max_concurrent: 10/);
  assert.ok(effective.some(({ kept }: { kept: boolean }) => kept));
});

test('an unknown release and a file that is not there: 2', async () => {
  assert.equal((await runCaptured(['migrate', 'loki-config', path, '--to', '7'])).code, 2);
  assert.equal((await runCaptured(['migrate', 'loki-config', join(folder, 'none')])).code, 2);
});
