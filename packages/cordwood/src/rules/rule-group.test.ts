import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRules } from './local-rule-store.ts';
import { parseRuleDurationMs, printRuleDuration } from './prometheus-duration.ts';
import { printRuleFile } from './rule-group.ts';
import { noChecks } from './test/fake-ruler.ts';

function refuses(yaml: string, ...expected: string[]) {
  const { diagnostics } = readRules(yaml, 'f.yaml', noChecks);
  assert.deepEqual(
    diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`),
    expected,
  );
}

test("what is wrong has its place and Loki's text", () => {
  refuses('groups:\n  - name: x\n    rules:\n      - alert: A\n', "4:9 field 'expr' must be set in rule");
  refuses('groups:\n  - rules: []\n', '2:5 group 0: Groupname must not be empty');
  refuses(
    'groups:\n  - name: x\n    rulez: []\n',
    '3:5 field rulez not found; known are name, interval, limit, rules, query_offset, labels',
  );
  refuses('groups: [{name: x, interval: soon}]', '1:30 not a valid duration string: "soon"');
  refuses('groups: [{name: x}, {name: x}]', '1:21 groupname: "x" is repeated in the same file');
  refuses(
    'groups: [{name: x, rules: [{alert: A, record: a, expr: e}]}]',
    "1:28 only one of 'record' and 'alert' must be set",
  );
  refuses(
    'groups: [{name: x, rules: [{record: "a b", expr: e, for: 5m}]}]',
    "1:28 invalid field 'for' in recording rule",
    '1:28 invalid recording rule name: a b',
  );
  refuses('groups: [{name: x, query_offset: 1m}]', '1:34 Loki 3.7 reads query_offset and ignores it');
  refuses('groups: 5', '1:9 groups must be a list');
  refuses('- a', '1:1 a rule file is a mapping with the key groups');
});

test('what is printed reads back to the same groups', () => {
  const yaml = `
groups:
  - name: one
    interval: 90s
    limit: 3
    rules:
      - alert: A
        expr: |
          sum by (job) (
            rate({job=~".+"}[5m])
          ) > 1
        for: 1h
        labels: {severity: page, number: 5}
        annotations: {text: "a: {{ $value }}"}
      - {record: "a:b", expr: vector(1)}
  - name: empty
`;
  const { groups, diagnostics } = readRules(yaml, 'f.yaml', noChecks);
  assert.deepEqual(diagnostics, []);
  assert.equal(groups[0]!.rules[0]!.labels['number'], '5');
  assert.deepEqual(readRules(printRuleFile(groups), 'g.yaml', noChecks).groups, groups);
});

test('durations read and print as Prometheus does', () => {
  for (const [text, printed] of [
    ['90s', '1m30s'],
    ['1d', '1d'],
    ['36h', '1d12h'],
    ['90d', '90d'],
    ['60m', '1h'],
    ['0', '0s'],
    ['1w', '1w'],
    ['1500ms', '1s500ms'],
  ] as const) {
    assert.equal(printRuleDuration(parseRuleDurationMs(text)!), printed, text);
  }
  for (const text of ['', 'soon', '1', '1m1h', '-5m', '1.5h']) assert.equal(parseRuleDurationMs(text), undefined, text);
});
