/** Promtail's own metrics and what shows the same of Alloy. Data only. */
export const renamedMetrics: Readonly<Record<string, string>> = {
  promtail_read_bytes_total: 'loki_source_file_read_bytes_total',
  promtail_read_lines_total: 'loki_source_file_read_lines_total',
  promtail_file_bytes_total: 'loki_source_file_file_bytes_total',
  promtail_files_active_total: 'loki_source_file_files_active_total',
  promtail_sent_bytes_total: 'loki_write_sent_bytes_total',
  promtail_sent_entries_total: 'loki_write_sent_entries_total',
  promtail_dropped_bytes_total: 'loki_write_dropped_bytes_total',
  promtail_dropped_entries_total: 'loki_write_dropped_entries_total',
  promtail_batch_retries_total: 'loki_write_batch_retries_total',
  promtail_request_duration_seconds: 'loki_write_request_duration_seconds',
  promtail_journal_target_lines_total: 'loki_source_journal_target_lines_total',
  promtail_journal_target_parsing_errors_total: 'loki_source_journal_target_parsing_errors_total',
  promtail_syslog_target_entries_total: 'loki_source_syslog_entries_total',
  promtail_syslog_target_parsing_errors_total: 'loki_source_syslog_parsing_errors_total',
  promtail_syslog_empty_messages_total: 'loki_source_syslog_empty_messages_total',
  promtail_config_last_reload_successful: 'alloy_config_last_load_successful',
  promtail_build_info: 'alloy_build_info',
  logentry_dropped_lines_total: 'loki_process_dropped_lines_total',
  logentry_dropped_lines_by_label_total: 'loki_process_dropped_lines_by_label_total',
};

/** What to do about metrics that Alloy does not have. */
export const lostMetrics: Readonly<Record<string, string>> = {
  promtail_encoded_bytes_total: 'loki_write_sent_bytes_total counts the same bytes once they were sent',
  promtail_stream_lag_seconds: 'loki_write_entry_propagation_latency_seconds shows how long entries are under way',
  promtail_targets_active_total:
    'loki_source_file_files_active_total counts files; targets of other sources are not counted',
  promtail_targets_failed_total:
    'alloy_component_controller_running_components{health_type="unhealthy"} shows components in trouble',
  promtail_log_entries_bytes:
    'sizes of entries are not observed; rate(bytes)/rate(lines) of loki_source_file is their mean',
  promtail_config_reload_fail_total: 'alloy_config_last_load_successful == 0 tells that the last load failed',
  promtail_config_reload_success_total: 'alloy_config_last_load_success_timestamp_seconds tells when it last worked',
  promtail_mutated_entries_total: 'loki_process_truncated_fields_total counts what stage.truncate cut',
  promtail_mutated_bytes_total: 'loki_process_truncated_fields_total counts what stage.truncate cut',
};

/** Metrics of pipelines keep their names: the conversion writes this prefix. */
export const keptPrefix = 'promtail_custom_';
