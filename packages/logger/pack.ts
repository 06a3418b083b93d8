import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Builds the package as it is published: compiled JavaScript and declarations, because Node strips types only outside
 * node_modules. The manifest is the workspace's, with its doors leading to `dist`. Returns the path of the tarball.
 */
export function packLogger(directory = join(import.meta.dirname, 'dist')): string {
  const source = import.meta.dirname;
  const target = join(directory, 'package');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  execFileSync('tsc', ['-p', join(source, 'tsconfig.build.json'), '--outDir', join(target, 'dist')], {
    stdio: 'inherit',
  });
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Record<string, unknown> & {
    exports: Record<string, string>;
  };
  const { devDependencies: _, scripts: __, ...published } = manifest;
  const exports = Object.fromEntries(
    Object.entries(manifest.exports).map(([door, path]) => {
      if (!path.endsWith('.ts')) return [door, path];
      const compiled = path.replace('./src/', './dist/').replace(/\.ts$/, '');
      return [door, { types: `${compiled}.d.ts`, default: `${compiled}.js` }];
    }),
  );
  writeFileSync(
    join(target, 'package.json'),
    `${JSON.stringify({ ...published, exports, files: ['dist', '*.json'] }, undefined, 2)}\n`,
  );
  for (const file of ['log-record.schema.json', 'README.md']) copyFileSync(join(source, file), join(target, file));
  const license = join(source, '../../LICENSE');
  if (existsSync(license)) copyFileSync(license, join(target, 'LICENSE'));
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', directory], {
      cwd: target,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string }];
  return join(directory, packed.filename);
}

if (import.meta.main) process.stdout.write(`${packLogger()}\n`);
