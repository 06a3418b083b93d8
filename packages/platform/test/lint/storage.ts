import { type BrokenPlatform, environment, part, replacing, tenant } from './broken-platform.ts';

const prodValues = 'helm/loki/values-prod.yaml';
const prodRoot = 'terraform/environments/prod/main.tf';

export const storage: readonly BrokenPlatform[] = [
  {
    check: 'storage/service-account-subject',
    name: 'the service account of the chart is renamed',
    artifact: {
      path: 'helm/loki/values.yaml',
      change: replacing(/(serviceAccount:\n +create: true\n +name: )loki/, '$1loki-sa'),
    },
    finds: /service account loki-sa, which no IAM role trusts/,
  },
  {
    check: 'storage/service-account-subject',
    name: 'the annotation names another role',
    artifact: { path: prodValues, change: replacing(':role/gl-loki-prod', ':role/loki') },
    finds: /Terraform makes the role gl-loki-prod/,
  },
  {
    check: 'storage/service-account-subject',
    name: 'the role trusts another namespace',
    artifact: { path: prodRoot, change: replacing(/namespace( +)= "loki"/, 'namespace$1= "monitoring"') },
    finds: /trusts namespace monitoring, Loki runs in loki/,
  },
  {
    check: 'storage/bucket-names-agree',
    name: 'a bucket is renamed in the values',
    artifact: { path: prodValues, change: replacing('chunks: gl-loki-chunks-prod', 'chunks: loki-chunks') },
    finds: /chunks go to loki-chunks, Terraform makes gl-loki-chunks-prod/,
  },
  {
    check: 'storage/region-agrees',
    name: 'the endpoint is in another region',
    artifact: { path: prodValues, change: replacing('s3.eu-central-1.', 's3.us-east-1.') },
    finds: /the S3 endpoint is s3\.us-east-1/,
  },
  {
    check: 'storage/key-agrees',
    name: 'the alias of the key differs',
    artifact: { path: prodRoot, change: replacing('alias/gl-loki-prod', 'alias/logs-prod') },
    finds: /Terraform makes alias\/logs-prod/,
  },
  {
    check: 'storage/archived-chunks',
    name: 'TR-003 word by word: GLACIER',
    artifact: { path: prodRoot, change: replacing('"GLACIER_IR"', '"GLACIER"') },
    finds: /chunks move to GLACIER, from which Loki cannot read/,
  },
  {
    check: 'storage/early-expiry',
    name: 'a net that is too close',
    definition: part('storage', { orphanExpiryDays: 3 }),
    finds: /expire after \d+ days, 3 days after their retention/,
  },
  {
    check: 'storage/useless-tier',
    name: 'a tier after every retention',
    definition: part('storage', { tiers: [{ afterDays: 300, storageClass: 'GLACIER_IR' }] }),
    finds: /nothing moves to GLACIER_IR/,
  },
  {
    check: 'storage/early-transition',
    name: 'STANDARD_IA in the first week',
    definition: part('storage', { tiers: [{ afterDays: 7, storageClass: 'STANDARD_IA' }] }),
    finds: /STANDARD_IA after 7 days/,
  },
  {
    check: 'storage/early-transition',
    name: 'two tiers close together',
    definition: part('storage', {
      tiers: [
        { afterDays: 80, storageClass: 'STANDARD_IA' },
        { afterDays: 90, storageClass: 'GLACIER_IR' },
      ],
    }),
    finds: /GLACIER_IR comes 10 days after STANDARD_IA/,
  },
  {
    check: 'storage/index-prefix',
    name: 'a tenant called index',
    definition: tenant('index', {}),
    finds: /index\/ is Loki's own/,
  },
  {
    check: 'storage/bucket-name',
    name: 'one bucket for all environments',
    definition: part('storage', { chunksBucket: 'gl-loki-chunks' }),
    finds: /gl-loki-chunks is the bucket of staging's chunks and of prod's chunks/,
  },
  {
    check: 'storage/bucket-name',
    name: 'a name with dots',
    definition: part('storage', { rulerBucket: 'loki.rules.{env}' }),
    finds: /loki\.rules\.prod is no name for a bucket/,
  },
  {
    check: 'storage/unprotected-evidence',
    name: 'an immutable tenant without a copy',
    definition: tenant('platform', { immutable: true }),
    finds: /platform is marked immutable/,
  },
  {
    check: 'storage/lock-without-versions',
    name: 'a lock without versions',
    definition: part('storage', { objectLock: 'replica' }),
    finds: /needs versioning: true/,
  },
  {
    check: 'storage/role-name',
    name: 'a role with a very long name',
    definition: part('names', { lokiRole: `${'greenlang-climate-os-'.repeat(3)}loki-{env}` }),
    finds: /is no name for a role/,
  },
  {
    check: 'topology/replication-factor',
    name: 'the staging of TR-001: two writers, three copies',
    definition: environment('staging', { replicationFactor: 3 }),
    finds: /staging: 3 copies, but only 2 ingesters/,
  },
  {
    check: 'topology/replication-factor',
    name: 'two copies on two writers that should survive a node',
    definition: environment('staging', { replicationFactor: 2, highlyAvailable: true }),
    finds: /with one of 2 ingesters away/,
  },
  {
    check: 'topology/enough-nodes',
    name: 'three writers on two nodes',
    definition: environment('prod', { nodesMin: 2 }),
    finds: /prod: 3 ingesters need a node each/,
  },
  {
    check: 'topology/disruption-budget',
    name: 'no budget for the gateways',
    artifact: { path: prodValues, change: replacing(/podDisruptionBudget:\n +maxUnavailable: 1\n/, '') },
    finds: /prod: 2 gateways, and all may be taken away at once/,
  },
  {
    check: 'topology/retained-volumes',
    name: "the chart's own policy for volumes",
    artifact: { path: prodValues, change: replacing('whenScaled: Retain', 'whenScaled: Delete') },
    finds: /prod: volumes of write are deleted \(whenScaled\)/,
  },
];
