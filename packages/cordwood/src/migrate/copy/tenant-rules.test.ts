import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../../model/labels.ts';
import { parseTenantRules } from './tenant-rules.ts';

test('the first rule that matches decides', () => {
  const rules = ['{namespace="prod"}=greenlang-prod', ' {namespace=~"prod|dev", app!=""} = b', '{}=rest'];
  const { tenantOf, tenants } = parseTenantRules(rules);
  assert.deepEqual(tenants, ['greenlang-prod', 'b', 'rest']);
  assert.equal(tenantOf!(createLabels({ namespace: 'prod', app: 'x' }), 'fake'), 'greenlang-prod');
  assert.equal(tenantOf!(createLabels({ namespace: 'dev', app: 'x' }), 'fake'), 'b');
  assert.equal(tenantOf!(createLabels({ namespace: 'dev' }), 'fake'), 'rest');
});

test('what no rule matches has no tenant; without rules a stream keeps its own', () => {
  assert.equal(parseTenantRules(['{a="b"}=c']).tenantOf!(createLabels({ a: 'x' }), 'fake'), undefined);
  assert.equal(parseTenantRules([]).tenantOf!(createLabels({ a: 'x' }), 'own'), 'own');
});

for (const [text, error] of [
  ['prod', /SELECTOR=TENANT/],
  ['{a="b"}', /SELECTOR=TENANT/],
  ['{a=}=t', /no stream selector: parse error/],
  ['{a="b"}=t/x', /unsupported character/],
  ['{a="b"} |= "x" }=t', /no stream selector/],
] as const) {
  test(`refused: ${text}`, () => assert.match(parseTenantRules([text]).error!, error));
}
