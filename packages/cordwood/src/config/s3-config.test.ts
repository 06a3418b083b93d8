import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseLokiConfig } from './loki-config.ts';
import { s3SettingsOf } from './s3-config.ts';

const period = (from: string, objectStore: string) =>
  `{from: ${from}, store: tsdb, object_store: ${objectStore}, schema: v13, index: {period: 24h, prefix: i_}}`;

function read(text: string, periods = period('2024-01-01', 's3')) {
  const { config, diagnostics } = parseLokiConfig(`schema_config: {configs: [${periods}]}\n${text}`, { file: 'f' });
  assert.ok(config, JSON.stringify(diagnostics));
  const { settings, problem } = s3SettingsOf(config.value, '2026-06-01');
  return problem ?? settings;
}
const plain = {
  bucket: 'logs',
  prefix: '',
  region: 'eu-central-1',
  endpoint: undefined,
  forcePathStyle: false,
  credentials: undefined,
  storageClass: undefined,
  sse: undefined,
  insecureSkipVerify: false,
  caFile: undefined,
  retry: { minBackoffMs: 100, maxBackoffMs: 3000, maxRetries: 5, timeoutMs: 0 },
};
const aws = (text: string) => `storage_config: {aws: {bucketnames: logs, region: eu-central-1${text}}}`;

const cases: [name: string, text: string, expected: unknown, periods?: string][] = [
  ['storage_config.aws', aws(''), plain],
  ['common.storage.s3', 'common: {storage: {s3: {bucketnames: logs, region: eu-central-1}}}', plain],
  ['its own block wins over common', `common: {storage: {s3: {bucketnames: other}}}\n${aws('')}`, plain],
  ['object_store: aws', aws(''), plain, period('2024-01-01', 'aws')],
  ['another object store', aws(''), undefined, period('2024-01-01', 'gcs')],
  [
    'a named store',
    'storage_config: {named_stores: {aws: {eu: {bucketnames: logs, region: eu-central-1}}}}',
    plain,
    period('2024-01-01', 'eu'),
  ],
  [
    'the newest period that has begun',
    aws(''),
    plain,
    [period('2023-01-01', 'filesystem'), period('2026-06-01', 's3'), period('2026-06-02', 'filesystem')].join(', '),
  ],
  [
    'SSE-KMS',
    aws(', sse: {type: SSE-KMS, kms_key_id: k, kms_encryption_context: "{}"}'),
    { ...plain, sse: { type: 'SSE-KMS', kmsKeyId: 'k', kmsEncryptionContext: '{}' } },
  ],
  ['SSE-S3', aws(', sse: {type: SSE-S3}'), { ...plain, sse: { type: 'SSE-S3' } }],
  ['another encryption', aws(', sse: {type: KMS}'), "sse.type is 'KMS' instead of SSE-KMS or SSE-S3"],
  [
    'a server of one',
    aws(', endpoint: "minio:9000", insecure: true, s3forcepathstyle: true, access_key_id: a, secret_access_key: b'),
    {
      ...plain,
      endpoint: 'http://minio:9000',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: undefined },
    },
  ],
  [
    'an address',
    'storage_config: {aws: {s3: "s3://a:b%2Fc@eu-central-1/logs"}}',
    { ...plain, credentials: { accessKeyId: 'a', secretAccessKey: 'b/c', sessionToken: undefined } },
  ],
  [
    'an address with a host',
    'storage_config: {aws: {s3: "s3://minio.local:9000/logs", region: eu-central-1}}',
    { ...plain, endpoint: 'https://minio.local:9000' },
  ],
  [
    'prefix, storage class, waits',
    'storage_config: {object_prefix: /team/a, aws: {bucketnames: logs, region: eu-central-1, storage_class: STANDARD_IA, backoff_config: {max_retries: 9}, http_config: {timeout: 7s}}}',
    {
      ...plain,
      prefix: 'team/a/',
      storageClass: 'STANDARD_IA',
      retry: { ...plain.retry, maxRetries: 9, timeoutMs: 7000 },
    },
  ],
  ['no bucket', 'storage_config: {aws: {region: eu-central-1}}', 'bucketnames is missing'],
  [
    'several buckets',
    'storage_config: {aws: {bucketnames: "a,b"}}',
    'bucketnames has several names; Cordwood publishes to one bucket',
  ],
  [
    'the newer client',
    'storage_config: {use_thanos_objstore: true, object_store: {storage_prefix: p, s3: {bucket_name: logs, region: eu-central-1, bucket_lookup_type: path}}}',
    {
      ...plain,
      prefix: 'p/',
      forcePathStyle: true,
      retry: { ...plain.retry, maxRetries: 10, timeoutMs: 120_000 },
    },
  ],
];
for (const [name, text, expected, periods] of cases) {
  test(`S3 settings: ${name}`, () => assert.deepEqual(read(text, periods), expected));
}

test('what Cordwood does with S3 is not reported as without effect', () => {
  const text = readFileSync(new URL('./fixtures/simple-scalable-loki.yaml', import.meta.url), 'utf8');
  const { diagnostics } = parseLokiConfig(text, { file: 'f' });
  assert.deepEqual(
    diagnostics.filter(({ message }) => message.startsWith('common.storage.s3')),
    [],
  );
});
