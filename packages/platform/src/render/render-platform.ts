import type { Platform } from '../platform.ts';
import type { Artifact } from './artifact.ts';
import { patchArtifact } from './patch-artifact.ts';
import { renderers } from './registry.ts';

/** Every artifact of a platform, patched, sorted by path. The same platform gives the same bytes. */
export function renderPlatform(platform: Platform): Artifact[] {
  const artifacts = renderers.flatMap((renderer) => renderer.render(platform));
  const paths = new Set<string>();
  for (const { path } of artifacts) {
    if (paths.has(path)) throw new Error(`two renderers write ${path}`);
    paths.add(path);
  }
  for (const { artifact } of platform.patches)
    if (!paths.has(artifact)) throw new Error(`patches: there is no artifact ${artifact}`);
  return artifacts
    .map((artifact) => patchArtifact(artifact, platform.patches))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
