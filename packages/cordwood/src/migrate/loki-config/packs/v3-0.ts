import type { ReportChange, RulePack, SpecialChange } from '../../settings-file/rule-pack.ts';
import type { Subtree } from '../../settings-file/subtree.ts';

const storeOfPeriod = 'the object_store of each schema period names the store';

export const v30: RulePack = {
  version: [3, 0],
  removed: {
    'ingester.max_transfer_retries': 'the write-ahead log took its place',
    'storage_config.boltdb_shipper.shared_store': storeOfPeriod,
    'storage_config.tsdb_shipper.shared_store': storeOfPeriod,
    'storage_config.boltdb_shipper.use_boltdb_shipper_as_backup': 'there is no such mode any more',
    'storage_config.tsdb_shipper.use_boltdb_shipper_as_backup': 'there is no such mode any more',
    'storage_config.tsdb_shipper.enable_postings_cache': 'it had no effect',
    'query_range.forward_headers_list': 'headers are not forwarded any more',
    'frontend_worker.parallelism': 'querier.max_concurrent says how many queries run at once',
    'frontend_worker.match_max_concurrent': 'it is always so',
    'limits_config.enforce_metric_name': 'it had no effect',
    'limits_config.ruler_evaluation_delay_duration': 'rules are evaluated without delay',
  },
  moved: {
    'compactor.shared_store_key_prefix': {
      to: 'compactor.delete_request_store_key_prefix',
      why: 'the compactor keeps only delete requests there',
    },
    'compactor.deletion_mode': { to: 'limits_config.deletion_mode', why: 'it is a limit of a tenant' },
    'chunk_store_config.max_look_back_period': {
      to: 'limits_config.max_query_lookback',
      why: 'it is a limit of a tenant',
    },
    'querier.query_timeout': { to: 'limits_config.query_timeout', why: 'it is a limit of a tenant' },
    'querier.engine.timeout': { to: 'limits_config.query_timeout', why: 'there is one timeout for queries' },
    'query_range.split_queries_by_interval': {
      to: 'limits_config.split_queries_by_interval',
      why: 'it is a limit of a tenant',
    },
    'query_range.required_query_response_format': { to: 'frontend.encoding', why: 'renamed' },
  },
  defaults: [
    {
      key: 'limits_config.max_line_size',
      before: 0,
      after: '256KB',
      effect: 'longer lines are refused (or cut with max_line_size_truncate: true); before there was no limit',
    },
    {
      key: 'limits_config.max_label_names_per_series',
      before: 30,
      after: 15,
      effect: 'streams with more labels are refused',
    },
    {
      key: 'limits_config.max_cache_freshness_per_query',
      before: '1m',
      after: '10m',
      effect: 'results of the last ten minutes are not cached',
    },
    {
      key: 'limits_config.max_stats_cache_freshness',
      before: '0s',
      after: '10m',
      effect: 'statistics of the last ten minutes are not cached',
    },
    {
      key: 'limits_config.max_querier_bytes_read',
      before: '0B',
      after: '150GB',
      effect: 'a query that would read more in one querier is refused',
    },
    {
      key: 'limits_config.split_queries_by_interval',
      before: '30m',
      after: '1h',
      effect: 'queries are cut into half as many parts',
    },
    {
      key: 'limits_config.tsdb_max_query_parallelism',
      before: 512,
      after: 128,
      effect: 'fewer parts of one query run at once',
    },
    { key: 'querier.max_concurrent', before: 10, after: 4, effect: 'fewer queries run at once in a querier' },
    {
      key: 'query_scheduler.max_outstanding_requests_per_tenant',
      before: 100,
      after: 32_000,
      effect: 'queries wait instead of being refused with 429',
    },
    {
      key: 'query_range.cache_index_stats_results',
      before: false,
      after: true,
      effect: 'answers about index statistics are cached',
    },
    { key: 'frontend.compress_responses', before: false, after: true, effect: 'large answers are compressed' },
    {
      key: 'compactor.delete_max_interval',
      before: '0s',
      after: '24h',
      effect: 'delete requests are worked off in parts of a day',
    },
    {
      key: 'ingester.sync_period',
      before: '0s',
      after: '1h',
      effect: 'replicas cut chunks at the same time, so that equal ones are stored once',
    },
    { key: 'ingester.sync_min_utilization', before: 0, after: 0.1, effect: 'see ingester.sync_period' },
    {
      key: 'limits_config.allow_structured_metadata',
      before: false,
      after: true,
      effect: 'Loki does not start unless the schema is v13 with tsdb',
      cannotKeep: true,
    },
    {
      key: 'limits_config.discover_service_name',
      before: '[]',
      after: '[service, app, …]',
      effect: 'streams get a label service_name: one more label, and all streams are new',
      cannotKeep: true,
    },
    {
      key: 'limits_config.discover_log_levels',
      before: false,
      after: true,
      effect: 'lines get the metadata detected_level (with structured metadata on)',
    },
    {
      key: 'limits_config.shard_streams.enabled',
      before: false,
      after: true,
      effect: 'streams above the desired rate are cut into several',
    },
    {
      key: 'chunk_store_config.chunk_cache_config.memcached.batch_size',
      before: 1024,
      after: 4,
      effect: 'fewer keys in one request to memcached',
      when: 'chunk_store_config.chunk_cache_config.memcached_client',
    },
    {
      key: 'chunk_store_config.chunk_cache_config.memcached.parallelism',
      before: 100,
      after: 5,
      effect: 'fewer requests to memcached at once',
      when: 'chunk_store_config.chunk_cache_config.memcached_client',
    },
  ],
  behaviour: [
    'metrics that began with cortex_ begin with loki_: see the names in dashboards and alerts',
    'POST /ingester/flush_shutdown is gone: POST /ingester/shutdown?flush=true',
  ],
  special: [deleteRequestStore(), sharedStorePrefix(), sse(), fifocache()],
};

