import assert from 'node:assert/strict';
import { test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { lifecycleRules } from './lifecycle-rules.ts';
import { environmentNamed } from './platform.ts';

const rows = (name: string) =>
  lifecycleRules(greenlang, environmentNamed(greenlang, name)!).map(
    ({ prefix, transitions, expireAfterDays }) =>
      `${prefix} ${transitions.map((tier) => `${tier.storageClass}@${tier.afterDays}`).join(' ')} x${expireAfterDays}`,
  );

test('only chunks that outlive the minimum of a class are moved, and never on the day of their deletion', () => {
  assert.deepEqual(rows('prod'), [
    'greenlang-prod/ STANDARD_IA@35 x120',
    'greenlang-staging/  x37',
    'greenlang-dev/  x33',
    'compliance-audit/ STANDARD_IA@30 GLACIER_IR@90 x395',
    'platform/  x44',
    'self-monitoring/  x31',
  ]);
});

test('without auth there is one prefix', () => {
  assert.deepEqual(rows('dev'), ['fake/  x33']);
});
