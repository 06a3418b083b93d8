import type { Diagnostic } from '../model/diagnostic.ts';
import type { ConfigBlock, Limits } from '../model/limits.ts';
import { checkLokiConfig } from './check-loki-config.ts';
import { expandEnv } from './expand-env.ts';
import { type LimitsValue, limitsOf } from './limits-config.ts';
import { type ReadYaml, readYaml } from './read-yaml.ts';
import type { Value } from './schema/field.ts';
import { lokiBlock } from './schema/loki.ts';

/** All of `loki.yaml` with Loki's defaults where it says nothing; snake_case, milliseconds, bytes. */
export type LokiValue = Value<typeof lokiBlock>;

/** What Cordwood runs of a `loki.yaml`, with derived values in place. Paths are as written: relative to the working folder. */
export interface LokiConfig {
  readonly file: string;
  readonly authEnabled: boolean;
  readonly target: readonly string[];
  readonly server: {
    readonly httpListenAddress: string;
    readonly httpListenPort: number;
    /** Connections at the same time; 0: no limit. */
    readonly httpListenConnLimit: number;
    readonly httpPathPrefix: string;
    readonly httpServerReadTimeoutMs: number;
    readonly httpServerReadHeaderTimeoutMs: number;
    readonly httpServerWriteTimeoutMs: number;
    readonly httpServerIdleTimeoutMs: number;
    readonly gracefulShutdownTimeoutMs: number;
    readonly grpcServerMaxRecvMsgSizeBytes: number;
    readonly registerInstrumentation: boolean;
    readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
    readonly logFormat: 'logfmt' | 'json';
    /** Undefined: plain HTTP. */
    readonly httpTls: HttpTls | undefined;
  };
  /** `common.path_prefix`; '' when the file has none. */
  readonly pathPrefix: string;
  readonly distributor: {
    readonly maxRecvMsgSizeBytes: number;
    readonly maxDecompressedSizeBytes: number;
    readonly otlpIndexLabels: readonly string[];
  };
  readonly ingester: {
    readonly walEnabled: boolean;
    readonly walDirectory: string;
    readonly walFlushOnShutdown: boolean;
    /** Share of the disk (0 to 1) from which pushes are refused; 0: never. */
    readonly walDiskFullThreshold: number;
    readonly flushCheckPeriodMs: number;
    readonly chunkIdlePeriodMs: number;
    readonly maxChunkAgeMs: number;
    readonly chunkTargetSizeBytes: number;
    readonly maxReturnedStreamErrors: number;
    readonly maxDroppedStreams: number;
  };
  readonly storage: {
    /** Folder of the chunks, when the file names one. */
    readonly chunksDirectory: string;
    readonly periods: readonly SchemaPeriod[];
  };
  readonly querier: {
    readonly tailMaxDurationMs: number;
    readonly maxConcurrent: number;
    readonly multiTenantQueriesEnabled: boolean;
    readonly perRequestLimitsEnabled: boolean;
  };
  readonly queryRange: { readonly alignQueriesWithStep: boolean };
  readonly frontend: {
    readonly maxBodySizeBytes: number;
    readonly maxOutstandingPerTenant: number;
    readonly logQueriesLongerThanMs: number;
  };
  readonly compactor: {
    readonly workingDirectory: string;
    readonly compactionIntervalMs: number;
    /** 0: with every compaction. */
    readonly applyRetentionIntervalMs: number;
    readonly retentionEnabled: boolean;
    readonly deleteRequestStore: string;
    readonly deleteRequestCancelPeriodMs: number;
    readonly deleteMaxIntervalMs: number;
  };
  readonly ruler: RulerConfig;
  readonly patternIngester: {
    readonly enabled: boolean;
    readonly maxClusters: number;
    readonly maxEvictionRatio: number;
    readonly maxAllowedLineLengthBytes: number;
    readonly retainForMs: number;
    readonly sampleIntervalMs: number;
  };
  readonly runtimeConfig: { readonly files: readonly string[]; readonly periodMs: number };
  readonly tenantLimitsAllowPublish: readonly string[];
  /** Limits of a tenant without overrides. */
  readonly limits: Limits;
  /** The same as it was read: what overrides start from. */
  readonly limitsValue: LimitsValue;
  /** Everything, for `/config`. */
  readonly value: LokiValue;
}

export interface HttpTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  readonly clientAuthType: string;
}

/** From a day on, how data is kept. Cordwood's store has one format; the periods are checked as Loki checks them. */
export interface SchemaPeriod {
  /** YYYY-MM-DD. */
  readonly from: string;
  readonly store: string;
  readonly objectStore: string;
  readonly schema: string;
  readonly indexPrefix: string;
  readonly indexPathPrefix: string;
  readonly indexPeriodMs: number;
}

