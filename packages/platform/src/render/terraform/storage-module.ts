import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusters } from '../../platform.ts';
import type { Renderer } from '../renderer.ts';

const folder = join(import.meta.dirname, '../../../assets/terraform/modules/loki-storage');

/**
 * The module is the same for every platform: what differs are its variables, which the roots of the environments set. It is kept as
 * Terraform, where its own tools and tests work on it.
 */
const files = globSync('**/*.{tf,hcl,md}', { cwd: folder })
  .sort()
  .map((file) => ({
    path: `terraform/modules/loki-storage/${file}`,
    text: readFileSync(join(folder, file), 'utf8'),
  }));

export const storageModule: Renderer = {
  name: 'terraform-storage-module',
  render: (platform) => (clusters(platform).some(({ objectStore }) => objectStore.kind === 's3') ? files : []),
};
