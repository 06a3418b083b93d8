import { stringify } from 'yaml';
import type { Platform } from '../platform.ts';
import { type RuleFile, ruleFiles, ruleFileText, ruleGroupData } from '../rules/rule-files.ts';
import type { Artifact } from './artifact.ts';
import { renderedNote } from './rendered-note.ts';
import type { Renderer } from './renderer.ts';
import { yamlText } from './yaml-text.ts';

/**
 * The LogQL rules, in three forms of one source: a folder for each tenant (what `cordwood rules sync` uploads), two files of all
 * tenants to read and review, and ConfigMaps for a ruler that reads from a volume. They cannot disagree, and the test for
 * freshness holds them to it (trap T41).
 */
export const logRuleFiles: Renderer = {
  name: 'log-rules',
  render(platform) {
    const files = ruleFiles(
      platform,
      platform.tenants.map(({ id }) => id),
    );
    return [...tenantFolders(files), ...overviews(platform, files), ...configMaps(platform, files)];
  },
};

const isRecording = ({ groups }: RuleFile): boolean =>
  groups.every(({ rules }) => rules.every((rule) => 'record' in rule));

function tenantFolders(files: readonly RuleFile[]): Artifact[] {
  return files.map(({ tenant, name, groups }) => ({
    path: `config/loki/rules/${tenant}/${name}.yaml`,
    text: ruleFileText(
      groups.map((group) => ({ group, data: ruleGroupData(group) })),
      `Rules of the tenant ${tenant}, as Loki's ruler reads them: cordwood rules sync. ${renderedNote}`,
    ),
  }));
}

function overviews(platform: Platform, files: readonly RuleFile[]): Artifact[] {
  const overview = (kind: 'alerts' | 'recording', chosen: readonly RuleFile[]): Artifact => ({
    path: `config/loki/rules/${platform.name}-${kind}.yaml`,
    text: ruleFileText(
      chosen.flatMap(({ tenant, groups }) =>
        groups.map((group) => ({ group, data: ruleGroupData(group, `${tenant}.${group.name}`) })),
      ),
      `All tenants in one file, to read and to review; a group is named after its tenant. What is loaded is in the folder of\neach tenant: a rule evaluated in another tenant sees other logs. ${renderedNote}`,
    ),
  });
  return [
    overview(
      'alerts',
      files.filter((file) => !isRecording(file)),
    ),
    overview('recording', files.filter(isRecording)),
  ];
}

function configMaps(platform: Platform, files: readonly RuleFile[]): Artifact[] {
  const configMap = ({ tenant, name, groups }: RuleFile) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `loki-rules-${tenant}-${name}`,
      namespace: platform.names.lokiNamespace,
      labels: { loki_rule: '', 'app.kubernetes.io/part-of': platform.name },
      // The sidecar of the chart puts the file where the ruler looks for the tenant's rules.
      annotations: { 'k8s-sidecar-target-directory': `/rules/${tenant}` },
    },
    data: { [`${name}.yaml`]: stringify({ groups: groups.map((group) => ruleGroupData(group)) }, { lineWidth: 0 }) },
  });
  const documents = (path: string, title: string, chosen: readonly RuleFile[]): Artifact => ({
    path,
    text: chosen
      .map((file, i) =>
        yamlText(configMap(file), i === 0 ? { head: `${title}, LogQL, by tenant. ${renderedNote}` } : {}),
      )
      .join('---\n'),
  });
  return [
    documents(
      'monitoring/alerts/loki-log-alerts.yaml',
      'Alerts over logs (TR-006)',
      files.filter((file) => !isRecording(file)),
    ),
    documents(
      'monitoring/alerts/loki-recording-rules.yaml',
      'Recording rules over logs (TR-006)',
      files.filter(isRecording),
    ),
  ];
}
