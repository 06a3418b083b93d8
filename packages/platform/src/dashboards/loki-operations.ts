import type { Platform } from '../platform.ts';
import type { Dashboard, Panel, Query } from './dashboard.ts';

const promql = (expr: string, legend?: string): Query => ({
  language: 'promql',
  expr,
  ...(legend === undefined ? {} : { legend }),
});

/** Jobs of the topologies, as the ServiceMonitor names them: `loki/loki-write`, `loki/loki-distributor`, `loki/loki`. */
const writers = 'namespace=~"$namespace", job=~".+/(.+-write|.+-distributor|[^-]+)"';
const readers = 'namespace=~"$namespace", job=~".+/(.+-read|.+-query-frontend|[^-]+)"';
const all = 'namespace=~"$namespace"';

const pushRoutes = 'route=~"loki_api_v1_push|otlp_v1_logs|api_prom_push"';
const queryRoutes = 'route=~"loki_api_v1_query|loki_api_v1_query_range"';

const quantiles = (selector: string): Query[] =>
  [0.5, 0.95, 0.99].map((quantile) =>
    promql(
      `histogram_quantile(${quantile}, sum by (le) (rate(loki_request_duration_seconds_bucket{${selector}}[$__rate_interval])))`,
      `p${quantile * 100}`,
    ),
  );

const seconds = (metric: string) => `time() - max(${metric}{${all}} > 0)`;

/** TR-007.2: does Loki take, keep and find what it is sent, and who sends it. */
export function lokiOperations({ name, title, storage }: Platform): Dashboard {
  return {
    uid: `${name}-loki-operations`,
    title: `${title} · Loki operations`,
    description: 'Loki, its storage and its collectors, from their metrics.',
    from: 'now-3h',
    variables: [
      { kind: 'datasource', name: 'prom_ds', label: 'Prometheus', type: 'prometheus' },
      {
        kind: 'label',
        name: 'namespace',
        label: 'Namespace',
        language: 'promql',
        of: 'namespace',
        in: 'loki_build_info',
        allValue: '.+',
      },
      {
        kind: 'label',
        name: 'tenant',
        label: 'Tenant',
        language: 'promql',
        of: 'tenant',
        in: 'loki_distributor_bytes_received_total',
        allValue: '.+',
      },
    ],
    rows: [
      { title: 'Ingestion', panels: ingestion },
      { title: 'Tenants', panels: tenants },
      { title: 'Queries', panels: queries },
      { title: 'Chunks and WAL', panels: chunks },
      { title: 'Compactor and retention', panels: compactor },
      { title: 'Object store', panels: objectStore(storage.client) },
      { title: 'Caches', panels: caches },
      { title: 'Ruler', panels: ruler },
      { title: 'Collectors and canary', panels: collectors },
    ],
  };
}

const ingestion: readonly Panel[] = [
  {
    title: 'Ingested bytes',
    description: 'Before compression, structured metadata included. The target is 20 MB/s.',
    kind: 'lines',
    width: 8,
    unit: 'Bps',
    queries: [
      promql(`sum(rate(loki_distributor_bytes_received_total{${all}}[$__rate_interval]))`, 'all'),
      promql(
        `sum(rate(loki_distributor_structured_metadata_bytes_received_total{${all}}[$__rate_interval]))`,
        'of it structured metadata',
      ),
    ],
  },
  {
    title: 'Ingested lines',
    description: 'A second.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [promql(`sum(rate(loki_distributor_lines_received_total{${all}}[$__rate_interval]))`, 'lines')],
  },
  {
    title: 'Push latency',
    description: 'From the request to the quorum of ingesters.',
    kind: 'lines',
    width: 8,
    unit: 's',
    queries: quantiles(`${writers}, ${pushRoutes}`),
  },
  {
    title: 'Failed pushes',
    description: 'Share of 5xx. Alloy sends again; 429 and 400 are in "Discarded".',
    kind: 'lines',
    width: 8,
    unit: 'percentunit',
    redFrom: 0.1,
    queries: [
      promql(
        `sum(rate(loki_request_duration_seconds_count{${writers}, ${pushRoutes}, status_code=~"5.."}[$__rate_interval])) / sum(rate(loki_request_duration_seconds_count{${writers}, ${pushRoutes}}[$__rate_interval]))`,
        '5xx',
      ),
    ],
  },
  {
    title: 'Discarded lines',
    description:
      'Lost: rate_limited and stream_limit need a higher limit or fewer labels, the others a look at the sender.',
    kind: 'stacked-bars',
    width: 16,
    unit: 'cps',
    queries: [
      promql(
        `sum by (tenant, reason) (rate(loki_discarded_samples_total{${all}, tenant=~"$tenant"}[$__rate_interval])) > 0`,
        '{{tenant}}: {{reason}}',
      ),
    ],
  },
];

