/**
 * Metrics of Loki 3.6 and 3.7, its canary and Alloy 1.18 that dashboards and alerts may ask for. A name that nobody exposes is an empty
 * panel or an alert that never fires, and nothing says so. Histograms are named once; `_bucket`, `_sum` and `_count` follow.
 */
const histograms = [
  'loki_request_duration_seconds',
  'loki_request_message_bytes',
  'loki_response_message_bytes',
  'loki_bytes_per_line',
  'loki_ingester_chunk_size_bytes',
  'loki_ingester_chunk_age_seconds',
  'loki_ingester_chunk_utilization',
  'loki_ingester_chunk_entries',
  'loki_ingester_chunk_bounds_hours',
  'loki_ingester_chunk_compression_ratio',
  'loki_ingester_chunk_encode_time_seconds',
  'loki_chunk_store_index_entries_per_chunk',
  'loki_index_request_duration_seconds',
  'loki_objstore_bucket_operation_duration_seconds',
  'loki_s3_request_duration_seconds',
  'loki_cache_request_duration_seconds',
  'loki_cache_value_size_bytes',
  'loki_boltdb_shipper_retention_sweeper_chunk_deleted_duration_seconds',
  'loki_boltdb_shipper_retention_marker_table_processed_duration_seconds',
  'logql_query_duration_seconds',
  'loki_logql_querystats_bytes_processed_per_seconds',
  'loki_logql_querystats_latency_seconds',
  'loki_logql_querystats_chunk_download_latency_seconds',
  'loki_query_frontend_queue_duration_seconds',
  'loki_query_frontend_retries',
  'loki_query_scheduler_queue_duration_seconds',
  'loki_prometheus_rule_evaluation_duration_seconds',
  'loki_canary_response_latency_seconds',
  'loki_write_request_duration_seconds',
] as const;

