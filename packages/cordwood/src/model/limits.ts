import type { Tenant } from './tenant.ts';

/**
 * What one tenant may do: the `limits_config` keys of Loki 3.7.6 in camelCase, without those that only tune a distributed Loki
 * (config/schema/limits.ts has all). Units come last: durations are `…Ms`, sizes are `…Bytes`, and `…Mb` is megabytes of
 * 1024 * 1024 bytes. 0 means "no limit" where Loki means it. Plain data, read-only.
 */
export interface Limits {
  // --- ingest ------------------------------------------------------------------------------------------------------------
  /** `local` and `global` are the same in one process. */
  readonly ingestionRateStrategy: 'local' | 'global';
  /** Refill of the tenant's token bucket, megabytes a second. */
  readonly ingestionRateMb: number;
  readonly ingestionBurstSizeMb: number;
  /** Lengths of names and values count UTF-8 bytes. */
  readonly maxLabelNameLength: number;
  readonly maxLabelValueLength: number;
  readonly maxLabelNamesPerSeries: number;
  readonly rejectOldSamples: boolean;
  readonly rejectOldSamplesMaxAgeMs: number;
  readonly creationGracePeriodMs: number;
  readonly maxLineSizeBytes: number;
  readonly maxLineSizeTruncate: boolean;
  /** Appended to a truncated line, inside maxLineSizeBytes. */
  readonly maxLineSizeTruncateIdentifier: string;
  readonly incrementDuplicateTimestamp: boolean;
  readonly maxStreamsPerUser: number;
  readonly maxGlobalStreamsPerUser: number;
  readonly perStreamRateLimitBytes: number;
  readonly perStreamRateLimitBurstBytes: number;
  readonly shardStreams: ShardStreams;
  readonly unorderedWrites: boolean;
  readonly allowStructuredMetadata: boolean;
  readonly maxStructuredMetadataSizeBytes: number;
  readonly maxStructuredMetadataEntriesCount: number;
  /** Labels that may give `service_name`, first hit wins; empty turns discovery off. */
  readonly discoverServiceName: readonly string[];
  readonly discoverLogLevels: boolean;
  readonly logLevelFields: readonly string[];
  readonly logLevelFromJsonMaxDepth: number;
  /** Metadata name -> fields of the line (or labels) it is taken from. */
  readonly discoverGenericFields: Readonly<Record<string, readonly string[]>>;
  readonly otlpConfig: OtlpConfig;
  readonly enforcedLabels: readonly string[];
  readonly policyEnforcedLabels: Readonly<Record<string, readonly string[]>>;
  /** Policy -> the streams it is for. */
  readonly policyStreamMapping: Readonly<Record<string, readonly PolicyStream[]>>;
  readonly policyOverrideLimits: Readonly<Record<string, PolicyLimits>>;
  /** Unix milliseconds; 0: ingestion is not blocked. */
  readonly blockIngestionUntilMs: number;
  /** Policy -> Unix milliseconds. */
  readonly blockIngestionPolicyUntilMs: Readonly<Record<string, number>>;
  /** 200 drops the entries and says that all went well. */
  readonly blockIngestionStatusCode: number;
  readonly simulatedPushLatencyMs: number;
  readonly metricAggregationEnabled: boolean;
  readonly patternPersistenceEnabled: boolean;
  readonly patternPersistenceGranularityMs: number;
  readonly patternRateThreshold: number;
  readonly patternIngesterTokenizableJsonFieldsDefault: readonly string[];
  readonly patternIngesterTokenizableJsonFieldsAppend: readonly string[];
  readonly patternIngesterTokenizableJsonFieldsDelete: readonly string[];

  // --- query -------------------------------------------------------------------------------------------------------------
  readonly maxQueryLengthMs: number;
  readonly maxQueryLookbackMs: number;
  readonly maxQueryRangeMs: number;
  readonly queryTimeoutMs: number;
  readonly maxEntriesLimitPerQuery: number;
  readonly maxQuerySeries: number;
  readonly maxQueryBytesReadBytes: number;
  readonly maxQuerierBytesReadBytes: number;
  readonly maxChunksPerQuery: number;
  readonly cardinalityLimit: number;
  readonly maxStreamsMatchersPerQuery: number;
  readonly requiredLabels: readonly string[];
  readonly minimumLabelsNumber: number;
  readonly maxQueryParallelism: number;
  readonly tsdbMaxQueryParallelism: number;
  readonly blockedQueries: readonly BlockedQuery[];
  readonly maxConcurrentTailRequests: number;
  readonly volumeEnabled: boolean;
  readonly volumeMaxSeries: number;
  /** 0 turns splitting off; while it is on, metric queries are evaluated at multiples of their step. */
  readonly splitQueriesByIntervalMs: number;
  readonly splitMetadataQueriesByIntervalMs: number;
  readonly splitRecentMetadataQueriesByIntervalMs: number;
  readonly recentMetadataQueryWindowMs: number;
  readonly splitInstantMetricQueriesByIntervalMs: number;
  readonly splitIngesterQueriesByIntervalMs: number;
  readonly maxCacheFreshnessPerQueryMs: number;
  readonly maxMetadataCacheFreshnessMs: number;
  readonly maxStatsCacheFreshnessMs: number;
  readonly enableMultiVariantQueries: boolean;
  /** Aggregations that may be sharded; `approx_topk` works only when it is in this list. */
  readonly shardAggregations: readonly string[];

