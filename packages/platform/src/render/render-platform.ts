import type { Platform } from '../platform.ts';
import { PlatformError } from '../platform-error.ts';
import type { Artifact } from './artifact.ts';
import { patchArtifact } from './patch-artifact.ts';
import { renderers } from './registry.ts';

/**
 * Every artifact of a platform, patched, sorted by path. The same platform gives the same bytes.
 *
 * @throws PlatformError when a patch meets nothing.
 */
export function renderPlatform(platform: Platform): Artifact[] {
  const artifacts = renderers.flatMap((renderer) => renderer.render(platform));
  const paths = new Set<string>();
  for (const { path } of artifacts) {
    if (paths.has(path)) throw new Error(`two renderers write ${path}`);
    paths.add(path);
  }
  const lost = platform.patches
    .map(({ artifact }, i) => ({ artifact, path: `patches[${i}].artifact` }))
    .filter(({ artifact }) => !paths.has(artifact))
    .map(({ artifact, path }) => ({ path, message: `nothing renders ${artifact}` }));
  if (lost.length > 0) throw new PlatformError(lost);
  return artifacts
    .map((artifact) => patchArtifact(artifact, platform.patches))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
