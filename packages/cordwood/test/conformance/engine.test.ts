import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type ConformanceCase, readAreas, readCases } from './case.ts';
import { differences } from './differences.ts';
import { EngineStack } from './engine-stack.ts';
import { notPassedByEngine } from './not-passed.ts';

/**
 * Every recorded `query` and `query_range` over the datasets, answered by the engine alone over rows in memory. A case that is
 * not passed stands in not-passed.ts with its reason; a listed one that passes fails the test too.
 */

/** Cases of these areas need what was pushed by earlier cases. */
const changing = new Set(['push', 'otlp', 'limits', 'rules', 'deletes', 'flushed']);

const stack = new EngineStack();
before(() => stack.load());

function isQuery(recorded: ConformanceCase): boolean {
  return /\/query(_range)?$/.test(recorded.path) && recorded.path.startsWith('/loki/api/v1/');
}

for (const area of readAreas()) {
  const cases = readCases(area).filter((one) => isQuery(one) && (!changing.has(area) || area === 'limits'));
  if (cases.length === 0) continue;
  test(`${area}: ${cases.length} cases`, async (t) => {
    const wrong: string[] = [];
    let passed = 0;
    for (const recorded of readCases(area)) {
      if (area === 'limits' && recorded.path === '/loki/api/v1/push') {
        stack.pushRecorded(recorded);
      }
      if (!cases.some((one) => one.id === recorded.id)) continue;
      const found = differences(recorded, await stack.answer(recorded));
      const reason = notPassedByEngine[recorded.id];
      if (found.length === 0) passed++;
      if (found.length === 0 && reason !== undefined) wrong.push(`${recorded.id} passes now: take it off the list`);
      if (found.length > 0 && reason === undefined) {
        const shown = found
          .slice(0, 3)
          .map((one) => `\n    at ${one.path}\n      expected ${one.expected}\n      actual   ${one.actual}`);
        wrong.push(`${recorded.id}: ${JSON.stringify(recorded.params)}${shown.join('')}`);
      }
    }
    t.diagnostic(`${passed} / ${cases.length}`);
    assert.ok(wrong.length === 0, wrong.join('\n'));
  });
}

test('detected fields and their values', async (t) => {
  const cases = readCases('detected').filter((one) => /detected_field/.test(one.path) && one.status === 200);
  let passed = 0;
  for (const recorded of cases) {
    const found = differences(recorded, await stack.answerDetected(recorded));
    assert.deepEqual(found, [], recorded.id);
    passed++;
  }
  t.diagnostic(`${passed} / ${cases.length}`);
});
