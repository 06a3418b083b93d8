import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Folders of `packages/` that are published, each after the ones it needs. The page is part of `cordwood`. */
export const publishedPackages = ['logger', 'logql', 'alloy', 'platform', 'cordwood'] as const;
export type PublishedPackage = (typeof publishedPackages)[number];

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  /** `dist`, and what is published as it is. */
  readonly files: readonly string[];
}

const root = resolve(import.meta.dirname, '..');

/**
 * Builds a package as it is published, in `directory/NAME`, and returns the path of its tarball in `directory`.
 *
 * Node strips types only outside node_modules, so that a published package carries compiled JavaScript and declarations.
 * `src` becomes `dist` at the same depth: a path from a module to a file of its package holds in both. The manifest is the
 * workspace's, with its doors leading to `dist` and without what only our own tests need.
 */
export function packPackage(name: PublishedPackage, directory: string): string {
  const source = join(root, 'packages', name);
  const target = join(directory, name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  compile(source, join(target, 'dist'), join(directory, `tsconfig.${name}.json`));
  if (name === 'cordwood') buildPage(join(target, 'web'));
  for (const file of manifest.files) {
    if (existsSync(join(source, file))) cpSync(join(source, file), join(target, file), { recursive: true });
    if (!existsSync(join(target, file))) throw new Error(`${name}: 'files' lists ${file}, which is not there`);
  }
  for (const [file, from] of [
    ['README.md', source],
    ['LICENSE', root],
  ] as const) {
    if (existsSync(join(from, file))) copyFileSync(join(from, file), join(target, file));
  }
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`);
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', directory], {
      cwd: target,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string }];
  return join(directory, packed.filename);
}

function compile(source: string, outDir: string, configFile: string): void {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      allowImportingTsExtensions: false,
      typeRoots: [join(root, 'node_modules/@types')],
      rootDir: join(source, 'src'),
      outDir,
    },
    include: [join(source, 'src/**/*.ts')],
    exclude: ['src/**/*.test.ts', 'src/**/test/**'].map((path) => join(source, path)),
  };
  writeFileSync(configFile, JSON.stringify(config));
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', configFile], { stdio: 'inherit' });
}

function buildPage(directory: string): void {
  execFileSync(process.execPath, [join(root, 'packages/web/build.ts'), directory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function publishedManifest(manifest: Manifest): object {
  const {
    devDependencies: _,
    scripts: __,
    ...published
  } = manifest as Manifest & { devDependencies?: object; scripts?: object };
  const exports = Object.fromEntries(
    Object.entries(manifest.exports).map(([door, path]) => {
      if (!path.endsWith('.ts')) return [door, path];
      const compiled = path.replace('./src/', './dist/').replace(/\.ts$/, '');
      return [door, { types: `${compiled}.d.ts`, default: `${compiled}.js` }];
    }),
  );
  return { ...published, exports };
}

/** `node build/pack-package.ts [NAME…]`: all without a name. Prints the paths of the tarballs. */
if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const unknown = positionals.find((name) => !(publishedPackages as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${publishedPackages.join(', ')}`);
  for (const name of publishedPackages) {
    if (positionals.length === 0 || positionals.includes(name))
      process.stdout.write(`${packPackage(name, join(root, 'dist/packages'))}\n`);
  }
}
