import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WorldError } from '../../model/failure.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { createBudget, defaultBudget } from './budget.ts';
import { criteria } from './criteria/registry.ts';
import { type Criterion, failed, notJudged, passed, stateOf } from './criterion.ts';
import { acceptanceReports } from './reports/registry.ts';
import { runAcceptance } from './run-acceptance.ts';
import type { Stack } from './stack.ts';

test('the criteria of the requirement, each once, in its order', () => {
  assert.deepEqual(
    criteria.map(({ number }) => number),
    Array.from({ length: 14 }, (_, i) => i + 1),
  );
  assert.equal(new Set(criteria.map(({ title }) => title)).size, 14);
});

test('green is only what was judged whole', () => {
  const [good, bad, open] = [passed('a', ''), failed('b', ''), notJudged('c', 'x')];
  assert.equal(stateOf([good, good]), 'passed');
  assert.equal(stateOf([good, open]), 'not judged');
  assert.equal(stateOf([good, open, bad]), 'failed');
  assert.equal(stateOf([]), 'not judged');
});

/** A stack of which only what the runner itself uses is there. */
function stackWith(budget = createBudget(defaultBudget, () => 0)): Stack {
  const clock = new SimulatedClock(1_795_136_400_000_000_000n);
  return {
    clock,
    budget,
    runId: 'v1',
    startedNs: clock.nowNs(),
    signal: new AbortController().signal,
    environment: { name: 'prod' },
    loki: { url: 'http://loki' },
  } as unknown as Stack;
}

function criterion(number: number, judge: Criterion['judge']): Criterion {
  return { number, title: `criterion <${number}>`, judge };
}

test('a criterion that cannot be asked is red, one without budget is not judged, and the others go on', async () => {
  const budget = createBudget({ ...defaultBudget, requests: 2 }, () => 0);
  const result = await runAcceptance(
    [
      criterion(1, () => Promise.reject(new WorldError('UNREACHABLE', 'no answer from http://loki'))),
      criterion(2, async () => {
        for (let i = 0; i < 3; i++) budget.takeRequest(0);
        return [];
      }),
      criterion(3, async () => [passed('it', 'was seen')]),
    ],
    stackWith(budget),
    [],
    () => {},
  );
  assert.deepEqual(
    result.criteria.map(({ state, checks }) => `${state}: ${checks[0]!.what}: ${checks[0]!.evidence}`),
    [
      'failed: the stack answers: no answer from http://loki',
      'not judged: all of it: needs a larger budget of requests: it is 2',
      'passed: it: was seen',
    ],
  );
});

test('time is part of the budget', () => {
  let elapsedMs = 0;
  const budget = createBudget({ ...defaultBudget, timeMs: 1000 }, () => elapsedMs);
  budget.takeRequest(0);
  elapsedMs = 1001;
  assert.throws(() => budget.takeRequest(0), /more time: the budget is 1 s/);
});

const golden = join(import.meta.dirname, 'reports/golden');

for (const [name, report] of acceptanceReports) {
  test(`report: ${name}`, async () => {
    const result = await runAcceptance(
      [
        criterion(3, async () => [passed('nothing is shown', '17 routes refuse'), failed('a | b', 'a & b see "c"')]),
        criterion(7, async () => [notJudged('series arrive', '--prometheus')]),
        criterion(9, async () => [passed('greenlang-prod', 'retention 30d')]),
      ],
      stackWith(),
      [],
      () => {},
    );
    const text = report({ ...result, cleanUp: ['dev {a="b"}: deletion asked for'] }, (_, plain) => plain);
    const file = join(golden, `${name}.txt`);
    if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  });
}
