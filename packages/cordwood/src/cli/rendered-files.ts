import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Artifact, Platform } from '@cordwood/platform';

/** Names what was rendered, so that what is no longer rendered can be removed and what people add is left alone. */
export const listFile = 'RENDERED';

export interface RenderedFile {
  /** As shown: relative to the output folder. */
  readonly path: string;
  readonly absolute: string;
  /** Undefined: it is to be removed. */
  readonly text: string | undefined;
  /** What is there now. Undefined: nothing. */
  readonly before: string | undefined;
}

export interface OutputFolders {
  readonly output: string;
  /** Folder of the definition; undefined when everything goes into the output folder. */
  readonly definition: string | undefined;
}

/** Where an artifact goes: into the output folder, but a laptop's files where the definition wants them. */
export function placeOf(platform: Platform, path: string, folders: OutputFolders): string {
  const [, name, rest] = /^local\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const directory = platform.environments.find((environment) => environment.name === name)?.directory;
  return folders.definition === undefined || directory === undefined || rest === undefined
    ? join(folders.output, path)
    : resolve(folders.definition, directory, rest);
}

/** Every file that a rendering writes or removes, whether it changes or not. */
export function renderedFiles(
  platform: Platform,
  artifacts: readonly Artifact[],
  folders: OutputFolders,
): RenderedFile[] {
  const list = join(folders.output, listFile);
  const paths = artifacts.map(({ path }) => path);
  const earlier = existsSync(list)
    ? readFileSync(list, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
    : [];
  const gone = earlier.filter((path) => !paths.includes(path));
  const listText = `# What \`cordwood render\` wrote here. Other files are left alone.\n${paths.join('\n')}\n`;
  return [
    ...artifacts.map(({ path, text }) => fileAt(path, placeOf(platform, path, folders), text)),
    ...gone
      .map((path) => fileAt(path, placeOf(platform, path, folders), undefined))
      .filter(({ before }) => before !== undefined),
    fileAt(listFile, list, listText),
  ];
}

function fileAt(path: string, absolute: string, text: string | undefined): RenderedFile {
  return { path, absolute, text, before: existsSync(absolute) ? readFileSync(absolute, 'utf8') : undefined };
}

export const changes = ({ text, before }: RenderedFile): boolean => text !== before;

export function writeRenderedFile({ absolute, text }: RenderedFile): void {
  if (text === undefined) {
    rmSync(absolute);
    return;
  }
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
}

/** The artifacts that concern an environment: its own and those of no other one. Rules are by tenant, and a tenant may be called like an environment. */
export function artifactsOf(platform: Platform, artifacts: readonly Artifact[], name: string): Artifact[] {
  const others = platform.environments.map((environment) => environment.name).filter((other) => other !== name);
  // A folder or file of this name, or a file that ends in it: values-prod.yaml.
  const isOf = (path: string, other: string) => new RegExp(`(^|/)${other}[./]|-${other}[.][a-z]+$`).test(path);
  return artifacts.filter(
    ({ path }) => path.startsWith('config/loki/rules/') || !others.some((other) => isOf(path, other)),
  );
}
