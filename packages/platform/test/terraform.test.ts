import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import platform from '../../../greenlang/platform.ts';
import { clusters } from '../src/platform.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';
import { terraform, terraformOptions, terraformPlugins } from './terraform.ts';

/** The rendered module and roots under the real Terraform. */
describe('terraform', terraformOptions, () => {
  let folder: Awaited<ReturnType<typeof renderedFolder>>;
  const execute = (cwd: string, ...args: string[]) =>
    runProgram(terraform!, args, {
      cwd: join(folder.path, cwd),
      env: { TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
    });
  const succeeds = async (cwd: string, ...args: string[]) => {
    const { code, text } = await execute(cwd, ...args);
    assert.equal(code, 0, text);
    return text;
  };
  const init = (cwd: string) =>
    succeeds(cwd, 'init', '-backend=false', '-input=false', '-no-color', `-plugin-dir=${terraformPlugins}`);

  before(async () => {
    folder = await renderedFolder(renderPlatform(platform).filter(({ path }) => path.startsWith('terraform/')));
  });
  after(() => folder[Symbol.asyncDispose]());

  test('is formatted', async () => {
    await succeeds('terraform', 'fmt', '-check', '-diff', '-recursive', '.');
  });

  test('terraform test of the module', async () => {
    await init('terraform/modules/loki-storage');
    const text = await succeeds('terraform/modules/loki-storage', 'test', '-no-color');
    assert.match(text, /Success! \d+ passed, 0 failed/);
  });

  const environments = clusters(platform).filter(({ objectStore }) => objectStore.kind === 's3');
  assert.ok(environments.length > 0);
  for (const { name } of environments)
    test(`the root of ${name} is valid`, async () => {
      await init(`terraform/environments/${name}`);
      await succeeds(`terraform/environments/${name}`, 'validate', '-no-color');
    });
});
