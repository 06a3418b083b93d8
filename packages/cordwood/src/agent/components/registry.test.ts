import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isOnlyInAlloy } from '../alloy-components.ts';
import { stageDefinitions } from '../stages/registry.ts';
import { componentDefinitions } from './registry.ts';

const guide = readFileSync(new URL('../../../../../docs/guide/alloy.md', import.meta.url), 'utf8');

test('the guide names every component and stage that runs', () => {
  const missing = [...componentDefinitions.keys(), ...stageDefinitions().keys()].filter(
    (name) => !guide.includes(`\`${name}\``),
  );
  assert.deepEqual(missing, []);
});

test('what runs is not called missing', () => {
  assert.deepEqual([...componentDefinitions.keys()].filter(isOnlyInAlloy), []);
});
