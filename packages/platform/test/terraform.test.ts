import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
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
    test(`the root of ${name} is valid, and the module takes what it says`, async () => {
      const cwd = `terraform/environments/${name}`;
      await init(cwd);
      await succeeds(cwd, 'validate', '-no-color');
      // Validations of variables are made by a plan, which needs AWS or a mock of it.
      await mkdir(join(folder.path, cwd, 'tests'));
      await writeFile(join(folder.path, cwd, 'tests/plan.tftest.hcl'), mockedPlan(name));
      assert.match(await succeeds(cwd, 'test', '-no-color'), /1 passed, 0 failed/);
    });
});

/** The mocks of the module's own tests, and what the outputs must be. */
function mockedPlan(environment: string): string {
  const module = renderPlatform(platform).find(({ path }) => path.endsWith('tests/storage.tftest.hcl'))!.text;
  return `${module.slice(0, module.indexOf('\nvariables {'))}
run "plan" {
  assert {
    condition     = output.helm_values.bucket_names.chunks == "gl-loki-chunks-${environment}"
    error_message = "another bucket"
  }

  assert {
    condition     = keys(output.helm_values.role_arns) == ["loki"]
    error_message = "another service account"
  }
}
`;
}