export interface RulerConfig {
  /** 'none': the ruler is not started. 'local': read-only files. 'filesystem': the API may write. 'object': an object store. */
  readonly storage: 'none' | 'local' | 'filesystem' | 'object';
  /** `<directory>/<tenant>/<file>`. */
  readonly directory: string;
  readonly enableApi: boolean;
  readonly pollIntervalMs: number;
  readonly evaluationIntervalMs: number;
  readonly externalUrl: string;
  readonly datasourceUid: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly alertmanagerUrls: readonly string[];
  readonly enableAlertmanagerDiscovery: boolean;
  readonly enableAlertmanagerV2: boolean;
  readonly alertmanagerClient: {
    readonly basicAuthUsername: string;
    readonly basicAuthPassword: string;
    readonly type: string;
    readonly credentials: string;
    readonly credentialsFile: string;
  };
  /** Prometheus relabel rules as written. */
  readonly alertRelabelConfigs: unknown;
  readonly notificationQueueCapacity: number;
  readonly notificationTimeoutMs: number;
  readonly resendDelayMs: number;
  readonly forOutageToleranceMs: number;
  readonly forGracePeriodMs: number;
  readonly enabledTenants: readonly string[];
  readonly disabledTenants: readonly string[];
  readonly walDirectory: string;
  readonly remoteWrite: {
    readonly enabled: boolean;
    /** Client id -> Prometheus remote_write block as written. */
    readonly clients: Readonly<Record<string, ConfigBlock>>;
    readonly addOrgIdHeader: boolean;
  };
}