const others = [
  'up',
  'loki_build_info',
  'loki_inflight_requests',
  'loki_panic_total',
  'loki_internal_log_messages_total',
  'loki_runtime_config_last_reload_successful',
  'loki_runtime_config_hash',
  'loki_ring_members',
  'loki_ring_tokens_total',
  // distributor
  'loki_distributor_bytes_received_total',
  'loki_distributor_structured_metadata_bytes_received_total',
  'loki_distributor_lines_received_total',
  'loki_distributor_ingester_appends_total',
  'loki_distributor_ingester_append_timeouts_total',
  'loki_distributor_replication_factor',
  'loki_distributor_inflight_bytes',
  'loki_distributor_lag_ms_total',
  'loki_stream_sharding_count',
  'loki_discarded_samples_total',
  'loki_discarded_bytes_total',
  'loki_mutated_samples_total',
  'loki_mutated_bytes_total',
  // ingester
  'loki_ingester_memory_streams',
  'loki_ingester_memory_streams_labels_bytes',
  'loki_ingester_memory_chunks',
  'loki_ingester_streams_created_total',
  'loki_ingester_streams_removed_total',
  'loki_ingester_chunks_flushed_total',
  'loki_ingester_chunks_flush_requests_total',
  'loki_ingester_chunks_flush_failures_total',
  'loki_ingester_chunks_created_total',
  'loki_ingester_chunks_stored_total',
  'loki_ingester_chunk_stored_bytes_total',
  'loki_ingester_flush_queue_length',
  'loki_ingester_limiter_enabled',
  'loki_ingester_shutdown_marker',
  'loki_ingester_wal_records_logged_total',
  'loki_ingester_wal_logged_bytes_total',
  'loki_ingester_wal_corruptions_total',
  'loki_ingester_wal_disk_full_failures_total',
  'loki_ingester_wal_disk_usage_percent',
  'loki_ingester_wal_replay_active',
  'loki_ingester_wal_bytes_in_use',
  // storage
  'loki_chunk_store_stored_chunks_total',
  'loki_chunk_store_stored_chunk_bytes_total',
  'loki_chunk_store_fetched_chunks_total',
  'loki_chunk_store_decode_failures_total',
  'loki_tsdb_build_index_attempts_total',
  'loki_tsdb_build_index_last_successful_timestamp_seconds',
  'loki_objstore_bucket_operations_total',
  'loki_objstore_bucket_operation_failures_total',
  'loki_objstore_bucket_operation_fetched_bytes_total',
  'loki_objstore_bucket_last_successful_upload_time',
  // caches: counters without _total
  'loki_cache_fetched_keys',
  'loki_cache_hits',
  'loki_embeddedcache_added_new_total',
  'loki_embeddedcache_evicted_total',
  'loki_embeddedcache_entries',
  'loki_embeddedcache_memory_bytes',
  // compactor: names of the boltdb days
  'loki_boltdb_shipper_compact_tables_operation_total',
  'loki_boltdb_shipper_compact_tables_operation_duration_seconds',
  'loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds',
  'loki_boltdb_shipper_compactor_running',
  'loki_boltdb_shipper_retention_sweeper_marker_files_current',
  'loki_boltdb_shipper_retention_sweeper_marker_file_processing_current_time',
  'loki_boltdb_shipper_retention_sweeper_marker_files_deleted_total',
  'loki_compactor_apply_retention_operation_total',
  'loki_compactor_apply_retention_operation_duration_seconds',
  'loki_compactor_apply_retention_last_successful_run_timestamp_seconds',
  'loki_compactor_pending_delete_requests_count',
  'loki_compactor_oldest_pending_delete_request_age_seconds',
  'loki_compactor_delete_requests_received_total',
  'loki_compactor_deleted_lines',
  // queries
  'loki_query_frontend_queries_in_progress',
  'loki_query_frontend_connected_clients',
  'loki_query_scheduler_queue_length',
  'loki_query_scheduler_discarded_requests_total',
  'loki_query_scheduler_inflight_requests',
  'loki_query_scheduler_connected_querier_clients',
  'loki_query_scheduler_running',
  'loki_querier_tail_active',
  // ruler
  'loki_ruler_config_last_reload_successful',
  'loki_ruler_queries_total',
  'loki_ruler_queries_failed_total',
  'loki_prometheus_rule_evaluations_total',
  'loki_prometheus_rule_evaluation_failures_total',
  'loki_prometheus_rule_group_rules',
  'loki_prometheus_rule_group_iterations_total',
  'loki_prometheus_rule_group_iterations_missed_total',
  'loki_prometheus_rule_group_last_duration_seconds',
  'loki_prometheus_rule_group_last_evaluation_timestamp_seconds',
  'loki_prometheus_notifications_errors_total',
  'loki_prometheus_notifications_sent_total',
  'loki_prometheus_notifications_dropped_total',
  'loki_prometheus_notifications_queue_length',
  'loki_prometheus_notifications_alertmanagers_discovered',
  'loki_ruler_wal_appender_ready',
  'loki_ruler_wal_samples_appended_total',
  'loki_ruler_wal_disk_size',
  'loki_ruler_wal_prometheus_remote_storage_highest_timestamp_in_seconds',
  'loki_ruler_wal_prometheus_remote_storage_queue_highest_sent_timestamp_seconds',
  'loki_ruler_wal_prometheus_remote_storage_samples_pending',
  'loki_ruler_wal_prometheus_remote_storage_samples_failed_total',
  'loki_ruler_wal_prometheus_remote_storage_samples_total',
  // canary
  'loki_canary_entries_total',
  'loki_canary_missing_entries_total',
  'loki_canary_spot_check_missing_entries_total',
  'loki_canary_unexpected_entries_total',
  'loki_canary_duplicate_entries_total',
  'loki_canary_out_of_order_entries_total',
  'loki_canary_websocket_missing_entries_total',
  'loki_canary_ws_reconnects_total',
  // Alloy
  'alloy_config_last_load_successful',
  'alloy_config_hash',
  'alloy_component_controller_running_components',
  'alloy_build_info',
  'loki_source_file_read_bytes_total',
  'loki_source_file_file_bytes_total',
  'loki_source_file_read_lines_total',
  'loki_source_file_files_active_total',
  'loki_process_dropped_lines_total',
  'loki_process_truncated_fields_total',
  'loki_write_sent_bytes_total',
  'loki_write_sent_entries_total',
  'loki_write_dropped_bytes_total',
  'loki_write_dropped_entries_total',
  'loki_write_batch_retries_total',
] as const;

const known: ReadonlySet<string> = new Set([
  ...others,
  ...histograms.flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
]);

/** Does one of the platform's programs expose it? Series of the process and the Go runtime are taken as they come. */
export const isKnownMetric = (name: string): boolean =>
  known.has(name) || /^(go|process|kube|container|node)_/.test(name);

const notMetrics = new Set(
  'sum min max avg count topk bottomk stddev stdvar quantile group count_values by without on ignoring group_left group_right and or unless bool offset le inf nan'.split(
    ' ',
  ),
);

/** Names of metrics in a PromQL expression: what stands where a selector begins. Functions, labels and texts are not. */
export function metricsOf(promql: string): readonly string[] {
  const bare = promql
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '')
    .replaceAll(/#.*/g, '')
    .replaceAll(/\{[^}]*\}/g, '{}')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, '');
  const names = [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\()(?![a-zA-Z0-9_:])/g)]
    .filter(({ index }) => !/[0-9.$]/.test(bare[index - 1] ?? ''))
    .map(([name]) => name);
  return [...new Set(names)].filter((name) => !notMetrics.has(name.toLowerCase()));
}
