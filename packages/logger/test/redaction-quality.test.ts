import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedaction } from '../src/redaction/policy.ts';
import { cleanLines, plantedLines } from './redaction-corpus.ts';

const policy = createRedaction({ ipAddresses: true });
const seed = 20_261_124;

test('recall: no planted secret of the kinds that TR-002 names is left; of the others fewer than one in a hundred', () => {
  const lines = plantedLines(seed, 40);
  assert.ok(lines.length >= 400);
  const leaks = lines.filter(({ line, secret }) => policy.text(line).includes(secret));
  assert.deepEqual(
    leaks.filter(({ named }) => named).map(({ kind, line }) => `${kind}: ${line}`),
    [],
  );
  assert.ok(leaks.length < lines.length / 100, leaks.map(({ kind, line }) => `${kind}: ${line}`).join('\n'));
});

test('nothing but the secret is changed, and JSON stays JSON', () => {
  const lines = plantedLines(seed, 40);
  const different = lines.filter(({ line, expected }) => policy.text(line) !== expected);
  assert.ok(
    different.length < lines.length / 100,
    different.map(({ kind, line }) => `${kind}: ${line} -> ${policy.text(line)}`).join('\n'),
  );
  for (const { line } of lines) if (line.startsWith('{"')) JSON.parse(policy.text(line));
});

test('precision: of 5,000 clean lines fewer than one in a thousand is touched', () => {
  const changed = cleanLines(seed, 5_000).filter((line) => policy.text(line) !== line);
  assert.ok(
    changed.length < 5,
    `${changed.length}: ${changed
      .slice(0, 12)
      .map((line) => `${line} -> ${policy.text(line)}`)
      .join('\n')}`,
  );
});

test('redacting twice changes nothing', () => {
  for (const { line } of plantedLines(7, 20)) {
    const once = policy.text(line);
    assert.equal(policy.text(once), once);
  }
});
