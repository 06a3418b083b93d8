import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Metrics under the names of Loki 3.7 (loki.md section 6), so that its dashboards and alerts show a Cordwood process too.
 * Every series here has a true value; what one process does not have (rings, caches, other replicas) is not exposed.
 */
export function createApiMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  return {
    registry,
    requestDuration: new Histogram({
      name: 'loki_request_duration_seconds',
      help: 'Time (in seconds) spent serving HTTP requests.',
      labelNames: ['method', 'route', 'status_code', 'ws'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100],
      registers,
    }),
    requestBytes: messageBytes(
      'loki_request_message_bytes',
      'Size (in bytes) of messages received in the request.',
      registers,
    ),
    responseBytes: messageBytes(
      'loki_response_message_bytes',
      'Size (in bytes) of messages sent in response.',
      registers,
    ),
    inflightRequests: gauge('loki_inflight_requests', 'Current number of inflight requests.', ['method', 'route']),
    tcpConnections: gauge('loki_tcp_connections', 'Current number of accepted TCP connections.', ['protocol']),
    tcpConnectionsLimit: gauge(
      'loki_tcp_connections_limit',
      'The max number of TCP connections that can be accepted (0 means no limit).',
      ['protocol'],
    ),
    panics: counter('loki_panic_total', 'The total number of requests that failed for a mistake of our own.'),
    buildInfo: gauge('loki_build_info', 'A constant 1 with the version of this build.', [
      'version',
      'revision',
      'branch',
      'goversion',
      'goos',
      'goarch',
      'tags',
    ]),
    runtimeConfigSuccessful: gauge(
      'loki_runtime_config_last_reload_successful',
      'Whether the last runtime-config reload attempt was successful.',
    ),
    runtimeConfigHash: gauge('loki_runtime_config_hash', 'Hash of the runtime config that holds.', ['sha256']),
    heapInUse: gauge(
      'go_memstats_heap_inuse_bytes',
      'Bytes of the JavaScript heap in use; the name is the one that dashboards of Loki ask for.',
    ),

    bytesReceived: counter(
      'loki_distributor_bytes_received_total',
      'The total number of uncompressed bytes received per tenant. Includes structured metadata bytes.',
      ['tenant', 'retention_hours', 'is_internal_stream', 'policy', 'format'],
    ),
    metadataBytesReceived: counter(
      'loki_distributor_structured_metadata_bytes_received_total',
      'The total number of uncompressed bytes received per tenant for structured metadata.',
      ['tenant', 'retention_hours', 'is_internal_stream', 'policy', 'format'],
    ),
    linesReceived: counter('loki_distributor_lines_received_total', 'The total number of lines received per tenant.', [
      'tenant',
      'is_internal_stream',
      'policy',
      'format',
    ]),
    replicationFactor: gauge('loki_distributor_replication_factor', 'The configured replication factor.'),
    inflightBytes: gauge('loki_distributor_inflight_bytes', 'Bytes of pushes that are being read or stored now.'),
    pushesTurnedAway: counter(
      'cordwood_pushes_turned_away_total',
      'Pushes answered with 503 before they were read, because too many bytes were in flight.',
    ),

    queryDuration: new Histogram({
      name: 'logql_query_duration_seconds',
      help: 'LogQL query timings.',
      labelNames: ['query_type'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    queryLatency: new Histogram({
      name: 'loki_logql_querystats_latency_seconds',
      help: 'Distribution of latency for LogQL queries.',
      labelNames: ['status_code', 'type', 'range'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    queryBytesPerSecond: new Histogram({
      name: 'loki_logql_querystats_bytes_processed_per_seconds',
      help: 'Distribution of bytes processed per second for LogQL queries.',
      labelNames: ['status_code', 'type', 'range'],
      buckets: [100e3, 1e6, 10e6, 50e6, 100e6, 250e6, 500e6, 1e9, 2.5e9, 5e9, 10e9],
      registers,
    }),
    queryChunksRead: counter(
      'loki_logql_querystats_downloaded_chunk_total',
      'Total count of chunks read while querying LogQL queries.',
      ['status_code', 'type', 'range'],
    ),
    queryHeadLines: counter(
      'loki_logql_querystats_ingester_sent_lines_total',
      'Total count of lines read from heads while querying LogQL queries.',
    ),
    blockedQueries: counter('loki_blocked_queries', 'Count of queries blocked by per-tenant policy', ['user']),
    queueDuration: new Histogram({
      name: 'loki_query_frontend_queue_duration_seconds',
      help: 'Time spent by requests queued.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    queriesInside: gauge('loki_query_scheduler_inflight_requests', 'Queries that run or wait now.'),
    queueLength: gauge('loki_query_scheduler_queue_length', 'Number of queries in the queue.', ['user']),
    workerConcurrency: gauge('loki_querier_worker_concurrency', 'Number of queries that can run at the same time.'),
    workerInflight: gauge('loki_querier_worker_inflight_queries', 'Number of queries that run now.'),
    queriesInProgress: gauge(
      'loki_query_frontend_queries_in_progress',
      'Number of queries in progress handled by this frontend.',
    ),
    discardedQueries: counter(
      'loki_query_scheduler_discarded_requests_total',
      'Total number of query requests discarded.',
      ['user'],
    ),
    querySeconds: counter('loki_query_seconds_total', 'Total amount of wall clock time spend processing queries.', [
      'user',
    ]),
    tailActive: gauge('loki_querier_tail_active', 'Number of active tailers.'),
    tailStreams: gauge('loki_querier_tail_active_streams', 'Number of streams seen by the active tailers.'),
    tailBytes: counter('loki_querier_tail_bytes_total', 'Total bytes tailed.'),

    bucketOperations: counter('loki_objstore_bucket_operations_total', 'Total number of operations against a bucket.', [
      'bucket',
      'operation',
    ]),
    bucketFailures: counter(
      'loki_objstore_bucket_operation_failures_total',
      'Total number of operations against a bucket that failed.',
      ['bucket', 'operation'],
    ),
    bucketSeconds: new Histogram({
      name: 'loki_objstore_bucket_operation_duration_seconds',
      help: 'Duration of operations against a bucket, each attempt by itself.',
      labelNames: ['bucket', 'operation'],
      buckets: [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120],
      registers,
    }),
    deletesReceived: counter(
      'loki_compactor_delete_requests_received_total',
      'Number of delete requests received per user.',
      ['user'],
    ),
  };
}

export type ApiMetrics = ReturnType<typeof createApiMetrics>;

function messageBytes(name: string, help: string, registers: Registry[]) {
  const buckets = Array.from({ length: 15 }, (_, i) => 4 * 4 ** i);
  return new Histogram({ name, help, labelNames: ['method', 'route'], buckets, registers });
}

/** `/loki/api/v1/label/{name}/values` -> `loki_api_v1_label_name_values`, as Loki's `route` label. */
export function routeLabel(path: string): string {
  const label = path
    .replace(/[^a-zA-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .toLowerCase();
  return label === '' ? 'root' : label;
}
