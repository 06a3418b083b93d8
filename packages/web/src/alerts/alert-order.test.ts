import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, AlertingRule, AlertState, RuleGroup } from '../client/answers.ts';
import { alertingRules, alertValue, countAlerts, orderedAlerts } from './alert-order.ts';

const alert = (state: AlertState, activeAt: string): Alert => ({
  labels: {},
  annotations: {},
  state,
  activeAt,
  value: '1e+00',
});
const rule = (name: string, state: AlertState, alerts: readonly Alert[], health = 'ok'): AlertingRule => ({
  ...{
    kind: 'alerting',
    query: '1',
    durationSeconds: 0,
    labels: {},
    annotations: {},
    lastError: '',
    lastEvaluation: '',
  },
  ...{ name, state, alerts, health },
});
const group = (...rules: RuleGroup['rules']): RuleGroup => ({ name: 'g', file: 'f', intervalSeconds: 1, rules });
const recording = {
  kind: 'recording',
  name: 'r',
  query: '1',
  labels: {},
  health: 'ok',
  lastError: '',
  lastEvaluation: '',
} as const;

const groups = [
  group(rule('quiet', 'inactive', []), recording, rule('broken', 'inactive', [], 'err')),
  group(
    rule('waits', 'pending', [alert('pending', '2026-01-01T00:00:00Z')]),
    rule('burns', 'firing', [alert('firing', ''), alert('pending', '')]),
  ),
];

test('what burns first, what is broken next, the rest by name', () => {
  assert.deepEqual(
    alertingRules(groups).map((each) => each.rule.name),
    ['burns', 'waits', 'broken', 'quiet'],
  );
});

test('alerts are counted, not rules; quiet are rules without one', () => {
  assert.deepEqual(countAlerts(alertingRules(groups)), { firing: 1, pending: 2, quiet: 2 });
});

test('firing alerts first, then the longest waiting', () => {
  const late = alert('pending', '2026-01-02T00:00:00Z');
  const early = alert('pending', '2026-01-01T00:00:00Z');
  const fires = alert('firing', '2026-01-03T00:00:00Z');
  assert.deepEqual(orderedAlerts([late, early, fires]), [fires, early, late]);
});

test('values come with an exponent', () => {
  assert.deepEqual([alertValue('4.2e-01'), alertValue('1e+00')], [0.42, 1]);
  assert.equal(Number.isNaN(alertValue('')), true);
});
