import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { definePlatform } from '@cordwood/platform';
import { smallestDefinition } from '../../../platform/test/smallest-definition.ts';
import { artifactsOf, changes, placeOf, renderedFiles, writeRenderedFile } from './rendered-files.ts';

const platform = definePlatform({
  ...smallestDefinition,
  environments: {
    ...smallestDefinition.environments,
    production: { ...smallestDefinition.environments['prod']! },
    laptop: { runsOn: 'laptop', directory: '.', defaultTenant: 'acme' },
  },
});

test('what is no longer rendered is removed; files of people stay', () => {
  const output = mkdtempSync(join(tmpdir(), 'cordwood-rendered-'));
  try {
    const write = (...paths: string[]) => {
      const files = renderedFiles(
        platform,
        paths.map((path) => ({ path, text: `${path}\n` })),
        { output, definition: undefined },
      );
      const changed = files.filter(changes);
      for (const file of changed) writeRenderedFile(file);
      return changed.map(({ path, text }) => `${text === undefined ? '-' : '+'}${path}`);
    };
    assert.deepEqual(write('a.yaml', 'sub/b.yaml'), ['+a.yaml', '+sub/b.yaml', '+RENDERED']);
    writeFileSync(join(output, 'mine.yaml'), 'mine');
    assert.deepEqual(write('a.yaml', 'sub/b.yaml'), []);
    assert.deepEqual(write('a.yaml'), ['-sub/b.yaml', '+RENDERED']);
    assert.deepEqual(readdirSync(output).sort(), ['RENDERED', 'a.yaml', 'mine.yaml', 'sub']);
    assert.ok(!existsSync(join(output, 'sub/b.yaml')));
    assert.match(readFileSync(join(output, 'RENDERED'), 'utf8'), /\na\.yaml\n$/);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});

test("a laptop's files go where the definition wants them, unless everything goes elsewhere", () => {
  const there = (path: string, definition: string | undefined) =>
    placeOf(platform, path, { output: '/out', definition });
  assert.equal(there('local/laptop/rules/acme/alerts.yaml', '/here'), '/here/rules/acme/alerts.yaml');
  assert.equal(there('local/laptop/loki.yaml', undefined), '/out/local/laptop/loki.yaml');
  assert.equal(there('local/prod/loki.yaml', '/here'), '/out/local/prod/loki.yaml');
});

test('the artifacts of an environment are its own and those of all; names that begin alike are told apart', () => {
  const paths = [
    'values.yaml',
    'values-prod.yaml',
    'values-production.yaml',
    'files/prod.alloy',
    'roots/production/main.tf',
    'local/laptop/x',
    'config/loki/rules/acme-production/alerts.yaml',
  ];
  const of = (name: string) =>
    artifactsOf(
      platform,
      paths.map((path) => ({ path, text: '' })),
      name,
    ).map(({ path }) => path);
  const rules = 'config/loki/rules/acme-production/alerts.yaml';
  assert.deepEqual(of('prod'), ['values.yaml', 'values-prod.yaml', 'files/prod.alloy', rules]);
  assert.deepEqual(of('production'), ['values.yaml', 'values-production.yaml', 'roots/production/main.tf', rules]);
});
