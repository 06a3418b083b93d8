import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import nordwind from '../../../examples/nordwind/platform.ts';
import greenlang from '../../../greenlang/platform.ts';
import { clusters, type Environment } from '../src/platform.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';
import { terraform, terraformOptions, terraformPlugins } from './terraform.ts';

const module = 'terraform/modules/loki-storage';

/** The rendered module and roots under the real Terraform: of GreenLang, and of a company with a locked copy. */
for (const platform of [greenlang, nordwind])
  describe(`terraform of ${platform.name}`, terraformOptions, () => {
    const artifacts = renderPlatform(platform).filter(({ path }) => path.startsWith('terraform/'));
    let folder: Awaited<ReturnType<typeof renderedFolder>>;
    const succeeds = async (cwd: string, ...args: string[]) => {
      const { code, text } = await runProgram(terraform!, args, {
        cwd: join(folder.path, cwd),
        env: { TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      });
      assert.equal(code, 0, text);
      return text;
    };
    const init = (cwd: string) =>
      succeeds(cwd, 'init', '-backend=false', '-input=false', '-no-color', `-plugin-dir=${terraformPlugins}`);

    before(async () => {
      folder = await renderedFolder(artifacts);
    });
    after(() => folder[Symbol.asyncDispose]());

    test('is formatted', async () => {
      await succeeds('terraform', 'fmt', '-check', '-diff', '-recursive', '.');
    });

    // The module is the same for both.
    if (platform === greenlang)
      test('terraform test of the module', async () => {
        await init(module);
        assert.match(await succeeds(module, 'test', '-no-color'), /Success! \d+ passed, 0 failed/);
      });

    const environments = clusters(platform).filter(({ objectStore }) => objectStore.kind === 's3');
    assert.ok(environments.length > 0);
    for (const environment of environments)
      test(`the root of ${environment.name} is valid, and the module takes what it says`, async () => {
        const cwd = `terraform/environments/${environment.name}`;
        await init(cwd);
        await succeeds(cwd, 'validate', '-no-color');
        // Validations of variables are made by a plan, which needs AWS or a mock of it.
        await mkdir(join(folder.path, cwd, 'tests'));
        const mocks = artifacts.find(({ path }) => path === `${module}/tests/storage.tftest.hcl`)!.text;
        await writeFile(join(folder.path, cwd, 'tests/plan.tftest.hcl'), mockedPlan(mocks, environment));
        assert.match(await succeeds(cwd, 'test', '-no-color'), /1 passed, 0 failed/);
      });
  });

/** The mocks of the module's own tests, and what the outputs must be. */
function mockedPlan(moduleTests: string, { chunksBucket }: Environment): string {
  return `${moduleTests.slice(0, moduleTests.indexOf('\nvariables {'))}
run "plan" {
  assert {
    condition     = output.helm_values.bucket_names.chunks == "${chunksBucket}"
    error_message = "another bucket"
  }

  assert {
    condition     = keys(output.helm_values.role_arns) == ["loki"]
    error_message = "another service account"
  }
}
`;
}
