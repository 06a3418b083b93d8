import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checks } from '../src/lint/registry.ts';

const decisions = ['020-platform-definition.md', '021-infrastructure-traps.md']
  .map((name) => readFileSync(join(import.meta.dirname, '../../../docs/decisions', name), 'utf8'))
  .join('\n');
const rows = decisions.split('\n').filter((line) => line.startsWith('| T'));
const ids = new Set(checks.map(({ id }) => id));
/** Checks of the readers of the formats, which `cordwood lint` runs too. */
const foreign = new Set(['loki/overrides', 'loki/config', 'alloy/config']);

test('each of the 70 traps is resolved somewhere', () => {
  const named = new Set(
    rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/T(\d+)/g)].map(([, number]) => Number(number))),
  );
  const all = Array.from({ length: 70 }, (_, i) => i + 1);
  assert.deepEqual(
    all.filter((number) => !named.has(number)),
    [],
  );
});

test('the checks that the decisions name exist, and say which trap they are about', () => {
  const named = [...decisions.matchAll(/`([a-z]+\/[a-z-]+)`/g)].map(([, id]) => id!);
  const topics = new Set([...ids].map((id) => id.split('/')[0]));
  const checkNames = named.filter((id) => topics.has(id.split('/')[0]!) && !id.startsWith('helm/loki'));
  assert.ok(checkNames.length > 50);
  assert.deepEqual(
    checkNames.filter((id) => !ids.has(id) && !foreign.has(id) && !['helm/alloy', 'rules/wal'].includes(id)),
    [],
  );
  const untold = checks.flatMap(({ id, traps = [] }) =>
    traps.filter((trap) => !rows.some((row) => new RegExp(`\\b${trap}\\b`).test(row))).map((trap) => `${id} ${trap}`),
  );
  assert.deepEqual(untold, []);
});
