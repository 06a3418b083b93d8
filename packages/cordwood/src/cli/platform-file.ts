import { existsSync, globSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Artifact, Platform, PlatformError } from '@cordwood/platform';
import { ConfigError } from './config-error.ts';

/** A definition, where it is and what it says. */
export interface PlatformFile {
  /** As shown to the user. */
  readonly file: string;
  readonly directory: string;
  readonly source: string;
  readonly platform: Platform;
  /** Absolute path of the folder that `cordwood render` writes. */
  readonly output: string;
}

/** Files that hold a definition, in the order in which they are looked for. */
const fileNames = ['platform.ts', 'platform.js', 'platform.mjs'];

/** The file of the operand: a file, or a folder with one; without an operand that of this folder or of its only sub-folder with one. */
export function findPlatformFile(operand: string | undefined): string {
  const candidates = fileNames.flatMap((name) => (operand === undefined ? [name] : [`${operand}/${name}`]));
  if (operand !== undefined && /\.[mc]?[jt]s$/.test(operand)) candidates.unshift(operand);
  const direct = candidates.find((file) => existsSync(file));
  if (direct !== undefined) return direct;
  if (operand === undefined) {
    const below = globSync(`*/{${fileNames.join(',')}}`);
    if (below.length === 1) return below[0]!;
    if (below.length > 1) throw new ConfigError(`which one? ${below.sort().join(', ')}: name it`);
  }
  throw new ConfigError(`${operand ?? 'here'}: there is no platform.ts. 'cordwood init' writes one.`);
}

export async function loadPlatform(operand: string | undefined): Promise<PlatformFile> {
  const path = findPlatformFile(operand);
  const file = relative('.', path) || path;
  const source = readFileSync(path, 'utf8');
  resolveOwnPackages();
  const directory = dirname(resolve(path));
  const module = await importDefinition(path, file, source);
  const platform = module.default as Platform | undefined;
  if (platform?.definition === undefined)
    throw new ConfigError(`${file}: its default export is no platform. Write: export default definePlatform({ … })`);
  return { file, directory, source, platform, output: resolve(directory, platform.output) };
}

/** Everything that is rendered of a definition; a patch that meets nothing is an error of the definition. */
export async function renderFile({ platform, file, source }: PlatformFile): Promise<Artifact[]> {
  const { renderPlatform } = await import('@cordwood/platform');
  try {
    return renderPlatform(platform);
  } catch (error) {
    throw await asConfigError(error, file, source);
  }
}

async function importDefinition(path: string, file: string, source: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (error) {
    const known = await asConfigError(error, file, source);
    throw known === error ? new ConfigError(`${file} cannot be loaded: ${(error as Error).message}`) : known;
  }
}

/** Problems of a definition with their places; any other error as it is. */
async function asConfigError(error: unknown, file: string, source: string): Promise<unknown> {
  if ((error as Error)?.name !== 'PlatformError') return error;
  // Loaded here: every command loads this file, and the renderers behind that package are large.
  const { locatePath } = await import('@cordwood/platform');
  return new ConfigError(
    '',
    (error as PlatformError).problems.map(({ path: at, message }) => ({
      diagnostic: {
        severity: 'error',
        file,
        message: at === '' ? message : `${at}: ${message}`,
        ...locatePath(source, at),
      },
      source,
    })),
  );
}

let hooked = false;

/** A definition in a folder without node_modules finds `@cordwood/platform` beside this program. */
function resolveOwnPackages(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!specifier.startsWith('@cordwood/')) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
