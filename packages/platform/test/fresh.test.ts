import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { changes, renderedFiles } from '../../cordwood/src/cli/rendered-files.ts';
import { renderPlatform } from '../src/render/render-platform.ts';

const root = join(import.meta.dirname, '../../..');

test('what is checked in is what platform.ts renders: cordwood render', () => {
  const files = renderedFiles(greenlang, renderPlatform(greenlang), {
    output: join(root, 'deployment'),
    definition: join(root, 'greenlang'),
  });
  assert.ok(files.length > 40);
  assert.deepEqual(
    files.filter(changes).map(({ path }) => path),
    [],
  );
});

test('the same definition gives the same bytes in another process, time zone and language', () => {
  const program = `
    import greenlang from '${join(root, 'greenlang/platform.ts')}';
    import { renderPlatform } from '${join(root, 'packages/platform/src/render/render-platform.ts')}';
    import { createHash } from 'node:crypto';
    process.stdout.write(createHash('sha256').update(JSON.stringify(renderPlatform(greenlang))).digest('hex'));`;
  const elsewhere = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    encoding: 'utf8',
  });
  const here = createHash('sha256')
    .update(JSON.stringify(renderPlatform(greenlang)))
    .digest('hex');
  assert.equal(elsewhere, here);
});
