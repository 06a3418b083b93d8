import type { Platform } from '../platform.ts';
import type { PlatformRuleGroup } from '../platform-definition.ts';
import { platformRuleGroups } from '../rules/platform-alerts.ts';
import { renderedNote } from './rendered-note.ts';
import type { Renderer } from './renderer.ts';
import { yamlText } from './yaml-text.ts';

/** The alerts about Loki and Alloy, for Prometheus' operator. */
export const platformRules: Renderer = {
  name: 'platform-rules',
  render: (platform) => [
    {
      path: 'monitoring/alerts/loki-platform-alerts.yaml',
      text: yamlText(
        {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'PrometheusRule',
          metadata: {
            name: 'loki-platform-alerts',
            namespace: platform.neighbours.prometheus.namespace,
            labels: { ...platform.neighbours.prometheus.selectorLabels, 'app.kubernetes.io/part-of': platform.name },
          },
          spec: { groups: platformRuleGroups(platform).map(groupData) },
        },
        { head: `Alerts about Loki and Alloy themselves: PromQL, evaluated by Prometheus. ${renderedNote}` },
      ),
    },
  ],
};

/** The same alerts as a plain file of rules, for a Prometheus without the operator. */
export const prometheusRuleFile = (platform: Platform): string =>
  yamlText(
    { groups: platformRuleGroups(platform).map(groupData) },
    { head: `Alerts about Loki and Alloy themselves. ${renderedNote}` },
  );

const groupData = ({ name, interval, rules }: PlatformRuleGroup) => ({
  name,
  interval,
  rules: rules.map(({ alert, expr, for: forTime, severity, team, summary, runbook, labels }) => ({
    alert,
    expr,
    for: forTime,
    labels: { severity, team, ...labels },
    annotations: { summary, runbook },
  })),
});
