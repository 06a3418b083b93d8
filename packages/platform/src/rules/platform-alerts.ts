import type { Platform } from '../platform.ts';
import type { PlatformAlert, PlatformRuleGroup } from '../platform-definition.ts';

/**
 * Alerts about Loki and Alloy themselves, in PromQL. Every one is about lines that get lost, cannot be found, or alerts that do
 * not come. LogQL has no place here and these have none in Loki's ruler: who watches the ruler must not be the ruler (trap T39).
 */
export function platformRuleGroups(platform: Platform): readonly PlatformRuleGroup[] {
  return [
    requests(platform),
    ingestion(platform),
    storage(platform),
    rulesAndAlerts(platform),
    collection(platform),
    ...platform.platformRules,
  ];
}

const team = 'platform';

function alert(
  name: string,
  severity: PlatformAlert['severity'],
  forTime: PlatformAlert['for'] | undefined,
  expr: string,
  summary: string,
  runbook: string,
): PlatformAlert {
  return { alert: name, expr, ...(forTime ? { for: forTime } : {}), severity, team, summary, runbook };
}

/** Two alerts of one name must differ in their labels. */
const withTenant = (one: PlatformAlert, tenant: string): PlatformAlert => ({ ...one, labels: { tenant } });

/** Series of Loki's own pods. */
const loki = ({ names }: Platform, more = ''): string =>
  `{namespace="${names.lokiNamespace}"${more === '' ? '' : `, ${more}`}}`;
const alloy = ({ names }: Platform, more = ''): string =>
  `{namespace="${names.alloyNamespace}"${more === '' ? '' : `, ${more}`}}`;

function requests(platform: Platform): PlatformRuleGroup {
  return {
    name: 'loki-requests',
    rules: [
      alert(
        'LokiRequestErrors',
        'critical',
        '15m',
        `100 * sum by (job, route) (rate(loki_request_duration_seconds_count${loki(platform, 'status_code=~"5.."')}[2m]))
  / sum by (job, route) (rate(loki_request_duration_seconds_count${loki(platform)}[2m])) > 10
`,
        '{{ $labels.job }} {{ $labels.route }}: {{ printf "%.1f" $value }} % of the requests fail',
        'Look at the logs of the component named in job; then at object store and ring (dashboard Loki operations).',
      ),
      alert(
        'LokiRequestPanics',
        'critical',
        undefined,
        `sum by (job) (increase(loki_panic_total${loki(platform)}[10m])) > 0
`,
        '{{ $labels.job }} panicked {{ printf "%.0f" $value }} times',
        'The stack is in its log. A query that panics is repeated by dashboards: find it by its hash and stop it.',
      ),
      alert(
        'LokiRequestLatency',
        'critical',
        '15m',
        `histogram_quantile(0.99, sum by (le, job, route) (rate(loki_request_duration_seconds_bucket${loki(platform, 'route!~"(?i).*tail.*|/schedulerpb.SchedulerForQuerier/QuerierLoop|loki_api_v1_query|loki_api_v1_query_range"')}[5m]))) > 1
`,
        '{{ $labels.job }} {{ $labels.route }}: p99 is {{ printf "%.2f" $value }} s',
        'Writes that are slow: WAL disk and object store. Reads: see the dashboard, split by component.',
      ),
      alert(
        'LokiQueryLatency',
        'warning',
        '15m',
        `histogram_quantile(0.99, sum by (le) (rate(loki_request_duration_seconds_bucket${loki(platform, 'route=~"loki_api_v1_query|loki_api_v1_query_range"')}[5m]))) > 5
`,
        'The p99 of queries is {{ printf "%.1f" $value }} s; five are promised (criterion 11)',
        'Which queries: metrics.go lines in the logs of the readers. Add readers, or make selectors narrower.',
      ),
    ],
  };
}

