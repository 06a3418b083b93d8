/**
 * The settings of Loki that are the same wherever it runs: in the cluster they go into Helm values, on one machine into
 * `loki.yaml`. Where they differ (addresses, rings, stores) is in `machine-config.ts` and `helm/loki-values.ts`, and nowhere else.
 */
import type { Environment, Platform } from '../platform.ts';
import { durationHours } from '../units.ts';

export interface LokiSections {
  readonly auth_enabled: boolean;
  readonly schema_config: object;
  readonly ingester: object;
  readonly query_range: object;
  readonly querier: object;
  readonly frontend: object;
  readonly limits_config: object;
  readonly compactor: object;
  readonly ruler: object;
  readonly analytics: object;
}

export function lokiSections(platform: Platform, environment: Environment): LokiSections {
  const { tuning } = platform;
  return {
    auth_enabled: environment.auth,
    schema_config: {
      configs: [
        {
          from: platform.storage.schemaFrom,
          store: 'tsdb',
          object_store: environment.objectStore.kind === 'filesystem' ? 'filesystem' : 's3',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    ingester: {
      chunk_encoding: tuning.chunkEncoding,
      chunk_idle_period: tuning.chunkIdlePeriod,
      chunk_target_size: tuning.chunkTargetSizeBytes,
      max_chunk_age: tuning.maxChunkAge,
      wal: { enabled: true, flush_on_shutdown: true },
    },
    // Where memcached holds the results the chart writes this section.
    query_range:
      environment.caches.resultsMb === 'embedded'
        ? {
            cache_results: true,
            results_cache: {
              cache: { embedded_cache: { enabled: true, max_size_mb: tuning.embeddedResultsCacheMb } },
            },
          }
        : {},
    querier: { max_concurrent: 8, multi_tenant_queries_enabled: false },
    frontend: { log_queries_longer_than: '10s', compress_responses: true },
    limits_config: limitsConfig(platform, environment),
    compactor: {
      retention_enabled: true,
      delete_request_store: environment.objectStore.kind === 'filesystem' ? 'filesystem' : 's3',
      compaction_interval: '10m',
      retention_delete_delay: '2h',
      retention_delete_worker_count: 150,
    },
    ruler: {
      enable_api: true,
      evaluation_interval: '1m',
      poll_interval: '1m',
    },
    analytics: { reporting_enabled: false },
  };
}

/** What a tenant gets that the runtime overrides do not name. */
function limitsConfig(platform: Platform, { limits, auth, defaultTenant }: Environment): object {
  const { tuning } = platform;
  return {
    ingestion_rate_strategy: 'global',
    ingestion_rate_mb: limits.ingestionRateMb,
    ingestion_burst_size_mb: limits.ingestionBurstMb,
    max_global_streams_per_user: limits.maxStreams,
    per_stream_rate_limit: `${tuning.perStreamRateLimitMb}MB`,
    per_stream_rate_limit_burst: `${tuning.perStreamRateLimitBurstMb}MB`,
    max_label_names_per_series: tuning.maxLabelNamesPerSeries,
    max_line_size: `${tuning.maxLineSizeKb}KB`,
    max_line_size_truncate: true,
    reject_old_samples: true,
    reject_old_samples_max_age: tuning.rejectOldSamplesMaxAge,
    allow_structured_metadata: true,
    max_structured_metadata_size: '64KB',
    discover_log_levels: true,
    volume_enabled: true,
    split_queries_by_interval: tuning.splitQueriesByInterval,
    max_query_parallelism: tuning.maxQueryParallelism,
    tsdb_max_query_parallelism: tuning.tsdbMaxQueryParallelism,
    query_timeout: tuning.queryTimeout,
    max_query_length: auth ? '721h' : atLeastMonth(defaultTenant.maxQueryLength),
    retention_period: limits.retention,
    otlp_config: {
      resource_attributes: {
        ignore_defaults: true,
        attributes_config: [{ action: 'index_label', attributes: platform.pipeline.otlpIndexAttributes }],
      },
    },
  };
}

const atLeastMonth = (length: Environment['defaultTenant']['maxQueryLength']) =>
  durationHours(length) < 721 ? '721h' : length;

/** Over the keys that somebody will ask about. */
export const lokiComments: Readonly<Record<string, string>> = {
  'limits_config.max_query_parallelism':
    "16 is TR-009's value; with a TSDB index it is tsdb_max_query_parallelism that counts (trap T22).",
  'limits_config.retention_period': 'Tenants have their own in the overrides.',
  'limits_config.otlp_config':
    'Loki would make 17 labels of an OTLP resource; retention and queries need these (traps T6, T25).',
  'ingester.chunk_target_size': 'TR-009. Bytes after compression, an integer: "1.5MB" is refused (trap T19).',
};