const tenants: readonly Panel[] = [
  {
    title: 'Bytes by tenant',
    description: 'Against ingestion_rate_mb of the tenant.',
    kind: 'lines',
    width: 8,
    unit: 'Bps',
    queries: [
      promql(
        `sum by (tenant) (rate(loki_distributor_bytes_received_total{${all}, tenant=~"$tenant"}[$__rate_interval]))`,
        '{{tenant}}',
      ),
    ],
  },
  {
    title: 'Lines by tenant',
    description: 'A second.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [
      promql(
        `sum by (tenant) (rate(loki_distributor_lines_received_total{${all}, tenant=~"$tenant"}[$__rate_interval]))`,
        '{{tenant}}',
      ),
    ],
  },
  {
    title: 'Bytes by retention',
    description:
      'Hours that the lines will be kept, as decided when they came: 2160 proves that retention_stream fits.',
    kind: 'lines',
    width: 8,
    unit: 'Bps',
    queries: [
      promql(
        `sum by (retention_hours) (rate(loki_distributor_bytes_received_total{${all}, tenant=~"$tenant"}[$__rate_interval]))`,
        '{{retention_hours}} h',
      ),
    ],
  },
  {
    title: 'Active streams by tenant',
    description: 'Of all ingesters, copies included. Against max_global_streams_per_user.',
    kind: 'lines',
    width: 12,
    queries: [promql(`sum by (tenant) (loki_ingester_memory_streams{${all}, tenant=~"$tenant"})`, '{{tenant}}')],
  },
  {
    title: 'New streams by tenant',
    description: 'A second. A label whose values never end shows here first.',
    kind: 'lines',
    width: 12,
    unit: 'cps',
    queries: [
      promql(
        `sum by (tenant) (rate(loki_ingester_streams_created_total{${all}, tenant=~"$tenant"}[$__rate_interval]))`,
        '{{tenant}}',
      ),
    ],
  },
];

const queries: readonly Panel[] = [
  {
    title: 'Query latency',
    description: 'Instant and range queries at the read path.',
    kind: 'lines',
    width: 8,
    unit: 's',
    redFrom: 5,
    queries: quantiles(`${readers}, ${queryRoutes}`),
  },
  {
    title: 'Queries under 5 s',
    description: 'Acceptance criterion 11: 99 % of them.',
    kind: 'lines',
    width: 8,
    unit: 'percentunit',
    queries: [
      promql(
        `sum(rate(loki_request_duration_seconds_bucket{${readers}, ${queryRoutes}, le="5.0"}[$__rate_interval]) or rate(loki_request_duration_seconds_bucket{${readers}, ${queryRoutes}, le="5"}[$__rate_interval])) / sum(rate(loki_request_duration_seconds_count{${readers}, ${queryRoutes}}[$__rate_interval]))`,
        'under 5 s',
      ),
    ],
  },
  {
    title: 'Queries',
    description: 'A second, by answer.',
    kind: 'stacked-bars',
    width: 8,
    unit: 'reqps',
    queries: [
      promql(
        `sum by (status_code) (rate(loki_request_duration_seconds_count{${readers}, ${queryRoutes}}[$__rate_interval]))`,
        '{{status_code}}',
      ),
    ],
  },
  {
    title: 'Waiting for a querier',
    description: 'Grows when there are too few of them: the autoscaler should follow.',
    kind: 'lines',
    width: 12,
    queries: [promql(`sum by (user) (loki_query_scheduler_queue_length{${all}})`, '{{user}}')],
  },
  {
    title: 'Panics',
    description: 'Any is a bug: look for the stack trace in the logs.',
    kind: 'stat',
    width: 6,
    redFrom: 1,
    queries: [promql(`sum(increase(loki_panic_total{${all}}[$__range]))`)],
  },
  {
    title: 'Ring members that are not ACTIVE',
    description: 'Writes need a quorum of ACTIVE ingesters.',
    kind: 'stat',
    width: 6,
    redFrom: 1,
    queries: [promql(`max(sum by (name) (loki_ring_members{${all}, state!="ACTIVE"})) or vector(0)`)],
  },
];

