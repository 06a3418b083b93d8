import { any, block, boolean, bytes, float, go, integer, list, secret, text } from './field.ts';

/** Blocks by which several Loki processes find and call each other. One process has no use for them; they are checked. */

export const tlsClient = {
  tls_cert_path: text(),
  tls_key_path: text(),
  tls_ca_path: text(),
  tls_server_name: text(),
  tls_insecure_skip_verify: boolean(false),
  tls_cipher_suites: text(),
  tls_min_version: text(),
};

export const backoff = block('backoff.Config', {
  min_period: go('100ms'),
  max_period: go('10s'),
  max_retries: integer(10),
});

export const grpcClientFields = {
  max_recv_msg_size: integer(104_857_600),
  max_send_msg_size: integer(104_857_600),
  grpc_compression: text(),
  rate_limit: float(0),
  rate_limit_burst: integer(0),
  backoff_on_ratelimits: boolean(false),
  backoff_config: backoff,
  initial_stream_window_size: bytes('65535'),
  initial_connection_window_size: bytes('65535'),
  tls_enabled: boolean(false),
  ...tlsClient,
  connect_timeout: go('5s'),
  connect_backoff_base_delay: go('1s'),
  connect_backoff_max_delay: go('5s'),
  cluster_validation: block('clusterutil.ClusterValidationConfig', { label: text() }),
};
export const grpcClient = block('grpcclient.Config', grpcClientFields);

export const keyValueStore = block('kv.Config', {
  store: text('consul'),
  prefix: text('collectors/'),
  consul: block('consul.Config', {
    host: text('localhost:8500'),
    acl_token: secret(),
    http_client_timeout: go('20s'),
    consistent_reads: boolean(false),
    watch_rate_limit: float(1),
    watch_burst_size: integer(1),
    cas_retry_delay: go('1s'),
  }),
  etcd: block('etcd.Config', {
    endpoints: list(text()),
    dial_timeout: go('10s'),
    max_retries: integer(10),
    tls_enabled: boolean(false),
    ...tlsClient,
    username: text(),
    password: secret(),
  }),
  multi: block('kv.MultiConfig', {
    primary: text(),
    secondary: text(),
    mirror_enabled: boolean(false),
    mirror_timeout: go('2s'),
  }),
});

/** The ring of a component that has nothing but a ring. */
export const ring = block('ring.RingConfig', {
  kvstore: keyValueStore,
  heartbeat_period: go('15s'),
  heartbeat_timeout: go('1m'),
  tokens_file_path: text(),
  zone_awareness_enabled: boolean(false),
  num_tokens: integer(128),
  replication_factor: integer(3),
  instance_id: text(),
  instance_interface_names: list(text()),
  instance_port: integer(0),
  instance_addr: text(),
  instance_availability_zone: text(),
  instance_enable_ipv6: boolean(false),
});

export const lifecycler = block('ring.LifecyclerConfig', {
  ring: block('ring.Config', {
    kvstore: keyValueStore,
    heartbeat_timeout: go('1m'),
    replication_factor: integer(3),
    zone_awareness_enabled: boolean(false),
    excluded_zones: text(),
  }),
  num_tokens: integer(128),
  heartbeat_period: go('5s'),
  heartbeat_timeout: go('1m'),
  observe_period: go('0s'),
  join_after: go('0s'),
  min_ready_duration: go('15s'),
  interface_names: list(text()),
  enable_inet6: boolean(false),
  final_sleep: go('0s'),
  tokens_file_path: text(),
  availability_zone: text(),
  unregister_on_shutdown: boolean(true),
  readiness_check_ring_health: boolean(true),
  address: text(),
  port: integer(0),
  id: text(),
});

export const partitionRing = block('partitionring.Config', {
  kvstore: keyValueStore,
  min_partition_owners_count: integer(1),
  min_partition_owners_duration: go('10s'),
  delete_inactive_partition_after: go('13h'),
  shuffle_shard_cache_size: integer(0),
});

