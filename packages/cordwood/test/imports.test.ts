import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

// The table in ARCHITECTURE.md is the law; this test only reads it. Test code may import anything.

const root = resolve(import.meta.dirname, '../../..');
const rooms = readTable(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));
const sources = globSync('{packages/*/src,packages/*/bin,greenlang}/**/*.{ts,tsx}', { cwd: root })
  .filter((file) => !file.includes('.test.') && !/(^|\/)(test|fixtures|node_modules)\//.test(file))
  .sort();

function readTable(markdown: string): Map<string, Set<string>> {
  const table = new Map<string, Set<string>>();
  for (const line of markdown.split('\n')) {
    const cells = /^\| +(\S+) +\|(.*)\|$/.exec(line);
    if (cells && !/^(room|-+)$/.test(cells[1]!)) {
      table.set(cells[1]!, new Set(cells[2]!.trim().split(/ +/).filter(Boolean)));
    }
  }
  return table;
}

/** The room of a file: a folder of packages/cordwood/src, another package, or greenlang. */
function roomOf(file: string): string {
  const inCordwood = /^packages\/cordwood\/src\/([^/]+)\//.exec(file);
  if (inCordwood) return inCordwood[1]!;
  if (file.startsWith('packages/cordwood/')) return 'packages/cordwood';
  return /^packages\/[^/]+/.exec(file)?.[0] ?? file.split('/')[0]!;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

function roomOfImport(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return roomOf(relative(root, resolve(root, dirname(file), specifier)));
  const ours = /^(?:@cordwood\/([a-z]+)|(cordwood))(?:\/|$)/.exec(specifier);
  return ours ? `packages/${ours[1] ?? ours[2]}` : undefined;
}

test('the table names every room', () => {
  assert.ok(rooms.size > 10);
  const missing = new Set(sources.map(roomOf).filter((room) => room !== 'packages/cordwood' && !rooms.has(room)));
  assert.deepEqual([...missing], []);
});

test('rooms import only what the table in ARCHITECTURE.md allows', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const room = roomOf(file);
    if (room === 'packages/cordwood') continue;
    for (const specifier of importsOf(file)) {
      const target = roomOfImport(file, specifier);
      if (target !== undefined && target !== room && !rooms.get(room)?.has(target))
        wrong.push(`${file}: '${specifier}'`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('libraries that a file imports are listed in the package.json of its package', () => {
  const wrong: string[] = [];
  const listed = new Map<string, Set<string>>();
  for (const file of sources.filter((file) => file.startsWith('packages/'))) {
    const folder = /^packages\/[^/]+/.exec(file)![0];
    if (!listed.has(folder)) {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      listed.set(
        folder,
        new Set(
          Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }),
        ),
      );
    }
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
      const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)![0];
      if (!listed.get(folder)!.has(name)) wrong.push(`${file}: '${specifier}'`);
    }
  }
  assert.deepEqual(wrong, []);
});
