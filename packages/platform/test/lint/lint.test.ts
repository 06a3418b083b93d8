import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import greenlang from '../../../../greenlang/platform.ts';
import { checksReference } from '../../src/lint/checks-reference.ts';
import { checkInput, lintPlatform } from '../../src/lint/lint-platform.ts';
import { checks } from '../../src/lint/registry.ts';
import { render } from './broken-platform.ts';
import { collectionAndLoki } from './collection-and-loki.ts';
import { dashboardsAndAlerts } from './dashboards-and-alerts.ts';
import { gateway } from './gateway.ts';
import { network } from './network.ts';
import { storage } from './storage.ts';

const all = [...storage, ...network, ...gateway, ...dashboardsAndAlerts, ...collectionAndLoki];

test('GreenLang is clean: what is found is accepted, with a reason', () => {
  const findings = lintPlatform(greenlang);
  assert.deepEqual(
    findings.filter(({ accepted }) => accepted === undefined).map(({ check, message }) => `${check.id}: ${message}`),
    [],
  );
});

describe('each broken fixture is found by its check', () => {
  for (const broken of all)
    test(`${broken.check}: ${broken.name}`, () => {
      const check = checks.find(({ id }) => id === broken.check);
      assert.ok(check, `there is no check ${broken.check}`);
      const { platform, artifacts } = render(broken);
      const findings = check.find(checkInput(platform, artifacts, []));
      const messages = findings.map(({ message }) => message).join('\n');
      assert.match(messages, broken.finds);
      for (const { in: place } of findings) {
        if (place === undefined) continue;
        const text = artifacts.find(({ path }) => path === place.path)?.text;
        assert.ok(text !== undefined, `${place.path} is not rendered`);
        if (place.text !== undefined) assert.ok(text.includes(place.text), `${place.path} does not hold ${place.text}`);
      }
    });
});

test('each check has a broken fixture, an id of its own, a reason and a fix', () => {
  const ids = checks.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
  assert.deepEqual(
    ids.filter((id) => !all.some(({ check }) => check === id)),
    [],
  );
  for (const { id, title, reason, fix } of checks) {
    assert.match(id, /^[a-z]+\/[a-z-]+$/);
    for (const text of [title, reason, fix]) assert.ok(text.length > 20, id);
  }
});

test('docs/reference/lint.md lists them', () => {
  const file = join(import.meta.dirname, '../../../../docs/reference/lint.md');
  const fixturesOf = ({ id }: { readonly id: string }) =>
    all.filter(({ check }) => check === id).map(({ name }) => name);
  const text = checksReference(checks, fixturesOf);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(
    readFileSync(file, 'utf8'),
    text,
    'UPDATE_GOLDEN=1 node --test packages/platform/test/lint/lint.test.ts',
  );
});
