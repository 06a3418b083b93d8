/** Keys of older Loki versions, with what to do instead. A file that still has them does not start on 3.7. */
export const removedKeys: Readonly<Record<string, string>> = {
  'ingester.max_transfer_retries': 'removed in 3.0: the WAL took its place, delete the line',
  'compactor.shared_store':
    'removed in 3.0: set compactor.delete_request_store (object_store of the period names the store)',
  'compactor.shared_store_key_prefix': 'removed in 3.0: set compactor.delete_request_store_key_prefix',
  'compactor.deletion_mode': 'moved in 3.0 to limits_config.deletion_mode',
  'storage_config.boltdb_shipper.shared_store': 'removed in 3.0: object_store of the schema period names the store',
  'storage_config.tsdb_shipper.shared_store': 'removed in 3.0: object_store of the schema period names the store',
  'storage_config.tsdb_shipper.enable_postings_cache': 'removed in 3.0, delete the line',
  'chunk_store_config.max_look_back_period': 'removed in 3.0: use limits_config.max_query_lookback',
  'querier.query_timeout': 'moved in 3.0 to limits_config.query_timeout',
  'querier.engine.timeout': 'moved in 3.0 to limits_config.query_timeout',
  'query_range.split_queries_by_interval': 'moved in 3.0 to limits_config.split_queries_by_interval',
  'query_range.forward_headers_list': 'removed in 3.0, delete the line',
  'frontend_worker.parallelism': 'removed in 3.0: use querier.max_concurrent',
  'frontend_worker.match_max_concurrent': 'removed in 3.0: use querier.max_concurrent',
  'limits_config.enforce_metric_name': 'removed in 3.0, delete the line',
  'limits_config.ruler_evaluation_delay_duration': 'removed in 3.0, delete the line',
  bloom_compactor: 'replaced in 3.2 by bloom_build',
  'pattern_ingester.metric_aggregation.enabled': 'moved in 3.3 to limits_config.metric_aggregation_enabled',
  'pattern_ingester.metric_aggregation.downsample_period': 'renamed in 3.6 to sample_period',
};
