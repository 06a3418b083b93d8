import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValuesPath } from '../../rendered-values.ts';

/** Keys that Loki 3 or 4 no longer has; a line of YAML with one of them. */
const removed: readonly (readonly [key: string, instead: string])[] = [
  ['per_tenant_override_config', 'runtimeConfig'],
  ['shared_store', 'compactor.delete_request_store'],
  ['allow_deletes', 'deletion_mode'],
  ['unordered_writes', 'nothing: it is always on'],
  ['ruler_remote_write_url', 'ruler_remote_write_config'],
  ['ruler_remote_write_headers', 'ruler_remote_write_config'],
  ['boltdb_shipper', 'tsdb_shipper'],
  ['table_manager', 'compactor'],
  ['row_shards', 'nothing'],
  ['write_dedupe_cache_config', 'nothing'],
  ['index_queries_cache_config', 'nothing'],
  ['enforce_metric_name', 'nothing'],
  ['max_look_back_period', 'limits_config.max_query_lookback'],
];

export const removedSettings: Check = {
  id: 'loki/removed-settings',
  severity: 'error',
  title: 'No setting is one that Loki has removed or will remove in 4.0',
  reason: 'Loki refuses to start on an unknown key: the upgrade fails when it is rolled out, not when it is reviewed.',
  fix: 'Use what took its place.',
  traps: ['T30'],
  find: (input) =>
    ['helm/loki/values.yaml', ...clusters(input.platform).map(lokiValuesPath)].flatMap((path) =>
      removed
        .filter(([key]) => new RegExp(`^\\s*${key}:`, 'm').test(input.text(path) ?? ''))
        .map(([key, instead]) => ({
          message: `${key} is gone; instead: ${instead}`,
          at: 'patches',
          in: { path, text: `${key}:` },
        })),
    ),
};