/** With retention on, the compactor must be told where delete requests are kept. */
function deleteRequestStore(): SpecialChange {
  return {
    name: 'compactor.delete_request_store',
    apply(file, report) {
      const [shared] = file.find('compactor.shared_store');
      const enabled = file.get(['compactor', 'retention_enabled']) === true;
      const target = ['compactor', 'delete_request_store'];
      const before = shared === undefined ? undefined : file.text(shared);
      const store = before ?? storeOfLastPeriod(file);
      if (shared !== undefined) file.remove(shared);
      const needed = enabled && !file.has(target) && store !== undefined;
      if (needed) file.set(target, store);
      if (shared === undefined && !needed) return;
      report({
        severity: 'change',
        key: shared === undefined ? 'compactor.delete_request_store' : 'compactor.shared_store',
        before,
        after: needed ? `compactor.delete_request_store: ${store}` : undefined,
        why: 'the compactor works on every store of the schema; with retention it needs delete_request_store',
      });
    },
  };
}

function storeOfLastPeriod(file: Subtree): string | undefined {
  const periods = file.find('schema_config.configs[*].object_store');
  const last = periods.at(-1);
  return last === undefined ? undefined : file.text(last);
}

/** A key prefix of a shipper belongs to the periods that used that shipper. */
function sharedStorePrefix(): SpecialChange {
  const stores = { boltdb_shipper: 'boltdb-shipper', tsdb_shipper: 'tsdb' } as const;
  return {
    name: 'shared_store_key_prefix',
    apply(file, report) {
      for (const [shipper, store] of Object.entries(stores)) {
        const [path] = file.find(`storage_config.${shipper}.shared_store_key_prefix`);
        if (path === undefined) continue;
        const prefix = file.text(path);
        file.remove(path);
        for (const own of file.find('schema_config.configs[*].store')) {
          const target = [...own.slice(0, -1), 'index', 'path_prefix'];
          if (prefix !== 'index/' && file.get(own) === store && !file.has(target)) file.set(target, prefix);
        }
        report({
          severity: 'change',
          key: `storage_config.${shipper}.shared_store_key_prefix`,
          before: prefix,
          after: prefix === 'index/' ? undefined : `index.path_prefix of the ${store} periods: ${prefix}`,
          why: 'the place of the index is a property of the period',
        });
      }
    },
  };
}

