import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from '@cordwood/logql';
import type { AlertingRule } from '../../../rules/rule-group.ts';
import { ruleMutations } from './registry.ts';
import { withoutAlternatives } from './without-alternatives.ts';

/** What one kind of change does to an alert with this expression. */
function changes(name: string, expression: string, expected: readonly string[], more: Partial<AlertingRule> = {}) {
  test(`${name}: ${expression}`, () => {
    const rule: AlertingRule = {
      kind: 'alerting',
      name: 'A',
      expression,
      forMs: 0,
      labels: {},
      annotations: {},
      ...more,
    };
    const mutation = ruleMutations.find((one) => one.name === name)!;
    const mutants = [...mutation.mutate(rule, parse(expression).expression!)];
    assert.deepEqual(
      mutants.map(({ what, rule: changed }) => (changed.expression === expression ? what : changed.expression)),
      expected,
    );
    for (const { rule: changed } of mutants)
      assert.equal(parse(changed.expression).error, undefined, changed.expression);
  });
}
const rate = 'rate({a="b"}[5m])';

changes('threshold', `${rate} > 0.5`, [`${rate} > 0.55`, `${rate} > 0.45`]);
changes('threshold', 'sum(count_over_time({a="b"}[5m])) > 10', [
  'sum(count_over_time({a="b"}[5m])) > 11',
  'sum(count_over_time({a="b"}[5m])) > 9',
]);
// A count is never below one: > -1 would be the same.
changes('threshold', 'count_over_time({a="b"}[5m]) > 0', ['count_over_time({a="b"}[5m]) > 1']);
changes('comparison', `${rate} > 0.5`, [`${rate} >= 0.5`, `${rate} < 0.5`]);
changes('comparison', 'count_over_time({a="b"}[5m]) > 0', ['count_over_time({a="b"}[5m]) < 0']);
changes('comparison', `(${rate}) == 1`, [`(${rate}) != 1`]);
changes('selector', 'rate({a="b", c=~"d|e"}[5m]) > 1', [
  'rate({c=~"d|e"}[5m]) > 1',
  'rate({a="b-other", c=~"d|e"}[5m]) > 1',
  'rate({a="b"}[5m]) > 1',
  'rate({a="b", c=~"d|e-other"}[5m]) > 1',
  'rate({a="b", c=~"e"}[5m]) > 1',
  'rate({a="b", c=~"d"}[5m]) > 1',
]);
changes('stage', 'rate({a="b"} |= "x" [5m])', [
  'rate({a="b"}   [5m])',
  'rate({a="b"} != "x" [5m])',
  'rate({a="b"} |= "x-other" [5m])',
]);
changes('stage', 'rate({a="b"} |~ "x|y" [5m])', [
  'rate({a="b"}   [5m])',
  'rate({a="b"} !~ "x|y" [5m])',
  'rate({a="b"} |~ "y" [5m])',
  'rate({a="b"} |~ "x" [5m])',
]);
changes('stage', 'rate({a="b"} | l="x" [5m])', [
  'rate({a="b"}   [5m])',
  'rate({a="b"} | l="x-other" [5m])',
  'rate({a="b"} | l!="x" [5m])',
]);
changes('stage', 'sum_over_time({a="b"} | unwrap n | __error__="" [5m])', ['sum_over_time({a="b"} | unwrap n  [5m])']);
changes('window', 'rate({a="b"}[5m] offset 1m)', [
  'rate({a="b"}[10m] offset 1m)',
  'rate({a="b"}[2m30s] offset 1m)',
  'rate({a="b"}[5m] )',
]);
changes('aggregation', `sum by (x) (${rate})`, [
  `max by (x) (${rate})`,
  `sum  (${rate})`,
  'sum by (x) (count_over_time({a="b"}[5m]))',
]);
changes('aggregation', 'quantile_over_time(0.99, {a="b"} | unwrap n [5m]) by (x)', [
  'quantile_over_time(0.5, {a="b"} | unwrap n [5m]) by (x)',
  'quantile_over_time(0.99, {a="b"} | unwrap n [5m])  by ()',
]);
changes('for', rate, ['for: 0s becomes 5m']);
changes('for', rate, ['for: 2m becomes 0s', 'for: 2m becomes 4m'], { forMs: 120_000 });
changes('texts', rate, ['label s is left out', 'label s has another value', 'annotation t has another text'], {
  labels: { s: 'x' },
  annotations: { t: 'y' },
});

test('a regular expression without one of its alternatives', () => {
  assert.deepEqual(withoutAlternatives('abc'), []);
  assert.deepEqual(withoutAlternatives('a|b|c'), ['b|c', 'a|c', 'a|b']);
  assert.deepEqual(withoutAlternatives('(?:csrd|cbam)-agent'), ['(?:cbam)-agent', '(?:csrd)-agent']);
  assert.deepEqual(withoutAlternatives('(a|b)c|d'), ['(b)c|d', '(a)c|d', 'd', '(a|b)c']);
  assert.deepEqual(withoutAlternatives('(?P<n>a|b)'), ['(?P<n>b)', '(?P<n>a)']);
  assert.deepEqual(withoutAlternatives('[|]\\|(x)'), []);
});

test('each kind of change has a file of its own', () => {
  for (const name of ruleMutations.map((one) => (one.name === 'for' ? 'hold' : one.name)))
    assert.ok(existsSync(new URL(`${name}.ts`, import.meta.url)), name);
});