const chunks: readonly Panel[] = [
  {
    title: 'Flushed chunks',
    description: 'A second, by reason. Many "idle" ones are small: fewer streams are better than longer waiting.',
    kind: 'stacked-bars',
    width: 8,
    unit: 'cps',
    queries: [
      promql(`sum by (reason) (rate(loki_ingester_chunks_flushed_total{${all}}[$__rate_interval]))`, '{{reason}}'),
    ],
  },
  {
    title: 'Size of flushed chunks',
    description: 'The goal is 1.5 MiB (chunk_target_size).',
    kind: 'lines',
    width: 8,
    unit: 'bytes',
    queries: [0.5, 0.95].map((quantile) =>
      promql(
        `histogram_quantile(${quantile}, sum by (le) (rate(loki_ingester_chunk_size_bytes_bucket{${all}}[$__rate_interval])))`,
        `p${quantile * 100}`,
      ),
    ),
  },
  {
    title: 'Failed flushes',
    description: 'The chunk stays in memory and WAL and is tried again; if this lasts, memory and disk fill up.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [promql(`sum(rate(loki_ingester_chunks_flush_failures_total{${all}}[$__rate_interval]))`, 'failed')],
  },
  {
    title: 'Chunks in memory',
    description: 'By pod.',
    kind: 'lines',
    width: 8,
    queries: [promql(`sum by (pod) (loki_ingester_memory_chunks{${all}})`, '{{pod}}')],
  },
  {
    title: 'Flush queue',
    description: 'Grows when the object store is slow.',
    kind: 'lines',
    width: 8,
    queries: [promql(`sum by (pod) (loki_ingester_flush_queue_length{${all}})`, '{{pod}}')],
  },
  {
    title: 'WAL disk',
    description: 'When it is full, writes go on without WAL: a crash then loses lines.',
    kind: 'lines',
    width: 8,
    unit: 'percent',
    redFrom: 85,
    queries: [promql(`max by (pod) (loki_ingester_wal_disk_usage_percent{${all}})`, '{{pod}}')],
  },
];

const compactor: readonly Panel[] = [
  {
    title: 'Since the last compaction',
    description: 'Runs every ten minutes; LokiCompactorHasNotSuccessfullyRunCompaction fires after three hours.',
    kind: 'stat',
    width: 6,
    unit: 's',
    redFrom: 10_800,
    queries: [promql(seconds('loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds'))],
  },
  {
    title: 'Since retention was applied',
    description: 'Nothing is deleted without it.',
    kind: 'stat',
    width: 6,
    unit: 's',
    redFrom: 10_800,
    queries: [promql(seconds('loki_compactor_apply_retention_last_successful_run_timestamp_seconds'))],
  },
  {
    title: 'Compactors that run',
    description: 'Exactly one: two delete from under each other.',
    kind: 'stat',
    width: 6,
    redFrom: 2,
    queries: [promql(`sum(loki_boltdb_shipper_compactor_running{${all}})`)],
  },
  {
    title: 'Marker files to sweep',
    description: 'Chunks that are marked and wait for retention_delete_delay.',
    kind: 'stat',
    width: 6,
    queries: [promql(`sum(loki_boltdb_shipper_retention_sweeper_marker_files_current{${all}})`)],
  },
  {
    title: 'Compactions',
    description: 'An hour, by result.',
    kind: 'stacked-bars',
    width: 8,
    queries: [
      promql(
        `sum by (status) (increase(loki_boltdb_shipper_compact_tables_operation_total{${all}}[1h]))`,
        '{{status}}',
      ),
    ],
  },
  {
    title: 'Deleted chunks',
    description: 'A second, by result.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [
      promql(
        `sum by (status) (rate(loki_boltdb_shipper_retention_sweeper_chunk_deleted_duration_seconds_count{${all}}[$__rate_interval]))`,
        '{{status}}',
      ),
    ],
  },
  {
    title: 'Delete requests that wait',
    description: 'Of the delete API.',
    kind: 'lines',
    width: 8,
    queries: [promql(`sum(loki_compactor_pending_delete_requests_count{${all}})`, 'pending')],
  },
];

