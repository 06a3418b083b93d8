import { createHash } from 'node:crypto';
import type { Chart } from '../platform.ts';

/** `Chart.lock`: Helm refuses to build dependencies whose lock does not fit the chart. */
export function chartLock({ name, version, repository }: Chart): object {
  const dependency = { name, version, repository };
  // Helm's own digest: of the dependencies asked for and those locked.
  const digest = createHash('sha256')
    .update(JSON.stringify([[dependency], [dependency]]))
    .digest('hex');
  return {
    dependencies: [{ name, repository, version }],
    digest: `sha256:${digest}`,
    // Helm writes the time of the update here; a rendering has none.
    generated: '2026-01-01T00:00:00Z',
  };
}
