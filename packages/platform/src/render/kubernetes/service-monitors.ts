import { clusters, type Platform } from '../../platform.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/** What Prometheus scrapes. The charts' own ServiceMonitors are off, or everything would be scraped twice (trap T41). */
export const serviceMonitors: Renderer = {
  name: 'service-monitors',
  render: (platform) =>
    clusters(platform).length === 0
      ? []
      : [
          {
            path: serviceMonitorPath,
            text: [loki(platform), canary(platform), alloy(platform)]
              .map((object, index) =>
                yamlText(
                  object,
                  index === 0 ? { head: 'What Prometheus scrapes of Loki, its caches, its canary and Alloy.' } : {},
                ),
              )
              .join('---\n'),
          },
        ],
};

export const serviceMonitorPath = 'kubernetes/loki/servicemonitor.yaml';

/** The mixin's rules take rates over a minute: it must hold several samples. */
const interval = '15s';

interface Monitored {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Readonly<Record<string, unknown>>;
  readonly port: string;
  readonly relabelings: readonly unknown[];
}

const monitor = (platform: Platform, { name, namespace, selector, port, relabelings }: Monitored) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: { name, namespace, labels: platform.neighbours.prometheus.selectorLabels },
  spec: {
    namespaceSelector: { matchNames: [namespace] },
    selector,
    endpoints: [{ port, path: '/metrics', interval, scrapeTimeout: '10s', relabelings }],
  },
});

/** `loki/loki-write`: dashboards and rules know Loki's parts by the end of their job. */
const jobOf = (namespace: string) => [
  { sourceLabels: ['job'], action: 'replace', targetLabel: 'job', replacement: `${namespace}/$1` },
];

const loki = (platform: Platform) => {
  const { lokiRelease, lokiNamespace } = platform.names;
  return monitor(platform, {
    name: lokiRelease,
    namespace: lokiNamespace,
    selector: {
      matchLabels: { 'app.kubernetes.io/name': 'loki', 'app.kubernetes.io/instance': lokiRelease },
      // Headless and memberlist services show the same pods again; the chart marks them.
      matchExpressions: [
        { key: 'prometheus.io/service-monitor', operator: 'NotIn', values: ['false'] },
        // The gateway has no metrics, only a port that is called so; the canary has a monitor of its own.
        { key: 'app.kubernetes.io/component', operator: 'NotIn', values: ['gateway', 'canary'] },
      ],
    },
    port: 'http-metrics',
    relabelings: [
      ...jobOf(lokiNamespace),
      // Only samples: the name of the cluster, for dashboards over several of them.
      { action: 'replace', targetLabel: 'app_instance', replacement: lokiRelease },
    ],
  });
};

const canary = (platform: Platform) => {
  const { lokiRelease, lokiNamespace } = platform.names;
  return monitor(platform, {
    name: `${lokiRelease}-canary`,
    namespace: lokiNamespace,
    selector: {
      matchLabels: {
        'app.kubernetes.io/name': 'loki',
        'app.kubernetes.io/instance': lokiRelease,
        'app.kubernetes.io/component': 'canary',
      },
    },
    port: 'http-metrics',
    relabelings: jobOf(lokiNamespace),
  });
};

const alloy = (platform: Platform) => {
  const { alloyRelease, alloyNamespace } = platform.names;
  return monitor(platform, {
    name: alloyRelease,
    namespace: alloyNamespace,
    selector: { matchLabels: { 'app.kubernetes.io/name': 'alloy', 'app.kubernetes.io/instance': alloyRelease } },
    port: 'http-metrics',
    relabelings: [
      ...jobOf(alloyNamespace),
      { sourceLabels: ['__meta_kubernetes_pod_node_name'], action: 'replace', targetLabel: 'node' },
    ],
  });
};