/** `sse_encryption: true` was encryption by keys of S3. */
function sse(): SpecialChange {
  return {
    name: 'sse_encryption',
    apply(file, report) {
      const found = ['storage_config.aws', 'storage_config.s3', 'common.storage.s3', 'ruler.storage.s3'].flatMap(
        (parent) => file.find(`${parent}.sse_encryption`),
      );
      for (const path of found) {
        const on = file.get(path) === true;
        const target = [...path.slice(0, -1), 'sse', 'type'];
        file.remove(path);
        if (on && !file.has(target)) file.set(target, 'SSE-S3');
        const after = on ? 'sse: {type: SSE-S3}' : undefined;
        report({
          severity: 'change',
          key: path.join('.'),
          before: String(on),
          after,
          why: 'renamed, with a choice of keys',
        });
      }
    },
  };
}

/** Where caches are configured. */
const caches = [
  'chunk_store_config.chunk_cache_config',
  'chunk_store_config.write_dedupe_cache_config',
  'storage_config.index_queries_cache_config',
  'query_range.results_cache.cache',
  'query_range.index_stats_results_cache.cache',
  'query_range.volume_results_cache.cache',
];

/** The old cache in memory is `embedded_cache`; writing back in the background has its own block. */
function fifocache(): SpecialChange {
  return {
    name: 'fifocache',
    apply(file, report) {
      for (const cache of caches.flatMap((pattern) => file.find(pattern))) {
        convertFifocache(file, cache.map(String), report);
        moveBackground(file, cache.map(String), report);
      }
    },
  };
}

function convertFifocache(file: Subtree, cache: readonly string[], report: ReportChange): void {
  const enable = [...cache, 'enable_fifocache'];
  const old = [...cache, 'fifocache'];
  if (!file.has(enable) && !file.has(old)) return;
  const on = file.get(enable) === true || file.has(old);
  const settings = (file.get(old) ?? {}) as Readonly<Record<string, unknown>>;
  file.remove(old);
  file.remove(enable);
  const target = [...cache, 'embedded_cache'];
  if (on && !file.has(target)) {
    const sizeMb = megabytes(settings['max_size_bytes'] ?? settings['size']);
    const ttl = settings['ttl'] ?? settings['validity'];
    const items = settings['max_size_items'];
    file.set(target, {
      enabled: true,
      ...(sizeMb === undefined ? {} : { max_size_mb: sizeMb }),
      ...(typeof items === 'number' && items > 0 ? { max_size_items: items } : {}),
      ...(typeof ttl === 'string' && ttl !== '0s' ? { ttl } : {}),
    });
  }
  report({
    severity: 'change',
    key: `${cache.join('.')}.fifocache`,
    before: JSON.stringify(settings),
    after: on ? `embedded_cache: ${JSON.stringify(file.get(target))}` : undefined,
    why: 'the cache in memory was replaced',
  });
}

function megabytes(size: unknown): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]?)i?B?$/i.exec(String(size ?? '')) ?? [];
  if (digits === undefined || Number(digits) === 0) return undefined;
  const factor = { '': 1 / 2 ** 20, K: 1 / 1024, M: 1, G: 1024 }[unit!.toUpperCase()]!;
  return Math.max(1, Math.round(Number(digits) * factor));
}

const backgroundKeys = {
  async_cache_write_back_concurrency: 'writeback_goroutines',
  async_cache_write_back_buffer_size: 'writeback_buffer',
} as const;

function moveBackground(file: Subtree, cache: readonly string[], report: ReportChange): void {
  for (const [from, to] of Object.entries(backgroundKeys)) {
    const path = [...cache, from];
    if (!file.has(path)) continue;
    const before = file.text(path);
    const target = [...cache, 'background', to];
    if (file.has(target)) file.remove(path);
    else file.move(path, target);
    report({
      severity: 'change',
      key: path.join('.'),
      before,
      after: `${target.join('.')}: ${before}`,
      why: 'writing back has a block of its own',
    });
  }
}
