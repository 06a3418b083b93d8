import { cache } from './cache.ts';
import { grpcClient } from './cluster.ts';
import {
  any,
  block,
  boolean,
  bytes,
  type Field,
  float,
  go,
  integer,
  list,
  map,
  notRun,
  prometheus,
  secret,
  text,
} from './field.ts';

/** Where chunks and rules lie. Chunks are published to S3 when the file says so; other object stores are checked, and not used. */

const object = <F extends Field>(field: F): F => notRun('object-store', field);
const engine = <F extends Field>(field: F): F => notRun('engine', field);

const s3Fields = {
  s3: text(),
  s3forcepathstyle: boolean(false),
  bucketnames: text(),
  endpoint: text(),
  region: text(),
  access_key_id: text(),
  secret_access_key: secret(),
  session_token: secret(),
  insecure: boolean(false),
  chunk_delimiter: engine(text()),
  http_config: block('aws.HTTPConfig', {
    timeout: go('0s'),
    idle_conn_timeout: engine(go('1m30s')),
    response_header_timeout: engine(go('0s')),
    insecure_skip_verify: boolean(false),
    ca_file: text(),
  }),
  signature_version: engine(text('v4')),
  storage_class: text('STANDARD'),
  sse: block('s3.SSEConfig', { type: text(), kms_key_id: text(), kms_encryption_context: text() }),
  backoff_config: block('backoff.Config', { min_period: go('100ms'), max_period: go('3s'), max_retries: integer(5) }),
  disable_dualstack: engine(boolean(false)),
};
const s3 = block('aws.S3Config', s3Fields);
/** Up to 3.7 `storage_config.aws` may also carry DynamoDB settings. */
const aws = block('aws.StorageConfig', { ...s3Fields, dynamodb: notRun('deprecated', any()) });

const gcs = block('gcp.GCSConfig', {
  bucket_name: text(),
  endpoint: text(),
  service_account: secret(),
  chunk_buffer_size: integer(0),
  request_timeout: go('0s'),
  enable_opencensus: boolean(true),
  enable_http2: boolean(true),
  enable_retries: boolean(true),
});

const azure = block('azure.BlobStorageConfig', {
  environment: text('AzureGlobal'),
  account_name: text(),
  account_key: secret(),
  connection_string: secret(),
  container_name: text('loki'),
  active_directory_endpoint: text(),
  endpoint_suffix: text(),
  use_managed_identity: boolean(false),
  use_federated_token: boolean(false),
  user_assigned_id: text(),
  use_service_principal: boolean(false),
  client_id: text(),
  client_secret: secret(),
  tenant_id: text(),
  chunk_delimiter: text('-'),
  download_buffer_size: integer(512_000),
  upload_buffer_size: integer(256_000),
  upload_buffer_count: integer(1),
  request_timeout: go('30s'),
  max_retries: integer(5),
  min_retry_delay: go('10ms'),
  max_retry_delay: go('500ms'),
});

const alibabacloud = block('alibaba.OssConfig', {
  bucket: text(),
  endpoint: text(),
  access_key_id: text(),
  secret_access_key: secret(),
  conn_timeout_sec: integer(30),
  read_write_timeout_sec: integer(60),
});

const bos = block('baidubce.BOSStorageConfig', {
  bucket_name: text(),
  endpoint: text('bj.bcebos.com'),
  access_key_id: text(),
  secret_access_key: secret(),
});

const swiftFields = {
  auth_version: integer(0),
  auth_url: text(),
  username: text(),
  user_domain_name: text(),
  user_domain_id: text(),
  user_id: text(),
  password: secret(),
  domain_id: text(),
  domain_name: text(),
  project_id: text(),
  project_name: text(),
  project_domain_id: text(),
  project_domain_name: text(),
  region_name: text(),
  container_name: text(),
  max_retries: integer(3),
  connect_timeout: go('10s'),
  request_timeout: go('5s'),
};
const swift = block('openstack.SwiftConfig', {
  ...swiftFields,
  internal: boolean(false),
  http: block('openstack.HTTPConfig', { tls_ca_path: text() }),
});

