import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatRuleFile } from './format-rule-file.ts';
import { readRules } from './local-rule-store.ts';
import { ruleChanges } from './rule-changes.ts';
import { noChecks } from './test/fake-ruler.ts';

test('expressions are laid out, comments stay', () => {
  const text = `# of the shop
groups:
- name: g
  rules:
  - alert: A   # page
    expr: >
      sum(rate({app="x"}[5m]))  >  1
    for: 5m
  - alert: B
    expr: sum by (service_name, namespace) (rate({namespace="production-of-the-shop"} |= "error" | json | level="error" [5m])) > 1
  - alert: C
    expr: |
      # why this
      sum(rate({app="x"}[5m])) > 1
  - alert: D
    expr: '{broken'
`;
  assert.equal(
    formatRuleFile(text),
    `# of the shop
groups:
  - name: g
    rules:
      - alert: A # page
        expr: 'sum(rate({app="x"}[5m])) > 1'
        for: 5m
      - alert: B
        expr: |
          sum by (service_name, namespace)(
            rate({namespace="production-of-the-shop"} |= "error" | json | level="error"[5m])
          ) > 1
      - alert: C
        expr: |
          # why this
          sum(rate({app="x"}[5m])) > 1
      - alert: D
        expr: '{broken'
`,
  );
});

test('formatting changes no rule and is done once', () => {
  const folder = new URL('../../../../greenlang/rules/', import.meta.url);
  for (const file of globSync('*/*.yaml', { cwd: folder })) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const formatted = formatRuleFile(text);
    assert.equal(formatRuleFile(formatted), formatted, file);
    const groups = (source: string) => new Map([['n', readRules(source, file, noChecks).groups]]);
    assert.deepEqual(ruleChanges(groups(text), groups(formatted)), [], file);
  }
});
