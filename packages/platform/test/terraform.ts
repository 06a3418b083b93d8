import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../cordwood/src/rules/test/real-process.ts';

/**
 * The real Terraform. It needs the AWS provider, which no package registry that we may use has, so a machine without both skips what uses
 * it: `.ci/run` says when that counts.
 *
 * CORDWOOD_TERRAFORM_PLUGINS  a folder as `terraform init -plugin-dir` takes it
 */
export const terraform = findProgram('terraform');
export const terraformPlugins = process.env['CORDWOOD_TERRAFORM_PLUGINS'] ?? pluginFolder();
export const terraformOptions =
  terraform === undefined || terraformPlugins === undefined
    ? { skip: 'skipped: needs terraform and its AWS provider' }
    : {};

/** Where Terraform itself looks for providers, and where images usually put them. */
function pluginFolder(): string | undefined {
  const provider = 'registry.terraform.io/hashicorp/aws';
  const usual = [join(homedir(), '.terraform.d/plugins'), '/usr/local/share/terraform/plugins', '/opt/*'];
  const [found] = usual.flatMap((folder) => globSync(join(folder, provider)));
  return found?.slice(0, -provider.length - 1);
}
