import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { LokiValue } from './loki-config.ts';
import type { ReadYaml } from './read-yaml.ts';
import { defaultValue } from './schema/field.ts';
import type { lokiBlock } from './schema/loki.ts';
import { commonStorage } from './schema/object-storage.ts';

/**
 * What Loki checks at start-up after a file was read, with its texts, at the place of the key that is to blame
 * (loki.md 4.3). Only what can be wrong in one process.
 */
export function checkLokiConfig(value: LokiValue, read: ReadYaml<typeof lokiBlock.fields>, file: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = (path: string, message: string, hint?: string, severity: 'error' | 'warning' = 'error') =>
    found.push({ severity, message, file, ...read.placeOf(path), ...(hint === undefined ? {} : { hint }) });

  checkCommonStorage(read, report);
  checkSchema(value, read, report);

  const { compactor } = value;
  if (compactor.working_directory === '')
    report('compactor.working_directory', 'CONFIG ERROR: compactor.working_directory must be set');
  if (compactor.retention_enabled && compactor.delete_request_store === '') {
    report(
      'compactor.retention_enabled',
      'CONFIG ERROR: compactor.delete-request-store should be configured when retention is enabled',
      'add compactor.delete_request_store: filesystem (or s3, gcs, azure …)',
    );
  }
  if (
    compactor.apply_retention_interval > 0 &&
    compactor.apply_retention_interval % compactor.compaction_interval !== 0
  ) {
    report(
      'compactor.apply_retention_interval',
      'interval for applying retention should either be set to a 0 or a multiple of compaction interval',
    );
  }
  if (value.server.http_listen_port < 0 || value.server.http_listen_port > 65_535) {
    report('server.http_listen_port', `listen tcp: address ${value.server.http_listen_port}: invalid port`);
  }
  if (value.common.replication_factor > 1 && read.given.has('common.replication_factor')) {
    report(
      'common.replication_factor',
      `common.replication_factor ${value.common.replication_factor} asks for as many ingesters; Cordwood keeps one copy`,
      undefined,
      'warning',
    );
  }
  checkLimits(value.limits_config, 'limits_config', report);
  return found;
}

type Report = (path: string, message: string, hint?: string, severity?: 'error' | 'warning') => void;

function checkCommonStorage(read: ReadYaml<typeof lokiBlock.fields>, report: Report): void {
  const backends = ['s3', 'gcs', 'azure', 'swift', 'filesystem', 'bos', 'cos', 'alibabacloud'] as const;
  // As Loki: a backend counts when something in it differs from the defaults.
  const given = backends.filter((backend) => {
    const byDefault = defaultValue(commonStorage.fields[backend]);
    return !isDeepStrictEqual(read.value.common.storage[backend], byDefault);
  });
  if (given.length > 1) {
    report(
      `common.storage.${given[1]}`,
      'too many storage configs provided in the common config, please only define one storage backend',
      `this file has ${given.join(' and ')}`,
    );
  }
}

const objectStores = new Set([
  ...['aws', 's3', 'azure', 'gcs', 'alibabacloud', 'alibaba', 'bos', 'cos', 'swift', 'filesystem'],
  ...[
    'aws-dynamo',
    'grpc',
    'gcp',
    'gcp-columnkey',
    'bigtable',
    'bigtable-hashed',
    'cassandra',
    'grpc-store',
    'inmemory',
  ],
]);
const indexStores = new Set([
  ...['tsdb', 'boltdb-shipper', 'boltdb', 'aws', 'aws-dynamo', 'gcp', 'gcp-columnkey', 'bigtable', 'bigtable-hashed'],
  ...['cassandra', 'grpc', 'grpc-store', 'inmemory'],
]);

