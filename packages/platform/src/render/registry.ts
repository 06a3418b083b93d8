import { compose } from './compose/compose.ts';
import { dashboards } from './dashboards.ts';
import { helmAlloy } from './helm-alloy.ts';
import { helmLoki } from './helm-loki.ts';
import { kustomizations } from './kubernetes/kustomizations.ts';
import { namespaces } from './kubernetes/namespaces.ts';
import { networkPolicies } from './kubernetes/network-policies.ts';
import { serviceMonitors } from './kubernetes/service-monitors.ts';
import { localAlloy } from './local-alloy.ts';
import { localLoki } from './local-loki.ts';
import { logRuleFiles } from './log-rule-files.ts';
import { alertmanager } from './monitoring/alertmanager.ts';
import { grafanaDashboardProvider } from './monitoring/grafana-dashboard-provider.ts';
import { grafanaDatasources } from './monitoring/grafana-datasources.ts';
import { platformRules } from './platform-rules.ts';
import { readme } from './readme.ts';
import type { Renderer } from './renderer.ts';
import { storageModule } from './terraform/storage-module.ts';
import { storageRoots } from './terraform/storage-roots.ts';

/** Every renderer: one file each beside this one, one line here. */
export const renderers: readonly Renderer[] = [
  helmLoki,
  helmAlloy,
  localLoki,
  localAlloy,
  logRuleFiles,
  platformRules,
  storageModule,
  storageRoots,
  namespaces,
  networkPolicies,
  serviceMonitors,
  kustomizations,
  dashboards,
  grafanaDashboardProvider,
  grafanaDatasources,
  alertmanager,
  compose,
  readme,
];