export const clientPool = block('clientpool.PoolConfig', {
  client_cleanup_period: go('15s'),
  health_check_ingesters: boolean(true),
  remote_timeout: go('1s'),
});

const limitsClientPool = block('client.PoolConfig', {
  client_cleanup_period: go('15s'),
  health_check_ingest_limits: boolean(true),
  remote_timeout: go('1s'),
});

export const ingesterClient = block('client.Config', {
  pool_config: clientPool,
  remote_timeout: go('5s'),
  grpc_client_config: grpcClient,
});

export const queryScheduler = block('scheduler.Config', {
  max_outstanding_requests_per_tenant: integer(32_000),
  max_queue_hierarchy_levels: integer(3),
  querier_forget_delay: go('0s'),
  grpc_client_config: grpcClient,
  use_scheduler_ring: boolean(false),
  scheduler_ring: ring,
});

export const frontendWorker = block('worker.Config', {
  frontend_address: text(),
  scheduler_address: text(),
  dns_lookup_duration: go('3s'),
  id: text(),
  query_frontend_grpc_client: grpcClient,
  grpc_client_config: grpcClient,
  query_scheduler_grpc_client: grpcClient,
});

export const indexGateway = block('indexgateway.Config', { mode: text('simple'), ring });

export const bloomBuild = block('bloombuild.Config', {
  enabled: boolean(false),
  planner: block('planner.Config', {
    planning_interval: go('8h'),
    min_table_offset: integer(0),
    max_table_offset: integer(1),
    retention: block('planner.RetentionConfig', { enabled: boolean(false) }),
    queue: block('queue.Config', {
      max_queued_tasks_per_tenant: integer(30_000),
      store_tasks_on_disk: boolean(false),
      tasks_disk_directory: text('/tmp/bloom-planner-queue'),
      clean_tasks_directory: boolean(false),
    }),
  }),
  builder: block('builder.Config', {
    grpc_config: grpcClient,
    planner_address: text(),
    backoff_config: backoff,
    working_directory: text(),
  }),
});

export const bloomGateway = block('bloomgateway.Config', {
  enabled: boolean(false),
  client: block('bloomgateway.ClientConfig', {
    pool_config: block('bloomgateway.PoolConfig', { check_interval: go('15s') }),
    grpc_client_config: grpcClient,
    addresses: text(),
  }),
  worker_concurrency: integer(4),
  block_query_concurrency: integer(8),
  max_outstanding_per_tenant: integer(1024),
  num_multiplex_tasks: integer(512),
});

export const memberlist = block('memberlist.KVConfig', {
  node_name: text(),
  randomize_node_name: boolean(true),
  stream_timeout: go('2s'),
  retransmit_factor: integer(4),
  pull_push_interval: go('30s'),
  gossip_interval: go('200ms'),
  gossip_nodes: integer(3),
  gossip_to_dead_nodes_time: go('30s'),
  dead_node_reclaim_time: go('0s'),
  compression_enabled: boolean(true),
  notify_interval: go('0s'),
  advertise_addr: text(),
  advertise_port: integer(7946),
  cluster_label: text(),
  cluster_label_verification_disabled: boolean(false),
  join_members: list(text()),
  min_join_backoff: go('1s'),
  max_join_backoff: go('1m'),
  max_join_retries: integer(10),
  abort_if_cluster_fast_join_fails: boolean(false),
  abort_if_cluster_fast_join_fails_min_nodes: integer(1),
  abort_if_cluster_join_fails: boolean(false),
  rejoin_interval: go('0s'),
  rejoin_seed_nodes: list(text()),
  left_ingesters_timeout: go('5m'),
  obsolete_entries_timeout: go('30s'),
  leave_timeout: go('20s'),
  broadcast_timeout_for_local_updates_on_shutdown: go('10s'),
  message_history_buffer_bytes: integer(0),
  watch_prefix_buffer_size: integer(128),
  bind_addr: list(text()),
  bind_port: integer(7946),
  packet_dial_timeout: go('2s'),
  packet_write_timeout: go('5s'),
  max_concurrent_writes: integer(3),
  acquire_writer_timeout: go('250ms'),
  tls_enabled: boolean(false),
  ...tlsClient,
  zone_aware_routing: block('memberlist.ZoneAwareRoutingConfig', {
    enabled: boolean(false),
    instance_availability_zone: text(),
    role: text('member'),
  }),
  propagation_delay_tracker: block('memberlist.PropagationDelayTrackerConfig', {
    enabled: boolean(false),
    beacon_interval: go('1m'),
    beacon_lifetime: go('10m'),
    log_beacons_latency_longer_than: go('0s'),
  }),
});