const cos = block('ibmcloud.COSConfig', {
  forcepathstyle: boolean(false),
  bucketnames: text(),
  endpoint: text(),
  region: text(),
  access_key_id: text(),
  secret_access_key: secret(),
  http_config: block('ibmcloud.HTTPConfig', { idle_conn_timeout: go('1m30s'), response_header_timeout: go('0s') }),
  backoff_config: block('backoff.Config', { min_period: go('100ms'), max_period: go('3s'), max_retries: integer(5) }),
  api_key: secret(),
  service_instance_id: text(),
  auth_endpoint: text('https://iam.cloud.ibm.com/identity/token'),
  cr_token_file_path: text(),
  trusted_profile_name: text(),
  trusted_profile_id: text(),
});

const hedging = block('hedging.Config', { at: go('0s'), up_to: integer(2), max_per_second: integer(5) });

const congestionControl = block('congestion.Config', {
  enabled: boolean(false),
  controller: block('congestion.ControllerConfig', {
    strategy: text(),
    aimd: block('congestion.AIMDConfig', {
      start: integer(2000),
      upper_bound: integer(10_000),
      backoff_factor: float(0.5),
    }),
  }),
  retry: block('congestion.RetrierConfig', { strategy: text(), limit: integer(2) }),
  hedging: block('congestion.HedgerConfig', { config: hedging, strategy: text() }),
});

const thanosHttp = block('http.Config', {
  idle_conn_timeout: go('1m30s'),
  response_header_timeout: go('2m'),
  insecure_skip_verify: boolean(false),
  tls_handshake_timeout: go('10s'),
  expect_continue_timeout: go('1s'),
  max_idle_connections: integer(100),
  max_idle_connections_per_host: integer(100),
  max_connections_per_host: integer(0),
  tls_ca_path: text(),
  tls_cert_path: text(),
  tls_key_path: text(),
  tls_server_name: text(),
});

const thanosS3 = block('s3.Config', {
  endpoint: text(),
  region: text(),
  bucket_name: text(),
  secret_access_key: secret(),
  access_key_id: text(),
  session_token: secret(),
  insecure: boolean(false),
  list_objects_version: engine(text()),
  bucket_lookup_type: text('auto'),
  dualstack_enabled: engine(boolean(true)),
  storage_class: text(),
  native_aws_auth_enabled: engine(boolean(false)),
  part_size: engine(integer(0)),
  send_content_md5: engine(boolean(false)),
  sts_endpoint: engine(text()),
  max_retries: integer(10),
  sse: block('s3.SSEConfig', { type: text(), kms_key_id: text(), kms_encryption_context: text() }),
  http: thanosHttp,
  trace: engine(block('s3.TraceConfig', { enabled: boolean(false) })),
});

/** The block of the newer object-store clients (`use_thanos_objstore`), also used by `ruler_storage`. */
export const thanosFields = {
  s3: object(thanosS3),
  gcs: object(
    block('gcs.Config', {
      bucket_name: text(),
      service_account: secret(),
      chunk_buffer_size: integer(0),
      max_retries: integer(10),
    }),
  ),
  azure: object(
    block('azure.Config', {
      account_name: text(),
      account_key: secret(),
      connection_string: secret(),
      container_name: text(),
      endpoint_suffix: text(),
      max_retries: integer(20),
      user_assigned_id: text(),
      chunk_delimiter: text('-'),
    }),
  ),
  swift: object(
    block('swift.Config', {
      ...swiftFields,
      application_credential_id: text(),
      application_credential_name: text(),
      application_credential_secret: secret(),
      http: thanosHttp,
    }),
  ),
  filesystem: block('filesystem.Config', { dir: text() }),
  alibaba: object(
    block('oss.Config', { endpoint: text(), bucket: text(), access_key_id: text(), access_key_secret: secret() }),
  ),
  bos: object(block('bos.Config', { bucket: text(), endpoint: text(), access_key: text(), secret_key: secret() })),
  storage_prefix: text(),
};

const localStorage = block('local.FSConfig', { directory: text() });

