import type { S3Settings } from '../world/s3-settings.ts';
import type { LokiValue } from './loki-config.ts';

export interface ReadS3Settings {
  /** Undefined: chunks stay in the data folder. */
  readonly settings?: S3Settings;
  /** Why an S3 store that the file asks for cannot be used. */
  readonly problem?: string;
}

type AwsBlock = LokiValue['storage_config']['aws'];
type ThanosBlock = LokiValue['storage_config']['object_store']['s3'];

/**
 * The bucket of the newest period of `schema_config` that has begun by `today` (YYYY-MM-DD): `object_store: s3` (or `aws`, or
 * a name of `named_stores.aws`), whose settings are in `storage_config.aws`, or in `storage_config.object_store.s3` with
 * `use_thanos_objstore`.
 */
export function s3SettingsOf(value: LokiValue, today: string): ReadS3Settings {
  const { configs } = value.schema_config;
  const period = configs.findLast(({ from }) => from <= today) ?? configs[0];
  if (period === undefined) return {};
  const { storage_config } = value;
  const isS3 = period.object_store === 's3' || period.object_store === 'aws';
  if (isS3 && storage_config.use_thanos_objstore) {
    const { s3, storage_prefix } = storage_config.object_store;
    return fromThanos(s3, joinPrefix(storage_prefix));
  }
  const named = storage_config.named_stores.aws[period.object_store];
  if (!isS3 && named === undefined) return {};
  return fromAws(named ?? storage_config.aws, joinPrefix(storage_config.object_prefix));
}

function fromAws(aws: AwsBlock, prefix: string): ReadS3Settings {
  const url = aws.s3 === '' ? undefined : parseS3Url(aws.s3);
  if (aws.s3 !== '' && url === undefined) return { problem: 's3: an address as s3://KEY:SECRET@REGION/BUCKET' };
  const buckets = (aws.bucketnames || (url?.bucket ?? '')).split(',').map((name) => name.trim());
  const bucket = buckets[0]!;
  if (bucket === '') return { problem: 'bucketnames is missing' };
  if (buckets.length > 1) return { problem: 'bucketnames has several names; Cordwood publishes to one bucket' };
  const accessKeyId = aws.access_key_id || url?.accessKeyId;
  const secretAccessKey = aws.secret_access_key || url?.secretAccessKey;
  const sse = sseOf(aws.sse);
  if (typeof sse === 'string') return { problem: sse };
  const endpoint = aws.endpoint || url?.endpoint || '';
  return {
    settings: {
      bucket,
      prefix,
      region: aws.region || url?.region || undefined,
      endpoint: endpointUrl(endpoint, aws.insecure),
      forcePathStyle: aws.s3forcepathstyle,
      credentials: credentialsOf(accessKeyId, secretAccessKey, aws.session_token),
      storageClass: aws.storage_class === '' || aws.storage_class === 'STANDARD' ? undefined : aws.storage_class,
      sse,
      insecureSkipVerify: aws.http_config.insecure_skip_verify,
      caFile: aws.http_config.ca_file || undefined,
      retry: {
        minBackoffMs: aws.backoff_config.min_period,
        maxBackoffMs: aws.backoff_config.max_period,
        maxRetries: aws.backoff_config.max_retries,
        timeoutMs: aws.http_config.timeout,
      },
    },
  };
}

function fromThanos(s3: ThanosBlock, prefix: string): ReadS3Settings {
  if (s3.bucket_name === '') return { problem: 'object_store.s3.bucket_name is missing' };
  const sse = sseOf(s3.sse);
  if (typeof sse === 'string') return { problem: sse };
  return {
    settings: {
      bucket: s3.bucket_name,
      prefix,
      region: s3.region || undefined,
      endpoint: endpointUrl(s3.endpoint, s3.insecure),
      forcePathStyle: s3.bucket_lookup_type === 'path',
      credentials: credentialsOf(s3.access_key_id, s3.secret_access_key, s3.session_token),
      storageClass: s3.storage_class || undefined,
      sse,
      insecureSkipVerify: s3.http.insecure_skip_verify,
      caFile: s3.http.tls_ca_path || undefined,
      retry: {
        minBackoffMs: 100,
        maxBackoffMs: 3000,
        maxRetries: s3.max_retries,
        timeoutMs: s3.http.response_header_timeout,
      },
    },
  };
}

/** `s3://KEY:SECRET@HOST/BUCKET`: a host with a dot is an endpoint, one without a region. */
function parseS3Url(text: string) {
  const match = /^s3:\/\/(?:([^:@/]*):([^@]*)@)?([^/@]+)(?:\/(.*))?$/.exec(text);
  if (match === null) return undefined;
  const [, key, secret, host = '', bucket] = match;
  const isEndpoint = host.includes('.') || host.includes(':');
  return {
    accessKeyId: key === undefined ? undefined : decodeURIComponent(key),
    secretAccessKey: secret === undefined ? undefined : decodeURIComponent(secret),
    region: isEndpoint ? undefined : host,
    endpoint: isEndpoint ? host : undefined,
    bucket: bucket?.replace(/\/+$/, ''),
  };
}

function endpointUrl(endpoint: string, insecure: boolean): string | undefined {
  if (endpoint === '') return undefined;
  if (/^https?:\/\//.test(endpoint)) return endpoint;
  return `${insecure ? 'http' : 'https'}://${endpoint}`;
}

function credentialsOf(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string,
): S3Settings['credentials'] {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}

function sseOf(sse: AwsBlock['sse']): S3Settings['sse'] | string {
  if (sse.type === '') return undefined;
  if (sse.type === 'SSE-S3') return { type: 'SSE-S3' };
  if (sse.type !== 'SSE-KMS') return `sse.type is '${sse.type}' instead of SSE-KMS or SSE-S3`;
  return {
    type: 'SSE-KMS',
    kmsKeyId: sse.kms_key_id || undefined,
    kmsEncryptionContext: sse.kms_encryption_context || undefined,
  };
}

function joinPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `${trimmed}/`;
}