/** The clients count under different names. */
const objectStoreMetrics: Readonly<
  Record<
    Platform['storage']['client'],
    { readonly operations: string; readonly failures: string; readonly seconds: string }
  >
> = {
  thanos: {
    operations: `loki_objstore_bucket_operations_total{${all}}`,
    failures: `loki_objstore_bucket_operation_failures_total{${all}}`,
    seconds: `loki_objstore_bucket_operation_duration_seconds_bucket{${all}}`,
  },
  legacy: {
    operations: `loki_s3_request_duration_seconds_count{${all}}`,
    failures: `loki_s3_request_duration_seconds_count{${all}, status_code!~"2.."}`,
    seconds: `loki_s3_request_duration_seconds_bucket{${all}}`,
  },
};

function objectStore(client: Platform['storage']['client']): readonly Panel[] {
  const metrics = objectStoreMetrics[client];
  const byOperation = (selector: string) =>
    promql(`sum by (operation) (rate(${selector}[$__rate_interval]))`, '{{operation}}');
  return [
    {
      title: 'S3 operations',
      description: 'A second, by operation.',
      kind: 'lines',
      width: 8,
      unit: 'ops',
      queries: [byOperation(metrics.operations)],
    },
    {
      title: 'Failed S3 operations',
      description: 'InvalidObjectState means that an object is in a class from which it cannot be read.',
      kind: 'lines',
      width: 8,
      unit: 'ops',
      queries: [byOperation(metrics.failures)],
    },
    {
      title: 'S3 latency',
      description: 'p99, by operation.',
      kind: 'lines',
      width: 8,
      unit: 's',
      queries: [
        promql(
          `histogram_quantile(0.99, sum by (le, operation) (rate(${metrics.seconds}[$__rate_interval])))`,
          '{{operation}}',
        ),
      ],
    },
  ];
}

const caches: readonly Panel[] = [
  {
    title: 'Cache hits',
    description: 'Share of the keys that were found, by cache. The rest is missed and read from S3 or computed.',
    kind: 'lines',
    width: 12,
    unit: 'percentunit',
    queries: [
      promql(
        `sum by (name) (rate(loki_cache_hits{${all}}[$__rate_interval])) / sum by (name) (rate(loki_cache_fetched_keys{${all}}[$__rate_interval]))`,
        '{{name}}',
      ),
    ],
  },
  {
    title: 'Cache misses',
    description: 'Keys a second that were not found, by cache.',
    kind: 'lines',
    width: 12,
    unit: 'cps',
    queries: [
      promql(
        `sum by (name) (rate(loki_cache_fetched_keys{${all}}[$__rate_interval])) - sum by (name) (rate(loki_cache_hits{${all}}[$__rate_interval]))`,
        '{{name}}',
      ),
    ],
  },
];

