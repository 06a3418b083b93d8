import type { Route } from './route.ts';
import { buildinfo } from './routes/buildinfo.ts';
import { config } from './routes/config.ts';
import { cancelDelete, createDelete, listDeletes } from './routes/delete.ts';
import { detectedFields, detectedFieldValues } from './routes/detected-fields.ts';
import { detectedLabels } from './routes/detected-labels.ts';
import { flush } from './routes/flush.ts';
import { formatQuery } from './routes/format-query.ts';
import { indexShards } from './routes/index-shards.ts';
import { indexStats } from './routes/index-stats.ts';
import { indexVolume, indexVolumeRange } from './routes/index-volume.ts';
import { ingesterShutdown, prepareShutdown } from './routes/ingester-shutdown.ts';
import { knownTenants } from './routes/known-tenants.ts';
import { labels, labelValues } from './routes/labels.ts';
import { legacyLabels, legacyLabelValues, legacyQuery } from './routes/legacy-query.ts';
import { logLevel } from './routes/log-level.ts';
import { metrics } from './routes/metrics.ts';
import { openapi } from './routes/openapi.ts';
import { otlpLogs } from './routes/otlp-logs.ts';
import { patterns } from './routes/patterns.ts';
import { prometheusAlerts, prometheusRules } from './routes/prometheus-rules.ts';
import { push } from './routes/push.ts';
import { query } from './routes/query.ts';
import { queryRange } from './routes/query-range.ts';
import { ready } from './routes/ready.ts';
import { ring } from './routes/ring.ts';
import { deleteRuleGroup, deleteRuleNamespace, getRuleGroup, listRules, setRuleGroup } from './routes/rules.ts';
import { series } from './routes/series.ts';
import { services } from './routes/services.ts';
import { tail } from './routes/tail.ts';
import { drilldownLimits, tenantLimits } from './routes/tenant-limits.ts';

/** Every endpoint. The server, the OpenAPI document and the tests read this list. */
export const routes: readonly Route[] = [
  push,
  otlpLogs,
  query,
  queryRange,
  labels,
  labelValues,
  series,
  indexStats,
  indexVolume,
  indexVolumeRange,
  indexShards,
  tail,
  detectedLabels,
  detectedFields,
  detectedFieldValues,
  patterns,
  formatQuery,
  knownTenants,
  legacyQuery,
  legacyLabels,
  legacyLabelValues,
  createDelete,
  listDeletes,
  cancelDelete,
  listRules,
  getRuleGroup,
  setRuleGroup,
  deleteRuleGroup,
  deleteRuleNamespace,
  prometheusRules,
  prometheusAlerts,
  drilldownLimits,
  tenantLimits,
  buildinfo,
  ready,
  metrics,
  config,
  services,
  logLevel,
  flush,
  ingesterShutdown,
  prepareShutdown,
  ring,
  openapi,
];
