import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages, stageErrors } from '../test/run-stages.ts';

const labels = (pattern: string, more = '') =>
  `stage.pattern {\n pattern = ${JSON.stringify(pattern)}\n labels_from_groups = true\n${more}\n}`;

test('captures become values and, when wanted, labels', async () => {
  const { out } = await runStages(labels('<ip> - <_> "<method> <path>"'), ['1.2.3.4 - bob "GET /x"', 'other']);
  assert.deepEqual(
    out.map((entry) => entry.labels),
    [{ ip: '1.2.3.4', method: 'GET', path: '/x' }, { ip: 'other' }],
  );
});

test('patterns without or with adjacent captures are refused', () => {
  assert.deepEqual(stageErrors(labels('plain')), ['"plain" at least one named capture is required']);
  assert.deepEqual(stageErrors(labels('<a><b>')), ['"<a><b>" found consecutive capture']);
  assert.deepEqual(stageErrors(labels('<a> <a>')), ['"<a> <a>" duplicate capture name']);
});