function ingestion(platform: Platform): PlatformRuleGroup {
  const shares = platform.tenants.map(({ id, limits }) =>
    alert(
      'LokiTenantNearRateLimit',
      'warning',
      '10m',
      `sum(rate(loki_distributor_bytes_received_total${loki(platform, `tenant="${id}"`)}[5m])) / ${limits.ingestionRateMb * 1_048_576} > 0.8
`,
      `${id} uses {{ $value | humanizePercentage }} of its ${limits.ingestionRateMb} MiB/s`,
      'Above the limit Loki answers 429 and Alloy waits: lines get late. Find the loudest service, or raise the limit in platform.ts.',
    ),
  );
  const streams = platform.tenants.map(({ id, limits }) =>
    alert(
      'LokiTenantNearStreamLimit',
      'warning',
      '15m',
      `max(sum by (pod) (loki_ingester_memory_streams${loki(platform, `tenant="${id}"`)})) / ${limits.maxStreams} > 0.8
`,
      `${id} has {{ $value | humanizePercentage }} of its ${limits.maxStreams} streams`,
      'A label with too many values: cordwood query, or /loki/api/v1/series, shows which. Make it structured metadata.',
    ),
  );
  return {
    name: 'loki-ingestion',
    rules: [
      alert(
        'LogIngestionFailures',
        'critical',
        '5m',
        `sum by (tenant, reason) (rate(loki_discarded_samples_total${loki(platform)}[5m])) > 0
`,
        '{{ $labels.tenant }}: {{ printf "%.1f" $value }} lines a second are discarded, {{ $labels.reason }}',
        'rate_limited and stream_limit: the tenant is over its limits. greater_than_max_sample_age: a node delivers late. Others: the message in the distributor log.',
      ),
      alert(
        'LogPushErrors',
        'critical',
        '5m',
        `sum(rate(loki_request_duration_seconds_count${loki(platform, 'route=~"loki_api_v1_push|otlp_v1_logs|api_prom_push", status_code=~"5.."')}[5m])) > 0
`,
        'Pushes fail with 5xx: {{ printf "%.2f" $value }} a second',
        'Writers up? At least two must be in the ring. Alloy keeps trying, nothing is lost while its disk has room.',
      ),
      ...platform.tenants.flatMap(({ id }, i) => [withTenant(shares[i]!, id), withTenant(streams[i]!, id)]),
      alert(
        'LokiWalDiskFull',
        'critical',
        undefined,
        `sum by (pod) (increase(loki_ingester_wal_disk_full_failures_total${loki(platform)}[5m])) > 0
`,
        '{{ $labels.pod }}: the WAL disk is full, what it accepts would not survive a crash',
        'Grow volumes.write in platform.ts. Until then: are flushes failing (LokiFlushFailures)?',
      ),
    ],
  };
}

function storage(platform: Platform): PlatformRuleGroup {
  return {
    name: 'loki-storage',
    rules: [
      alert(
        'LokiFlushFailures',
        'critical',
        '10m',
        `sum by (pod) (rate(loki_ingester_chunks_flush_failures_total${loki(platform)}[5m])) > 0
`,
        '{{ $labels.pod }} cannot write chunks to the object store',
        'AccessDenied: IRSA role, bucket policy or KMS key. Timeouts: the S3 endpoint. Chunks stay in memory and WAL meanwhile.',
      ),
      alert(
        'LokiObjectStoreErrors',
        'warning',
        '15m',
        `sum by (operation) (rate(loki_objstore_bucket_operation_failures_total${loki(platform)}[5m]))
  / sum by (operation) (rate(loki_objstore_bucket_operations_total${loki(platform)}[5m])) > 0.01
`,
        '{{ $labels.operation }}: {{ $value | humanizePercentage }} of the operations on the object store fail',
        'Look for InvalidObjectState (an object was archived), SlowDown (too many requests) and AccessDenied in the logs.',
      ),
      alert(
        'LokiTooManyCompactorsRunning',
        'warning',
        '5m',
        `sum(loki_boltdb_shipper_compactor_running${loki(platform)}) > 1
`,
        '{{ printf "%.0f" $value }} compactors run; two of them delete from one index',
        'Only one may. Is the ring split (memberlist cluster label)?',
      ),
      alert(
        'LokiCompactorHasNotSuccessfullyRunCompaction',
        'critical',
        '1h',
        `min(time() - (loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds${loki(platform)} > 0)) > 3 * 3600
`,
        'No compaction for {{ $value | humanizeDuration }}',
        'Its log says why. Queries get slower, and nothing is deleted.',
      ),
      alert(
        'LokiRetentionNotApplied',
        'critical',
        '1h',
        `min(time() - (loki_compactor_apply_retention_last_successful_run_timestamp_seconds${loki(platform)} > 0)) > 24 * 3600
`,
        'Retention was last applied {{ $value | humanizeDuration }} ago: what should be gone is still there',
        'Look at the compactor log. Personal data past its period is an incident for the data protection officer.',
      ),
      alert(
        'LokiCanaryMissingEntries',
        'critical',
        '10m',
        `sum(increase(loki_canary_missing_entries_total${loki(platform)}[10m])) > 0
`,
        'The canary wrote {{ printf "%.0f" $value }} lines that cannot be found',
        'Lines are accepted and not returned: ingesters out of the ring, or a cut between gateway and readers.',
      ),
      alert(
        'LokiRuntimeConfigNotLoaded',
        'critical',
        '5m',
        `min by (pod) (loki_runtime_config_last_reload_successful${loki(platform)}) == 0
`,
        '{{ $labels.pod }} goes on with old overrides: the new file is broken',
        'cordwood render --check, then compare the ConfigMap. A restart of the pod would fail now.',
      ),
    ],
  };
}

