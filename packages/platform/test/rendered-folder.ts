import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Artifact } from '../src/render/artifact.ts';

/** Artifacts as files, for tools that read files. Goes away with `await using`. */
export async function renderedFolder(
  artifacts: readonly Artifact[],
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'cordwood-rendered-'));
  for (const artifact of artifacts) {
    const file = join(path, artifact.path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, artifact.text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
