import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallestDefinition } from '../test/smallest-definition.ts';
import { definePlatform } from './define-platform.ts';
import { environmentNamed } from './platform.ts';
import type { PlatformDefinition } from './platform-definition.ts';
import { PlatformError } from './platform-error.ts';

/** The problems of a definition that differs from a good one. */
function problems(change: object): string[] {
  try {
    definePlatform({ ...smallestDefinition, ...change } as PlatformDefinition);
    return [];
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
const prod = (change: object) => ({
  environments: { prod: { ...smallestDefinition.environments['prod'], ...change } },
});
const acme = (change: object) => ({ tenants: { acme: { ...smallestDefinition.tenants['acme'], ...change } } });

test('what is left out is filled in', () => {
  const platform = definePlatform(smallestDefinition);
  const environment = environmentNamed(platform, 'prod')!;
  assert.equal(environment.chunksBucket, 'acme-loki-chunks-prod');
  assert.equal(environment.lokiRoleArn, 'arn:aws:iam::111122223333:role/acme-loki-prod');
  assert.equal(environment.gatewayUrl, 'http://loki-gateway.loki.svc.cluster.local');
  assert.deepEqual([environment.replicationFactor, environment.highlyAvailable], [3, true]);
  assert.equal(platform.tuning.chunkTargetSizeBytes, 1_572_864);
  assert.equal(platform.tenants[0]!.maxQueryLength, '744h');
});

test('every problem is told at once, with its path', () => {
  assert.deepEqual(problems({ title: '', ...acme({ retention: '30 days' }), nonsense: 1 }), [
    'title: is empty',
    'tenants.acme.retention: is no duration; write a number and ms, s, m, h, d or w: 720h',
    'nonsense: there is no such setting',
  ]);
});

const cases: readonly [string, object, RegExp][] = [
  ['misspelt keys', prod({ replica: { write: 3 } }), /^environments\.prod\.replica: there is no such setting$/],
  ['missing keys', { title: undefined }, /^title: is missing$|^title: Invalid input/],
  [
    'GLACIER',
    { storage: { tiers: [{ afterDays: 90, storageClass: 'GLACIER' }] } },
    /is no class that Loki can read from/,
  ],
  ['accounts', prod({ account: '12' }), /^environments\.prod\.account: is no AWS account/],
  ['issuer with a scheme', prod({ oidcProvider: 'https://a/b' }), /without https/],
  ['tenant ids', { tenants: { 'a|b': smallestDefinition.tenants['acme'] } }, /is no tenant id|Invalid key/],
  [
    'unknown tenant of an environment',
    prod({ defaultTenant: 'x' }),
    /^environments\.prod\.defaultTenant: there is no tenant x; there are: acme$/,
  ],
  ['S3 without a region', prod({ region: undefined }), /^environments\.prod\.region: /],
  ['autoscaling bounds', prod({ replicas: { read: { min: 3, max: 2 } } }), /min 3 is more than max 2/],
  [
    'a namespace of two tenants',
    { tenants: { ...smallestDefinition.tenants, b: { ...smallestDefinition.tenants['acme'], catchAll: false } } },
    /^tenants\.b\.namespaces\[0\]: acme already belongs to acme$/,
  ],
  [
    'two tenants for the rest',
    { tenants: { ...smallestDefinition.tenants, b: { ...smallestDefinition.tenants['acme'], namespaces: [] } } },
    /^tenants\.b\.catchAll: acme has it already$/,
  ],
  ['unknown retention class', acme({ retentionClasses: ['x'] }), /there is no retention class x; there are: none/],
  [
    'no job for the rest',
    { scrapeJobs: { a: { description: 'a', source: 'pods', select: { service: 'a' } } } },
    /no job takes the pods/,
  ],
  [
    'broken selector',
    {
      scrapeJobs: {
        ...smallestDefinition.scrapeJobs,
        a: { description: 'a', source: 'pods', select: { service: '(' } },
      },
    },
    /no regular expression/,
  ],
  [
    'audit without a tenant',
    {
      scrapeJobs: {
        ...smallestDefinition.scrapeJobs,
        a: { description: 'a', source: 'pods', audit: true, select: { service: 'a' } },
      },
    },
    /no tenant has audit: true/,
  ],
  [
    'rules of nobody',
    { rules: [{ name: 'a', tenants: ['x'], rules: [{ record: 'a:b:c', expr: 'x' }] }] },
    /^rules\[0\]\.tenants\[0\]: there is no tenant x/,
  ],
  [
    'receivers',
    { alerting: { ...smallestDefinition.alerting, defaultReceiver: 'x' } },
    /there is no receiver x; there are: ops/,
  ],
];
for (const [name, change, expected] of cases)
  test(`refused: ${name}`, () => {
    const found = problems(change);
    assert.ok(
      found.some((problem) => expected.test(problem)),
      found.join('\n'),
    );
  });
