import type { RulePack, SpecialChange } from '../../settings-file/rule-pack.ts';
import type { Subtree } from '../../settings-file/subtree.ts';

const oldStores = 'the old stores are gone; keep 3.7 until their data has expired';
const ignored = 'it is no longer read';

export const v40: RulePack = {
  version: [4, 0],
  removed: {
    table_manager: 'retention is the work of the compactor',
    'storage_config.bigtable': oldStores,
    'storage_config.cassandra': oldStores,
    'storage_config.aws.dynamodb': oldStores,
    'storage_config.grpc_store': oldStores,
    'storage_config.boltdb': oldStores,
    'storage_config.boltdb_shipper': oldStores,
    'schema_config.configs[*].row_shards': 'a file with it does not start',
    'schema_config.configs[*].chunks': 'a file with it does not start',
    'schema_config.configs[*].index.tags': 'a file with it does not start',
    'storage_config.index_queries_cache_config': 'tsdb needs no cache of the index',
    'storage_config.index_cache_validity': 'tsdb needs no cache of the index',
    'storage_config.disable_broad_index_queries': 'tsdb does not have them',
    'chunk_store_config.write_dedupe_cache_config': 'tsdb does not need it',
    'chunk_store_config.cache_lookups_older_than': 'tsdb does not need it',
    'limits_config.unordered_writes': ignored,
    'limits_config.allow_deletes': ignored,
    'limits_config.enable_multi_variant_queries': ignored,
    'limits_config.ruler_enable_wal_replay': ignored,
    'limits_config.ruler_remote_write_url': 'ruler_remote_write_config has it',
    'limits_config.ruler_remote_write_timeout': 'ruler_remote_write_config has it',
    'limits_config.ruler_remote_write_headers': 'ruler_remote_write_config has it',
    'limits_config.ruler_remote_write_relabel_configs': 'ruler_remote_write_config has it',
    'limits_config.ruler_remote_write_sigv4_config': 'ruler_remote_write_config has it',
  },
  moved: {
    'limits_config.per_tenant_override_config': {
      to: 'runtime_config.file',
      why: 'overrides are the runtime configuration',
    },
    'limits_config.per_tenant_override_period': {
      to: 'runtime_config.period',
      why: 'overrides are the runtime configuration',
    },
    'ruler.remote_write.client': { to: 'ruler.remote_write.clients.default', why: 'there may be several clients' },
  },
  defaults: [],
  behaviour: [
    'metrics: loki_log_messages_total is loki_internal_log_messages_total',
    'keys of limits_config that are not known are ignored in silence: check them with cordwood serve before',
    'rate_counter gives other numbers: a fault in it was mended',
    'the write-ahead log of the ruler is emptied once',
  ],
  special: [objectStoreNames(), objectStorage(), targets(), oldPeriods()],
};

/** `aws` was another name of `s3`. */
function objectStoreNames(): SpecialChange {
  return {
    name: 'object_store: aws',
    apply(file, report) {
      for (const path of file.find('schema_config.configs[*].object_store')) {
        if (file.get(path) !== 'aws') continue;
        file.set(path, 's3');
        report({ severity: 'change', key: path.join('.'), before: 'aws', after: 's3', why: 'the other name is gone' });
      }
      const store = ['compactor', 'delete_request_store'];
      if (file.get(store) === 'aws') file.set(store, 's3');
    },
  };
}

const legacyClients = ['s3', 'gcs', 'azure', 'swift', 'filesystem', 'bos', 'cos', 'alibabacloud'];

/** The settings of the old clients are not read unless the file says so. */
function objectStorage(): SpecialChange {
  return {
    name: 'storage_config.use_thanos_objstore',
    apply(file, report) {
      const target = ['storage_config', 'use_thanos_objstore'];
      if (file.has(target)) return;
      const names = [...legacyClients, 'aws'];
      const legacy = names.some((name) => file.has(['common', 'storage', name]) || file.has(['storage_config', name]));
      if (!legacy) return;
      file.set(target, false, 'Loki 4.0 would look for storage_config.object_store instead');
      report({
        severity: 'change',
        key: target.join('.'),
        before: 'false (default)',
        after: 'false',
        why: 'the default is true from 4.0 on, and the clients of this file are the old ones; object_store is their successor',
      });
    },
  };
}

/** The three targets of a simple scalable deployment. */
function targets(): SpecialChange {
  return {
    name: 'target',
    apply(file, report) {
      const target = file.get(['target']);
      const gone = String(target ?? '')
        .split(',')
        .filter((name) => ['read', 'write', 'backend', 'table-manager'].includes(name.trim()));
      if (gone.length === 0) return;
      report({
        severity: 'error',
        key: 'target',
        before: String(target),
        after: undefined,
        why: `Loki 4.0 does not start with ${gone.join(', ')}: cordwood migrate helm-values --topology ha-monolithic or distributed`,
      });
    },
  };
}

const dayMs = 86_400_000;

/** Periods of stores that 4.0 cannot read may only be deleted when their data is older than the retention. */
function oldPeriods(): SpecialChange {
  return {
    name: 'schema_config',
    apply(file, report) {
      const periods = (file.get(['schema_config', 'configs']) ?? []) as ({ from?: unknown; store?: unknown } | null)[];
      if (!Array.isArray(periods)) return;
      periods.forEach((period, i) => {
        if (period === null || period.store === 'tsdb') return;
        const next = periods[i + 1];
        report({
          severity: 'error',
          key: `schema_config.configs[${i}].store`,
          before: String(period.store),
          after: undefined,
          why: `Loki 4.0 cannot read it: stay on 3.7 ${untilWhen(file, next?.from)}, then delete the period`,
        });
      });
    },
  };
}

function untilWhen(file: Subtree, end: unknown): string {
  const retention = /^(\d+)([hdw])$/.exec(String(file.get(['limits_config', 'retention_period']) ?? ''));
  const enabled = file.get(['compactor', 'retention_enabled']) === true;
  const endMs = Date.parse(String(end ?? ''));
  if (!enabled || retention === null || Number.isNaN(endMs)) return 'until its data has expired (no retention is set)';
  const hours = Number(retention[1]) * { h: 1, d: 24, w: 168 }[retention[2] as 'h' | 'd' | 'w'];
  return `until ${new Date(endMs + hours * 3_600_000 + dayMs).toISOString().slice(0, 10)} (retention ${retention[0]})`;
}
