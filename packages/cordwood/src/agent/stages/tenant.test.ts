import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

const tenantOf = async (arguments_: string, labels: Record<string, string> = {}) =>
  (
    await runStages(
      `stage.json {\n expressions = { ns = "" }\n}\nstage.tenant {\n${arguments_}\n}`,
      ['{"ns":"team"}'],
      { labels },
    )
  ).out[0]!.labels['__tenant_id__'];

test('from a value, a label or fixed; what gives nothing leaves the tenant', async () => {
  assert.equal(await tenantOf('source = "ns"'), 'team');
  assert.equal(await tenantOf('label = "l"', { l: 'of-label' }), 'of-label');
  assert.equal(await tenantOf('value = "fixed"'), 'fixed');
  assert.equal(await tenantOf('source = "none"', { __tenant_id__: 'before' }), 'before');
});