  // --- retention, deletion, rules ----------------------------------------------------------------------------------------
  /** 0: kept for ever. Only used while `compactor.retention_enabled` is on. */
  readonly retentionPeriodMs: number;
  readonly retentionStream: readonly StreamRetention[];
  readonly deletionMode: 'disabled' | 'filter-only' | 'filter-and-delete';
  readonly rulerMaxRulesPerRuleGroup: number;
  readonly rulerMaxRuleGroupsPerTenant: number;
  /** The ruler's Alertmanager settings as written; undefined: the ruler's global ones. */
  readonly rulerAlertmanagerConfig: ConfigBlock | undefined;
  readonly rulerRemoteWriteDisabled: boolean;
  /** Client id -> Prometheus remote_write block as written. */
  readonly rulerRemoteWriteConfig: Readonly<Record<string, ConfigBlock>>;
}

/** A piece of YAML as plain data: what one room reads from the file and another understands. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[] | ConfigBlock;
export interface ConfigBlock {
  readonly [key: string]: ConfigValue;
}

export interface ShardStreams {
  readonly enabled: boolean;
  readonly timeShardingEnabled: boolean;
  readonly timeShardingIgnoreRecentMs: number;
  readonly loggingEnabled: boolean;
  /** Bytes a second above which a stream is split. */
  readonly desiredRateBytes: number;
}

/** What happens to an OTLP attribute. Exactly one of `attributes` and `regex` is given (regex: RE2, anchored). */
export interface OtlpAttributes {
  readonly action: 'index_label' | 'structured_metadata' | 'drop';
  readonly attributes: readonly string[];
  readonly regex: string;
}
export interface OtlpConfig {
  /** The first that fits wins. Starts with `defaultOtlpIndexLabels` unless the file says `ignore_defaults`. */
  readonly resourceAttributes: readonly OtlpAttributes[];
  readonly resourceAttributesIgnoreDefaults: boolean;
  readonly scopeAttributes: readonly OtlpAttributes[];
  readonly logAttributes: readonly OtlpAttributes[];
  readonly severityTextAsLabel: boolean;
}

export interface PolicyStream {
  /** A LogQL stream selector as written. */
  readonly selector: string;
  /** The highest wins. */
  readonly priority: number;
}

/** Only what differs from the tenant's own limits. */
export interface PolicyLimits {
  readonly maxStreamsPerUser?: number;
  readonly maxGlobalStreamsPerUser?: number;
}

export interface StreamRetention {
  /** A LogQL stream selector as written. */
  readonly selector: string;
  /** The highest wins; of equal ones the shortest period. */
  readonly priority: number;
  readonly periodMs: number;
}

