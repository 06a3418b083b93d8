import type { Check } from './check.ts';
import { criticalWakesSomebody } from './checks/alerts/critical-wakes-somebody.ts';
import { deadRoute } from './checks/alerts/dead-route.ts';
import { runbookAndSeverity } from './checks/alerts/runbook-and-severity.ts';
import { unusedReceiver } from './checks/alerts/unused-receiver.ts';
import { configMapSize } from './checks/dashboards/config-map-size.ts';
import { fixedDatasource } from './checks/dashboards/fixed-datasource.ts';
import { knownMetric } from './checks/dashboards/known-metric.ts';
import { producedLabel } from './checks/dashboards/produced-label.ts';
import { queryLanguage } from './checks/dashboards/query-language.ts';
import { allowList } from './checks/gateway/allow-list.ts';
import { auditReader } from './checks/gateway/audit-reader.ts';
import { bodySize } from './checks/gateway/body-size.ts';
import { collectorUser } from './checks/gateway/collector-user.ts';
import { namesByCase } from './checks/gateway/names-by-case.ts';
import { passwordFile } from './checks/gateway/password-file.ts';
import { tenantHeader } from './checks/gateway/tenant-header.ts';
import { unreadTenant } from './checks/gateway/unread-tenant.ts';
import { unwrittenTenant } from './checks/gateway/unwritten-tenant.ts';
import { canaryUser } from './checks/helm/canary-user.ts';
import { oneChart } from './checks/helm/one-chart.ts';
import { releaseName } from './checks/helm/release-name.ts';
import { templateBraces } from './checks/helm/template-braces.ts';
import { unknownValue } from './checks/helm/unknown-value.ts';
import { labelBudget } from './checks/labels/budget.ts';
import { highCardinality } from './checks/labels/high-cardinality.ts';
import { streamEstimate } from './checks/labels/stream-estimate.ts';
import { unknownLabel } from './checks/labels/unknown.ts';
import { limitBurst } from './checks/limits/burst.ts';
import { chunkAge } from './checks/limits/chunk-age.ts';
import { limitHeadroom } from './checks/limits/headroom.ts';
import { streamRate } from './checks/limits/stream-rate.ts';
import { autoscalingRequests } from './checks/loki/autoscaling-requests.ts';
import { capacity } from './checks/loki/capacity.ts';
import { endOfLine } from './checks/loki/end-of-line.ts';
import { removedSettings } from './checks/loki/removed-settings.ts';
import { ringLabel } from './checks/loki/ring-label.ts';
import { rulerSharding } from './checks/loki/ruler-sharding.ts';
import { schemaFrom } from './checks/loki/schema-from.ts';
import { apiServerAddress } from './checks/network/api-server-address.ts';
import { collectorApart } from './checks/network/collector-apart.ts';
import { forbiddenFlow } from './checks/network/forbidden-flow.ts';
import { monitoredService } from './checks/network/monitored-service.ts';
import { neededFlow } from './checks/network/needed-flow.ts';
import { unknownField } from './checks/network/unknown-field.ts';
import { auditDropped } from './checks/pipeline/audit-dropped.ts';
import { endlessRetries } from './checks/pipeline/endless-retries.ts';
import { homelessService } from './checks/pipeline/homeless-service.ts';
import { legacyMetadata } from './checks/pipeline/legacy-metadata.ts';
import { nodeFilter } from './checks/pipeline/node-filter.ts';
import { overlappingJobs } from './checks/pipeline/overlapping-jobs.ts';
import { positions } from './checks/pipeline/positions.ts';
import { tenantOfALine } from './checks/pipeline/tenant-of-a-line.ts';
import { unmatchedJob } from './checks/pipeline/unmatched-job.ts';
import { redactedBeforeExport } from './checks/redaction/before-export.ts';
import { customPattern } from './checks/redaction/custom-pattern.ts';
import { incompleteRedaction } from './checks/redaction/incomplete.ts';
import { leakAlert } from './checks/redaction/leak-alert.ts';
import { compactorDeletes } from './checks/retention/compactor.ts';
import { deletableEvidence } from './checks/retention/deletable-evidence.ts';
import { retentionMinimum } from './checks/retention/minimum.ts';
import { otlpClass } from './checks/retention/otlp-class.ts';
import { queryLength } from './checks/retention/query-length.ts';
import { samePriority } from './checks/retention/same-priority.ts';
import { shorterClass } from './checks/retention/shorter-class.ts';
import { unknownClass } from './checks/retention/unknown-class.ts';
import { unusedClass } from './checks/retention/unused-class.ts';
import { sameRecord } from './checks/rules/same-record.ts';
import { silentService } from './checks/rules/silent-service.ts';
import { twoEngines } from './checks/rules/two-engines.ts';
import { untested } from './checks/rules/untested.ts';
import { wrongTenant } from './checks/rules/wrong-tenant.ts';
import { inArtifacts } from './checks/secrets/in-artifacts.ts';
import { archivedChunks } from './checks/storage/archived-chunks.ts';
import { bucketName } from './checks/storage/bucket-name.ts';
import { bucketNamesAgree } from './checks/storage/bucket-names-agree.ts';
import { earlyExpiry } from './checks/storage/early-expiry.ts';
import { earlyTransition } from './checks/storage/early-transition.ts';
import { indexPrefix } from './checks/storage/index-prefix.ts';
import { keyAgrees } from './checks/storage/key-agrees.ts';
import { lockWithoutVersions } from './checks/storage/lock-without-versions.ts';
import { regionAgrees } from './checks/storage/region-agrees.ts';
import { roleName } from './checks/storage/role-name.ts';
import { serviceAccountSubject } from './checks/storage/service-account-subject.ts';
import { unprotectedEvidence } from './checks/storage/unprotected-evidence.ts';
import { uselessTier } from './checks/storage/useless-tier.ts';
import { disruptionBudget } from './checks/topology/disruption-budget.ts';
import { enoughNodes } from './checks/topology/enough-nodes.ts';
import { replicationFactor } from './checks/topology/replication-factor.ts';
import { retainedVolumes } from './checks/topology/retained-volumes.ts';

