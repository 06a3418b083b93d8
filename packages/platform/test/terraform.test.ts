import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import platform from '../../../greenlang/platform.ts';
import { findProgram } from '../../cordwood/src/rules/test/real-process.ts';
import { clusters } from '../src/platform.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';

/**
 * The rendered module and roots under the real Terraform. It needs the AWS provider, which no package registry that we may use has, so
 * a machine without both skips this: `.ci/run` says when that counts.
 *
 * CORDWOOD_TERRAFORM_PLUGINS  a folder as `terraform init -plugin-dir` takes it
 */
const terraform = findProgram('terraform');
const plugins = process.env['CORDWOOD_TERRAFORM_PLUGINS'] ?? pluginFolder();
const options =
  terraform === undefined || plugins === undefined ? { skip: 'skipped: needs terraform and its AWS provider' } : {};

/** Where Terraform itself looks for providers, and where images usually put them. */
function pluginFolder(): string | undefined {
  const provider = 'registry.terraform.io/hashicorp/aws';
  const usual = [join(homedir(), '.terraform.d/plugins'), '/usr/local/share/terraform/plugins', '/opt/*'];
  const [found] = usual.flatMap((folder) => globSync(join(folder, provider)));
  return found?.slice(0, -provider.length - 1);
}

describe('terraform', options, () => {
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
    succeeds(cwd, 'init', '-backend=false', '-input=false', '-no-color', `-plugin-dir=${plugins}`);

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
