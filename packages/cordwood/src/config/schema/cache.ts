import { tlsClient } from './cluster.ts';
import { block, boolean, bytes, go, integer, secret, text } from './field.ts';

/** Loki's cache of results, chunks or index entries. Cordwood computes every answer and reads chunks through the page cache. */
export const cache = block('cache.Config', {
  default_validity: go('1h'),
  background: block('cache.BackgroundConfig', {
    writeback_goroutines: integer(1),
    writeback_buffer: integer(500_000),
    writeback_size_limit: bytes('500MB'),
  }),
  memcached: block('cache.MemcachedConfig', {
    expiration: go('0s'),
    batch_size: integer(4),
    parallelism: integer(5),
  }),
  memcached_client: block('cache.MemcachedClientConfig', {
    host: text(),
    service: text('memcached'),
    addresses: text(),
    timeout: go('100ms'),
    max_idle_conns: integer(16),
    max_item_size: integer(0),
    update_interval: go('1m'),
    consistent_hash: boolean(true),
    circuit_breaker_consecutive_failures: integer(10),
    circuit_breaker_timeout: go('10s'),
    circuit_breaker_interval: go('10s'),
    tls_enabled: boolean(false),
    ...tlsClient,
  }),
  redis: block('cache.RedisConfig', {
    endpoint: text(),
    master_name: text(),
    timeout: go('500ms'),
    expiration: go('0s'),
    db: integer(0),
    pool_size: integer(0),
    username: text(),
    password: secret(),
    tls_enabled: boolean(false),
    tls_insecure_skip_verify: boolean(false),
    idle_timeout: go('0s'),
    max_connection_age: go('0s'),
    route_randomly: boolean(false),
  }),
  embedded_cache: block('cache.EmbeddedCacheConfig', {
    enabled: boolean(false),
    max_size_mb: integer(100),
    max_size_items: integer(0),
    ttl: go('1h'),
  }),
});

export const resultsCache = block('resultscache.Config', { cache, compression: text() });

export const chunkStore = block('config.ChunkStoreConfig', {
  chunk_cache_config: cache,
  chunk_cache_config_l2: cache,
  write_dedupe_cache_config: cache,
  skip_query_writeback_cache_older_than: go('0s'),
  l2_chunk_cache_handoff: go('0s'),
  cache_lookups_older_than: go('0s'),
});