/** Every check: one file each in checks/, one line here. */
export const checks: readonly Check[] = [
  criticalWakesSomebody,
  deadRoute,
  runbookAndSeverity,
  unusedReceiver,
  configMapSize,
  fixedDatasource,
  knownMetric,
  producedLabel,
  queryLanguage,
  allowList,
  auditReader,
  bodySize,
  collectorUser,
  namesByCase,
  passwordFile,
  tenantHeader,
  unreadTenant,
  unwrittenTenant,
  canaryUser,
  oneChart,
  releaseName,
  templateBraces,
  unknownValue,
  labelBudget,
  highCardinality,
  streamEstimate,
  unknownLabel,
  limitBurst,
  chunkAge,
  limitHeadroom,
  streamRate,
  autoscalingRequests,
  capacity,
  endOfLine,
  removedSettings,
  ringLabel,
  rulerSharding,
  schemaFrom,
  apiServerAddress,
  collectorApart,
  forbiddenFlow,
  monitoredService,
  neededFlow,
  unknownField,
  auditDropped,
  endlessRetries,
  homelessService,
  legacyMetadata,
  nodeFilter,
  overlappingJobs,
  positions,
  tenantOfALine,
  unmatchedJob,
  redactedBeforeExport,
  customPattern,
  incompleteRedaction,
  leakAlert,
  compactorDeletes,
  deletableEvidence,
  retentionMinimum,
  otlpClass,
  queryLength,
  samePriority,
  shorterClass,
  unknownClass,
  unusedClass,
  sameRecord,
  silentService,
  twoEngines,
  untested,
  wrongTenant,
  inArtifacts,
  archivedChunks,
  bucketName,
  bucketNamesAgree,
  earlyExpiry,
  earlyTransition,
  indexPrefix,
  keyAgrees,
  lockWithoutVersions,
  regionAgrees,
  roleName,
  serviceAccountSubject,
  unprotectedEvidence,
  uselessTier,
  disruptionBudget,
  enoughNodes,
  replicationFactor,
  retainedVolumes,
];