export interface BlockedQuery {
  readonly pattern: string;
  readonly regex: boolean;
  /** Empty: every type. */
  readonly types: readonly ('metric' | 'filter' | 'limited')[];
  /** FNV-32 of the query text; 0: not used. */
  readonly hash: number;
  /** `X-Query-Tags` that must be there. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Limits that hold for a tenant now: its overrides over the global ones. Cheap: called for every request. */
export type LimitsFor = (tenant: Tenant) => Limits;

/** OTLP resource attributes that become stream labels (`distributor.otlp_config` in Loki). */
export const defaultOtlpIndexLabels: readonly string[] = [
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
];

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/** The limits of Loki 3.7.6 when a file says nothing. */
export const defaultLimits: Limits = {
  ingestionRateStrategy: 'global',
  ingestionRateMb: 4,
  ingestionBurstSizeMb: 6,
  maxLabelNameLength: 1024,
  maxLabelValueLength: 2048,
  maxLabelNamesPerSeries: 15,
  rejectOldSamples: true,
  rejectOldSamplesMaxAgeMs: 7 * dayMs,
  creationGracePeriodMs: 10 * minuteMs,
  maxLineSizeBytes: 256 * kib,
  maxLineSizeTruncate: false,
  maxLineSizeTruncateIdentifier: '',
  incrementDuplicateTimestamp: false,
  maxStreamsPerUser: 0,
  maxGlobalStreamsPerUser: 5000,
  perStreamRateLimitBytes: 3 * mib,
  perStreamRateLimitBurstBytes: 15 * mib,
  shardStreams: {
    enabled: true,
    timeShardingEnabled: false,
    timeShardingIgnoreRecentMs: 40 * minuteMs,
    loggingEnabled: false,
    desiredRateBytes: 1536 * kib,
  },
  unorderedWrites: true,
  allowStructuredMetadata: true,
  maxStructuredMetadataSizeBytes: 64 * kib,
  maxStructuredMetadataEntriesCount: 128,
  discoverServiceName: [
    'service',
    'app',
    'application',
    'app_name',
    'name',
    'app_kubernetes_io_name',
    'container',
    'container_name',
    'k8s_container_name',
    'component',
    'workload',
    'job',
    'k8s_job_name',
  ],
  discoverLogLevels: true,
  logLevelFields: [
    'level',
    'LEVEL',
    'Level',
    'log.level',
    'severity',
    'SEVERITY',
    'Severity',
    'SeverityText',
    'lvl',
    'LVL',
    'Lvl',
    'severity_text',
    'Severity_Text',
    'SEVERITY_TEXT',
  ],
  logLevelFromJsonMaxDepth: 2,
  discoverGenericFields: {},
  otlpConfig: {
    resourceAttributes: [{ action: 'index_label', attributes: defaultOtlpIndexLabels, regex: '' }],
    resourceAttributesIgnoreDefaults: false,
    scopeAttributes: [],
    logAttributes: [],
    severityTextAsLabel: false,
  },
  enforcedLabels: [],
  policyEnforcedLabels: {},
  policyStreamMapping: {},
  policyOverrideLimits: {},
  blockIngestionUntilMs: 0,
  blockIngestionPolicyUntilMs: {},
  blockIngestionStatusCode: 260,
  simulatedPushLatencyMs: 0,
  metricAggregationEnabled: false,
  patternPersistenceEnabled: false,
  patternPersistenceGranularityMs: 0,
  patternRateThreshold: 1,
  patternIngesterTokenizableJsonFieldsDefault: ['log', 'message', 'msg', 'msg_', '_msg', 'content'],
  patternIngesterTokenizableJsonFieldsAppend: [],
  patternIngesterTokenizableJsonFieldsDelete: [],

  maxQueryLengthMs: 30 * dayMs + hourMs,
  maxQueryLookbackMs: 0,
  maxQueryRangeMs: 0,
  queryTimeoutMs: minuteMs,
  maxEntriesLimitPerQuery: 5000,
  maxQuerySeries: 500,
  maxQueryBytesReadBytes: 0,
  maxQuerierBytesReadBytes: 150 * gib,
  maxChunksPerQuery: 2_000_000,
  cardinalityLimit: 100_000,
  maxStreamsMatchersPerQuery: 1000,
  requiredLabels: [],
  minimumLabelsNumber: 0,
  maxQueryParallelism: 32,
  tsdbMaxQueryParallelism: 128,
  blockedQueries: [],
  maxConcurrentTailRequests: 10,
  volumeEnabled: true,
  volumeMaxSeries: 1000,
  splitQueriesByIntervalMs: hourMs,
  splitMetadataQueriesByIntervalMs: dayMs,
  splitRecentMetadataQueriesByIntervalMs: hourMs,
  recentMetadataQueryWindowMs: 0,
  splitInstantMetricQueriesByIntervalMs: hourMs,
  splitIngesterQueriesByIntervalMs: 0,
  maxCacheFreshnessPerQueryMs: 10 * minuteMs,
  maxMetadataCacheFreshnessMs: dayMs,
  maxStatsCacheFreshnessMs: 10 * minuteMs,
  enableMultiVariantQueries: false,
  shardAggregations: [],

  retentionPeriodMs: 0,
  retentionStream: [],
  deletionMode: 'filter-and-delete',
  rulerMaxRulesPerRuleGroup: 0,
  rulerMaxRuleGroupsPerTenant: 0,
  rulerAlertmanagerConfig: undefined,
  rulerRemoteWriteDisabled: false,
  rulerRemoteWriteConfig: {},
};
