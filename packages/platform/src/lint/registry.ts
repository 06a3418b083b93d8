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
import { tenantHeader } from './checks/gateway/tenant-header.ts';
import { unreadTenant } from './checks/gateway/unread-tenant.ts';
import { unwrittenTenant } from './checks/gateway/unwritten-tenant.ts';
import { apiServerAddress } from './checks/network/api-server-address.ts';
import { collectorApart } from './checks/network/collector-apart.ts';
import { forbiddenFlow } from './checks/network/forbidden-flow.ts';
import { monitoredService } from './checks/network/monitored-service.ts';
import { neededFlow } from './checks/network/needed-flow.ts';
import { unknownField } from './checks/network/unknown-field.ts';
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
import { enoughNodes } from './checks/topology/enough-nodes.ts';
import { replicationFactor } from './checks/topology/replication-factor.ts';

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
  tenantHeader,
  unreadTenant,
  unwrittenTenant,
  apiServerAddress,
  collectorApart,
  forbiddenFlow,
  monitoredService,
  neededFlow,
  unknownField,
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
  enoughNodes,
  replicationFactor,
];