export interface ParseLokiConfigOptions {
  /** Shown in diagnostics. */
  readonly file: string;
  /** `-config.expand-env`. */
  readonly expandEnv?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ParseLokiConfigResult {
  /** Undefined when a diagnostic is an error. */
  readonly config?: LokiConfig;
  /** Errors, and a warning for every key that has no effect here. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a `loki.yaml` as Loki 3.7.6 would, strictly. */
export function parseLokiConfig(text: string, options: ParseLokiConfigOptions): ParseLokiConfigResult {
  const expanded = options.expandEnv === true ? expandEnv(text, options.env ?? {}) : { text, errors: [] };
  if (expanded.errors.length > 0) {
    return {
      diagnostics: expanded.errors.map(({ offset, message }) => {
        const before = text.slice(0, offset).split('\n');
        return {
          severity: 'error',
          message,
          file: options.file,
          line: before.length,
          column: before.at(-1)!.length + 1,
        };
      }),
    };
  }
  const read = readYaml(expanded.text, options.file, lokiBlock);
  const failed = read.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  if (failed) return { diagnostics: withEnvHint(read.diagnostics, expanded.text, options) };
  const value = derive(read);
  const checks = checkLokiConfig(value, read, options.file);
  const diagnostics = [...read.diagnostics, ...checks];
  if (checks.some((diagnostic) => diagnostic.severity === 'error')) return { diagnostics };
  return { config: lokiConfigOf(value, options.file), diagnostics };
}

/** Loki adds the hint to every failure of a file that was not expanded; here only where it can be the reason. */
function withEnvHint(diagnostics: readonly Diagnostic[], text: string, options: ParseLokiConfigOptions): Diagnostic[] {
  if (options.expandEnv === true || !text.includes('${')) return [...diagnostics];
  return diagnostics.map((diagnostic) =>
    diagnostic.severity === 'error' && diagnostic.hint === undefined
      ? { ...diagnostic, hint: 'use -config.expand-env=true to expand the environment variables of this file' }
      : diagnostic,
  );
}

/** Values that follow from `common` where the file does not give them itself (loki.md 4.3). */
function derive({ value, given }: ReadYaml<typeof lokiBlock.fields>): LokiValue {
  const prefix = value.common.path_prefix.replace(/\/+$/, '');
  const under = (path: string, folder: string, own: string): string =>
    prefix === '' || given.has(path) ? own : `${prefix}/${folder}`;
  const files = value.common.storage.filesystem;
  const rulesFromCommon =
    given.has('common.storage.filesystem') && !given.has('ruler.storage') && !given.has('ruler_storage');
  return {
    ...value,
    ingester: {
      ...value.ingester,
      wal: { ...value.ingester.wal, dir: under('ingester.wal.dir', 'wal', value.ingester.wal.dir) },
    },
    compactor: {
      ...value.compactor,
      working_directory: under('compactor.working_directory', 'compactor', value.compactor.working_directory),
    },
    ruler: {
      ...value.ruler,
      rule_path: under('ruler.rule_path', 'rules-temp', value.ruler.rule_path),
      storage: rulesFromCommon
        ? { ...value.ruler.storage, type: 'local', local: { directory: files.rules_directory } }
        : value.ruler.storage,
    },
    storage_config: {
      ...value.storage_config,
      aws: given.has('storage_config.aws')
        ? value.storage_config.aws
        : { ...value.common.storage.s3, dynamodb: undefined },
      object_store: given.has('storage_config.object_store')
        ? value.storage_config.object_store
        : { ...value.storage_config.object_store, ...value.common.storage.object_store },
      filesystem: given.has('storage_config.filesystem.directory')
        ? value.storage_config.filesystem
        : { directory: files.chunks_directory },
      tsdb_shipper: {
        ...value.storage_config.tsdb_shipper,
        active_index_directory: under(
          'storage_config.tsdb_shipper.active_index_directory',
          'tsdb-shipper-active',
          value.storage_config.tsdb_shipper.active_index_directory,
        ),
        cache_location: under(
          'storage_config.tsdb_shipper.cache_location',
          'tsdb-shipper-cache',
          value.storage_config.tsdb_shipper.cache_location,
        ),
      },
    },
    runtime_config: given.has('runtime_config.file')
      ? value.runtime_config
      : {
          file:
            value.limits_config.per_tenant_override_config === ''
              ? []
              : [value.limits_config.per_tenant_override_config],
          period: given.has('limits_config.per_tenant_override_period')
            ? value.limits_config.per_tenant_override_period
            : value.runtime_config.period,
        },
  };
}

function lokiConfigOf(value: LokiValue, file: string): LokiConfig {
  const { server, ingester, compactor } = value;
  const tls = server.http_tls_config;
  const otlpIndexLabels = value.distributor.otlp_config.default_resource_attributes_as_index_labels;
  return {
    file,
    authEnabled: value.auth_enabled,
    target: value.target,
    server: {
      httpListenAddress: server.http_listen_address,
      httpListenPort: server.http_listen_port,
      httpListenConnLimit: server.http_listen_conn_limit,
      httpPathPrefix: server.http_path_prefix,
      httpServerReadTimeoutMs: server.http_server_read_timeout,
      httpServerReadHeaderTimeoutMs: server.http_server_read_header_timeout,
      httpServerWriteTimeoutMs: server.http_server_write_timeout,
      httpServerIdleTimeoutMs: server.http_server_idle_timeout,
      gracefulShutdownTimeoutMs: server.graceful_shutdown_timeout,
      grpcServerMaxRecvMsgSizeBytes: server.grpc_server_max_recv_msg_size,
      registerInstrumentation: server.register_instrumentation,
      logLevel: server.log_level as LokiConfig['server']['logLevel'],
      logFormat: server.log_format as LokiConfig['server']['logFormat'],
      httpTls:
        tls.cert === '' && tls.cert_file === ''
          ? undefined
          : {
              cert: tls.cert,
              key: tls.key,
              clientCa: tls.client_ca,
              certFile: tls.cert_file,
              keyFile: tls.key_file,
              clientCaFile: tls.client_ca_file,
              clientAuthType: tls.client_auth_type,
            },
    },
    pathPrefix: value.common.path_prefix,
    distributor: {
      maxRecvMsgSizeBytes: value.distributor.max_recv_msg_size,
      maxDecompressedSizeBytes: value.distributor.max_decompressed_size,
      otlpIndexLabels,
    },
    ingester: {
      walEnabled: ingester.wal.enabled,
      walDirectory: ingester.wal.dir,
      walFlushOnShutdown: ingester.wal.flush_on_shutdown,
      walDiskFullThreshold: ingester.wal.disk_full_threshold,
      flushCheckPeriodMs: ingester.flush_check_period,
      chunkIdlePeriodMs: ingester.chunk_idle_period,
      maxChunkAgeMs: ingester.max_chunk_age,
      chunkTargetSizeBytes: ingester.chunk_target_size,
      maxReturnedStreamErrors: ingester.max_returned_stream_errors,
      maxDroppedStreams: ingester.max_dropped_streams,
    },
    storage: {
      chunksDirectory: value.storage_config.use_thanos_objstore
        ? value.storage_config.object_store.filesystem.dir
        : value.storage_config.filesystem.directory,
      periods: value.schema_config.configs.map((period) => ({
        from: period.from,
        store: period.store,
        objectStore: period.object_store,
        schema: period.schema,
        indexPrefix: period.index.prefix,
        indexPathPrefix: period.index.path_prefix,
        indexPeriodMs: period.index.period,
      })),
    },
    querier: {
      tailMaxDurationMs: value.querier.tail_max_duration,
      maxConcurrent: value.querier.max_concurrent,
      multiTenantQueriesEnabled: value.querier.multi_tenant_queries_enabled,
      perRequestLimitsEnabled: value.querier.per_request_limits_enabled,
    },
    queryRange: { alignQueriesWithStep: value.query_range.align_queries_with_step },
    frontend: {
      maxBodySizeBytes: value.frontend.max_body_size,
      maxOutstandingPerTenant: value.frontend.max_outstanding_per_tenant,
      logQueriesLongerThanMs: value.frontend.log_queries_longer_than,
    },
    compactor: {
      workingDirectory: compactor.working_directory,
      compactionIntervalMs: compactor.compaction_interval,
      applyRetentionIntervalMs: compactor.apply_retention_interval,
      retentionEnabled: compactor.retention_enabled,
      deleteRequestStore: compactor.delete_request_store,
      deleteRequestCancelPeriodMs: compactor.delete_request_cancel_period,
      deleteMaxIntervalMs: compactor.delete_max_interval,
    },
    ruler: rulerConfigOf(value),
    patternIngester: {
      enabled: value.pattern_ingester.enabled,
      maxClusters: value.pattern_ingester.max_clusters,
      maxEvictionRatio: value.pattern_ingester.max_eviction_ratio,
      maxAllowedLineLengthBytes: value.pattern_ingester.max_allowed_line_length,
      retainForMs: value.pattern_ingester.retain_for,
      sampleIntervalMs: value.pattern_ingester.pattern_sample_interval,
    },
    runtimeConfig: {
      files: value.runtime_config.file.filter((name) => name !== ''),
      periodMs: value.runtime_config.period,
    },
    tenantLimitsAllowPublish: value.tenant_limits_allow_publish,
    limits: limitsOf(value.limits_config, otlpIndexLabels),
    limitsValue: value.limits_config,
    value,
  };
}

function rulerConfigOf(value: LokiValue): RulerConfig {
  const { ruler } = value;
  const { clients, client, enabled, add_org_id_header } = ruler.remote_write;
  return {
    ...rulerStorageOf(value),
    enableApi: ruler.enable_api,
    pollIntervalMs: ruler.poll_interval,
    evaluationIntervalMs: ruler.evaluation_interval,
    externalUrl: ruler.external_url,
    datasourceUid: ruler.datasource_uid,
    externalLabels: ruler.external_labels,
    alertmanagerUrls: ruler.alertmanager_url
      .split(',')
      .map((url) => url.trim())
      .filter((url) => url !== ''),
    enableAlertmanagerDiscovery: ruler.enable_alertmanager_discovery,
    enableAlertmanagerV2: ruler.enable_alertmanager_v2,
    alertmanagerClient: {
      basicAuthUsername: ruler.alertmanager_client.basic_auth_username,
      basicAuthPassword: ruler.alertmanager_client.basic_auth_password,
      type: ruler.alertmanager_client.type,
      credentials: ruler.alertmanager_client.credentials,
      credentialsFile: ruler.alertmanager_client.credentials_file,
    },
    alertRelabelConfigs: ruler.alert_relabel_configs,
    notificationQueueCapacity: ruler.notification_queue_capacity,
    notificationTimeoutMs: ruler.notification_timeout,
    resendDelayMs: ruler.resend_delay,
    forOutageToleranceMs: ruler.for_outage_tolerance,
    forGracePeriodMs: ruler.for_grace_period,
    enabledTenants: ruler.enabled_tenants,
    disabledTenants: ruler.disabled_tenants,
    walDirectory: ruler.wal.dir,
    remoteWrite: {
      enabled,
      clients: {
        ...(client === undefined ? {} : { default: client as ConfigBlock }),
        ...(clients as Readonly<Record<string, ConfigBlock>>),
      },
      addOrgIdHeader: add_org_id_header,
    },
  };
}

/** Rules come from `ruler.storage` (older) or, with the newer object-store clients, from `ruler_storage`. */
function rulerStorageOf(value: LokiValue): Pick<RulerConfig, 'storage' | 'directory'> {
  const legacy = value.ruler.storage;
  if (legacy.type === 'local') return { storage: 'local', directory: legacy.local.directory };
  if (legacy.type !== '') return { storage: 'object', directory: '' };
  const { backend, local, filesystem } = value.ruler_storage;
  if (backend === 'local' && local.directory !== '') return { storage: 'local', directory: local.directory };
  if (backend === 'filesystem' && filesystem.dir !== '') return { storage: 'filesystem', directory: filesystem.dir };
  if (backend !== 'local' && backend !== 'filesystem') return { storage: 'object', directory: '' };
  return { storage: 'none', directory: '' };
}