/** The `storage` block of `common`. */
export const commonStorage = block('common.Storage', {
  s3,
  gcs: object(gcs),
  azure: object(azure),
  alibabacloud: object(alibabacloud),
  bos: object(bos),
  swift: object(swift),
  filesystem: block('common.FilesystemConfig', { chunks_directory: text(), rules_directory: text() }),
  hedging: object(hedging),
  cos: object(cos),
  congestion_control: object(congestionControl),
  object_store: block('bucket.Config', { ...thanosFields, s3: thanosS3 }),
});

/** `ruler.storage`, older than `ruler_storage`. */
export const rulerLegacyStorage = block('ruler.RuleStoreConfig', {
  type: text(),
  azure: object(azure),
  alibabacloud: object(alibabacloud),
  gcs: object(gcs),
  s3: object(s3),
  bos: object(bos),
  swift: object(swift),
  cos: object(cos),
  local: block('local.Config', { directory: text() }),
});

const shipper = {
  active_index_directory: text(),
  cache_location: text(),
  cache_ttl: go('24h'),
  resync_interval: go('5m'),
  query_ready_num_days: integer(0),
  index_gateway_client: block('indexgateway.ClientConfig', {
    grpc_client_config: grpcClient,
    server_address: text(),
    log_gateway_requests: boolean(false),
    time_based_sharding_buckets: list(text()),
  }),
  ingestername: text(),
  mode: text(),
  ingesterdbretainperiod: go('0s'),
};

export const storage = block('storage.Config', {
  alibabacloud: object(alibabacloud),
  aws,
  azure: object(azure),
  bos: object(bos),
  gcs: object(gcs),
  filesystem: localStorage,
  swift: object(swift),
  hedging: object(hedging),
  named_stores: block('storage.NamedStores', {
    aws: map(aws),
    azure: object(map(azure)),
    bos: object(map(bos)),
    filesystem: object(map(localStorage)),
    gcs: object(map(gcs)),
    alibabacloud: object(map(alibabacloud)),
    swift: object(map(swift)),
    cos: object(map(cos)),
  }),
  cos: object(cos),
  bigtable: notRun('deprecated', any()),
  cassandra: notRun('deprecated', any()),
  grpc_store: notRun('deprecated', any()),
  boltdb: notRun('deprecated', any()),
  index_cache_validity: notRun('cache', go('5m')),
  congestion_control: object(congestionControl),
  object_prefix: text(),
  index_queries_cache_config: notRun('cache', cache),
  disable_broad_index_queries: notRun('cache', boolean(false)),
  max_parallel_get_chunk: notRun('engine', integer(150)),
  use_thanos_objstore: boolean(false),
  object_store: block('bucket.ConfigWithNamedStores', {
    ...thanosFields,
    s3: thanosS3,
    named_stores: object(
      block('bucket.NamedStores', {
        azure: map(any()),
        filesystem: map(any()),
        gcs: map(any()),
        s3: map(any()),
        swift: map(any()),
      }),
    ),
  }),
  max_chunk_batch_size: notRun('engine', integer(50)),
  boltdb_shipper: notRun(
    'deprecated',
    block('boltdb.IndexCfg', { ...shipper, build_per_tenant_index: boolean(false) }),
  ),
  tsdb_shipper: notRun('engine', block('indexshipper.Config', shipper)),
  bloom_shipper: notRun(
    'experimental',
    block('config.Config', {
      working_directory: text('/data/blooms'),
      max_query_page_size: bytes('64MB'),
      download_parallelism: integer(8),
      blocks_cache: block('config.BlocksCacheConfig', {
        soft_limit: bytes('32GB'),
        hard_limit: bytes('64GB'),
        ttl: go('24h'),
      }),
      metas_cache: cache,
      metas_lru_cache: block('cache.EmbeddedCacheConfig', {
        enabled: boolean(false),
        max_size_mb: integer(100),
        max_size_items: integer(0),
        ttl: go('1h'),
      }),
    }),
  ),
});

const table = { prefix: text(), period: prometheus('0'), tags: map(text()) };

/** One period of `schema_config.configs`. */
export const schemaPeriod = block('config.PeriodConfig', {
  from: text(),
  store: text(),
  object_store: text(),
  schema: text(),
  index: block('config.IndexPeriodicTableConfig', { path_prefix: text('index/'), ...table }),
  chunks: block('config.PeriodicTableConfig', table),
  row_shards: notRun('engine', integer(16)),
});
