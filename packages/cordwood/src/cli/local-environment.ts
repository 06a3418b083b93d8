import { dirname, join, relative } from 'node:path';
import { ConfigError } from './config-error.ts';
import { loadPlatform, type PlatformFile, renderFile } from './platform-file.ts';
import { changes, type RenderedFile, renderedFiles, writeRenderedFile } from './rendered-files.ts';

/** An environment of a definition, as files that one process runs. */
export interface LocalEnvironment {
  readonly name: string;
  /** Holds `loki.yaml`, `config.alloy` and the rules. */
  readonly directory: string;
  /** Data of a run stays out of the rendered folder. */
  readonly dataDirectory: string;
  /** Files that were not fresh and have been rendered. */
  readonly renewed: readonly string[];
}

/**
 * Renders what is missing or stale of an environment and says where it is. Without a name: the environment that is meant for
 * laptops, else the first.
 */
export async function localEnvironment(
  operand: string | undefined,
  name: string | undefined,
): Promise<LocalEnvironment> {
  const file = await loadPlatform(operand);
  const { environments } = file.platform;
  const environment =
    name === undefined
      ? (environments.find(({ runsOn }) => runsOn === 'laptop') ?? environments[0]!)
      : environments.find((each) => each.name === name);
  if (environment === undefined)
    throw new ConfigError(
      `there is no environment ${name} in ${file.file}; there are: ${environments.map((each) => each.name).join(', ')}`,
    );
  const files = await filesOf(file, environment.name);
  const stale = files.filter(changes);
  for (const each of stale) writeRenderedFile(each);
  return {
    name: environment.name,
    directory: dirname(files.find(({ path }) => path.endsWith('/loki.yaml'))!.absolute),
    dataDirectory: join(file.directory, '.cordwood', environment.name),
    renewed: stale.map(({ absolute }) => relative('.', absolute)),
  };
}

async function filesOf(file: PlatformFile, name: string): Promise<RenderedFile[]> {
  const prefix = `local/${name}/`;
  const artifacts = await renderFile(file);
  return renderedFiles(file.platform, artifacts, { output: file.output, definition: file.directory }).filter(
    ({ path }) => path.startsWith(prefix),
  );
}