function checkSchema(value: LokiValue, read: ReadYaml<typeof lokiBlock.fields>, report: Report): void {
  const periods = value.schema_config.configs;
  if (periods.length === 0) {
    report(
      'schema_config',
      'must specify at least one schema configuration',
      "schema_config: {configs: [{from: '2024-01-01', store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]}",
    );
    return;
  }
  const named = new Set(Object.values(value.storage_config.named_stores).flatMap((stores) => Object.keys(stores)));
  for (const stores of Object.values(value.storage_config.object_store.named_stores)) {
    for (const name of Object.keys(stores)) named.add(name);
  }
  periods.forEach((period, i) => {
    const at = `schema_config.configs.${i}`;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(period.from) || Number.isNaN(Date.parse(period.from))) {
      report(`${at}.from`, `parsing time "${period.from}" as "2006-01-02": cannot parse`, 'a day: YYYY-MM-DD');
    } else if (i > 0 && period.from <= periods[i - 1]!.from) {
      report(`${at}.from`, 'from time in schemas must be distinct and in increasing order');
    }
    if (!indexStores.has(period.store)) {
      report(`${at}.store`, `CONFIG ERROR: unrecognized store type '${period.store}'`, "use 'tsdb'");
    }
    if (!objectStores.has(period.object_store) && !named.has(period.object_store)) {
      report(
        `${at}.object_store`,
        `CONFIG ERROR: unrecognized object_store type '${period.object_store}', also not found in named_stores`,
      );
    }
    const version = /^v(9|1[0-3])$/.exec(period.schema);
    if (version === null) report(`${at}.schema`, `invalid schema version: ${period.schema}`, 'v13 is the one to use');
    const indexPath = period.index.path_prefix;
    if (indexPath === '/') report(`${at}.index.path_prefix`, "prefix cannot be '/'");
    else if (indexPath !== '' && !indexPath.endsWith('/')) {
      report(`${at}.index.path_prefix`, "prefix should end with a path separator i.e '/'");
    } else if (indexPath.startsWith('/')) {
      report(`${at}.index.path_prefix`, "prefix should not start with a path separator i.e '/'");
    }
    if (period.store === 'tsdb' && period.index.period !== 86_400_000) {
      report(`${at}.index.period`, 'tsdb must always have periodic config for index set to 24h');
    }
  });
  const last = periods.at(-1)!;
  const path = `schema_config.configs.${periods.length - 1}`;
  const placed = read.given.has('limits_config.allow_structured_metadata')
    ? 'limits_config.allow_structured_metadata'
    : path;
  if (value.limits_config.allow_structured_metadata && !(last.schema === 'v13' && last.store === 'tsdb')) {
    report(
      placed,
      last.schema === 'v13'
        ? `CONFIG ERROR: \`tsdb\` index type is required to store Structured Metadata and use native OTLP ingestion, your index type is \`${last.store}\``
        : `CONFIG ERROR: schema v13 is required to store Structured Metadata and use native OTLP ingestion, your schema version is ${last.schema}`,
      'set allow_structured_metadata: false in limits_config, or add a period with store: tsdb and schema: v13',
    );
  }
}

/** Checks of `limits_config` and of a tenant's overrides alike; `path` is where the limits stand in the file. */
export function checkLimits(limits: LokiValue['limits_config'], path: string, report: Report): void {
  const dayMs = 86_400_000;
  limits.retention_stream.forEach((rule, i) => {
    if (rule.period !== 0 && rule.period < dayMs) {
      report(`${path}.retention_stream.${i}`, `retention period must be >= 24h was ${rule.period / 3_600_000}h`);
    }
  });
  const { resource_attributes, scope_attributes, log_attributes } = limits.otlp_config;
  const lists = [
    ['resource_attributes.attributes_config', resource_attributes.attributes_config],
    ['scope_attributes', scope_attributes],
    ['log_attributes', log_attributes],
  ] as const;
  for (const [name, rules] of lists) {
    rules.forEach((rule, i) => {
      const at = `${path}.otlp_config.${name}.${i}`;
      if (rule.action === '') report(at, 'otlp_config: action must be set', 'index_label, structured_metadata or drop');
      if (name === 'scope_attributes' && rule.action === 'index_label') {
        report(at, `${rule.action} action is not supported for scope attributes`);
      }
      if (rule.attributes.length === 0 && rule.regex === '') report(at, 'either attributes or regex must be set');
      if (rule.attributes.length > 0 && rule.regex !== '') report(at, 'only one of attributes or regex must be set');
    });
  }
  limits.blocked_queries.forEach((query, i) => {
    for (const type of query.types) {
      if (!['metric', 'filter', 'limited'].includes(type)) {
        report(`${path}.blocked_queries.${i}`, `unknown query type '${type}'`, 'metric, filter or limited');
      }
    }
  });
}