const ruler: readonly Panel[] = [
  {
    title: 'Rule evaluations',
    description: 'A second, and how many of them failed.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [
      promql(`sum(rate(loki_prometheus_rule_evaluations_total{${all}}[$__rate_interval]))`, 'evaluated'),
      promql(`sum(rate(loki_prometheus_rule_evaluation_failures_total{${all}}[$__rate_interval]))`, 'failed'),
    ],
  },
  {
    title: 'Missed evaluations',
    description: 'A group took longer than its interval: alerts come late.',
    kind: 'lines',
    width: 8,
    queries: [
      promql(
        `sum by (rule_group) (increase(loki_prometheus_rule_group_iterations_missed_total{${all}}[$__rate_interval]))`,
        '{{rule_group}}',
      ),
    ],
  },
  {
    title: 'Notifications',
    description: 'Sent to Alertmanager, and dropped.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [
      promql(`sum(rate(loki_prometheus_notifications_sent_total{${all}}[$__rate_interval]))`, 'sent'),
      promql(`sum(rate(loki_prometheus_notifications_dropped_total{${all}}[$__rate_interval]))`, 'dropped'),
    ],
  },
  {
    title: 'Recorded series behind',
    description: 'How old the newest sample is that Prometheus has taken.',
    kind: 'lines',
    width: 12,
    unit: 's',
    queries: [
      promql(
        `max by (tenant) (loki_ruler_wal_prometheus_remote_storage_highest_timestamp_in_seconds{${all}}) - max by (tenant) (loki_ruler_wal_prometheus_remote_storage_queue_highest_sent_timestamp_seconds{${all}})`,
        '{{tenant}}',
      ),
    ],
  },
  {
    title: 'Overrides are loaded',
    description: '0: the new file is broken and the old limits hold.',
    kind: 'stat',
    width: 6,
    queries: [promql(`min(loki_runtime_config_last_reload_successful{${all}})`)],
  },
  {
    title: 'Rules are loaded',
    description: '0: the rules of a tenant are broken and the old ones hold.',
    kind: 'stat',
    width: 6,
    queries: [promql(`min(loki_ruler_config_last_reload_successful{${all}})`)],
  },
];

const collectors: readonly Panel[] = [
  {
    title: 'Sent by Alloy',
    description: 'Lines a second of all nodes, by tenant.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [promql('sum by (tenant) (rate(loki_write_sent_entries_total[$__rate_interval]))', '{{tenant}}')],
  },
  {
    title: 'Dropped by Alloy',
    description: 'Lost, by reason. Zero, always.',
    kind: 'lines',
    width: 8,
    unit: 'cps',
    queries: [
      promql('sum by (reason) (rate(loki_write_dropped_entries_total[$__rate_interval]))', '{{reason}}'),
      promql(
        'sum by (reason) (rate(loki_process_dropped_lines_total[$__rate_interval]))',
        'by the pipeline: {{reason}}',
      ),
    ],
  },
  {
    title: 'Unread by Alloy',
    description: 'Bytes of files that are not read yet, the worst ten.',
    kind: 'lines',
    width: 8,
    unit: 'bytes',
    queries: [
      promql(
        'topk(10, sum by (node) (loki_source_file_file_bytes_total) - sum by (node) (loki_source_file_read_bytes_total))',
        '{{node}}',
      ),
    ],
  },
  {
    title: 'Missing canary lines',
    description: 'Written to Loki, acknowledged, and not found again. Any is a loss.',
    kind: 'stat',
    width: 8,
    redFrom: 1,
    queries: [promql(`sum(increase(loki_canary_missing_entries_total{${all}}[$__range]))`)],
  },
  {
    title: 'Canary: written to readable',
    description: 'p99.',
    kind: 'lines',
    width: 8,
    unit: 's',
    queries: [
      promql(
        `histogram_quantile(0.99, sum by (le) (rate(loki_canary_response_latency_seconds_bucket{${all}}[$__rate_interval])))`,
        'p99',
      ),
    ],
  },
  {
    title: 'Collectors with a broken configuration',
    description: 'They go on with the previous one.',
    kind: 'stat',
    width: 8,
    redFrom: 1,
    queries: [promql('count(alloy_config_last_load_successful == 0) or vector(0)')],
  },
];