function rulesAndAlerts(platform: Platform): PlatformRuleGroup {
  return {
    name: 'loki-rules',
    rules: [
      alert(
        'LokiRuleEvaluationFailures',
        'critical',
        '5m',
        `sum by (rule_group) (rate(loki_prometheus_rule_evaluation_failures_total${loki(platform)}[5m])) > 0
`,
        'Rules of {{ $labels.rule_group }} cannot be evaluated: their alerts do not come',
        'The ruler log has the error. An audit gap would go unnoticed.',
      ),
      alert(
        'LokiRuleIterationsMissed',
        'warning',
        '15m',
        `sum by (rule_group) (increase(loki_prometheus_rule_group_iterations_missed_total${loki(platform)}[10m])) > 0
`,
        '{{ $labels.rule_group }} is too slow for its interval',
        'Longer interval, narrower selectors, or more readers.',
      ),
      alert(
        'LokiNotificationsDropped',
        'critical',
        '5m',
        `sum(rate(loki_prometheus_notifications_dropped_total${loki(platform)}[5m])) > 0
`,
        'Alerts of the ruler do not reach Alertmanager',
        'Is Alertmanager up, and does the NetworkPolicy let backend reach it (cordwood explain network)?',
      ),
      alert(
        'LokiRulerRemoteWriteFailing',
        'warning',
        '15m',
        `sum(rate(loki_ruler_wal_prometheus_remote_storage_samples_failed_total${loki(platform)}[5m])) > 0
`,
        'Recorded series do not reach Prometheus',
        'Prometheus needs --web.enable-remote-write-receiver.',
      ),
    ],
  };
}

function collection(platform: Platform): PlatformRuleGroup {
  return {
    name: 'alloy',
    rules: [
      alert(
        'AlloyDropsLines',
        'critical',
        '5m',
        `sum by (instance, reason) (rate(loki_write_dropped_entries_total${alloy(platform)}[5m])) > 0
`,
        '{{ $labels.instance }} drops lines: {{ $labels.reason }}',
        'line_too_long, rate_limited … These are lost: write down the time and the services of the node for the audit.',
      ),
      alert(
        'AlloyCannotPush',
        'critical',
        '10m',
        `sum by (instance) (rate(loki_write_batch_retries_total${alloy(platform)}[5m])) > 0
`,
        '{{ $labels.instance }} repeats pushes: lines are late',
        'Nothing is lost while the node keeps its files: rotation is the limit. Gateway up? Credentials valid?',
      ),
      alert(
        'AlloyDown',
        'critical',
        '5m',
        `up${alloy(platform)} == 0
`,
        '{{ $labels.instance }}: no collection on this node',
        'kubectl describe the pod. After its return it goes on where it stopped.',
      ),
      {
        alert: 'Watchdog',
        expr: 'vector(1)\n',
        severity: 'info',
        team,
        summary: 'Always fires: proof that Prometheus and Alertmanager are alive',
        runbook: "Route it to a dead man's switch; its silence is the alert.",
      },
    ],
  };
}