const kafkaClient = block('kafka.ClientConfig', { address: text('localhost:9092'), client_id: text() });

export const kafka = block('kafka.Config', {
  topic: text(),
  dial_timeout: go('2s'),
  write_timeout: go('10s'),
  reader_config: kafkaClient,
  writer_config: kafkaClient,
  sasl_username: text(),
  sasl_password: secret(),
  consumer_group: text(),
  consumer_group_offset_commit_interval: go('1s'),
  last_produced_offset_retry_timeout: go('10s'),
  auto_create_topic_enabled: boolean(true),
  auto_create_topic_default_partitions: integer(1000),
  producer_max_record_size_bytes: integer(15_983_616),
  producer_max_buffered_bytes: integer(1_073_741_824),
  max_consumer_lag_at_startup: go('15s'),
  max_consumer_workers: integer(1),
  enable_kafka_histograms: boolean(false),
  tracing_enabled: boolean(false),
});

export const ingestLimits = block('limits.Config', {
  enabled: boolean(false),
  active_window: go('2h'),
  rate_window: go('5m'),
  bucket_size: go('1m'),
  eviction_interval: go('10m'),
  num_partitions: integer(64),
  lifecycler,
  consumer_group: text('ingest-limits'),
  topic: text(),
});

export const ingestLimitsFrontend = block('frontend.Config', {
  client_config: block('client.Config', { grpc_client_config: grpcClient, pool_config: limitsClientPool }),
  lifecycler,
  num_partitions: integer(64),
  assigned_partitions_cache_enabled: boolean(true),
  assigned_partitions_cache_ttl: go('1m'),
  accepted_streams_cache_enabled: boolean(false),
  accepted_streams_cache_ttl: go('1m'),
  accepted_streams_cache_ttl_jitter: go('15s'),
});

export const ingestLimitsFrontendClient = block('client.Config', {
  grpc_client_config: grpcClient,
  pool_config: limitsClientPool,
  shuffle_shard_enabled: boolean(false),
  shuffle_shard_size: integer(1),
});

const dataObjectBuilder = {
  target_page_size: bytes('2MB'),
  max_page_rows: integer(0),
  target_object_size: bytes('1GB'),
  target_section_size: bytes('128MB'),
  buffer_size: bytes('16MB'),
  section_stripe_merge_limit: integer(2),
  estimated_compression_ratio: integer(8),
};

/** Experimental in 3.7; its keys still change from release to release. */
export const dataObjects = block('config.Config', {
  consumer: block('consumer.Config', {
    builderconfig: block('logsobj.BuilderConfig', dataObjectBuilder),
    lifecycler,
    partition_ring: partitionRing,
    uploader: any(),
    idle_flush_timeout: go('1h'),
    max_builder_age: go('1h'),
    ingest_mode: text('kafka'),
    channel_size: integer(10_000),
    topic: text(),
  }),
  index: block('index.Config', {
    ...dataObjectBuilder,
    events_per_index: integer(32),
    flush_interval: go('1m'),
    max_idle_time: go('30m'),
    max_age: go('1h'),
  }),
  metastore: block('metastore.Config', {
    index_storage_prefix: text('index/v0'),
    partition_ratio: integer(10),
    storage: any(),
    updater: any(),
  }),
  compaction: any(),
  storage_bucket_prefix: text('dataobj/'),
  enabled: boolean(false),
});
