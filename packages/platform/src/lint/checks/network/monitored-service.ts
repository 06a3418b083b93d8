import { type LabelSelector, selects } from '../../../network/network-policy.ts';
import { componentsOf, lokiLabels } from '../../../network/workload.ts';
import { clusters, type Platform } from '../../../platform.ts';
import { serviceMonitorPath } from '../../../render/kubernetes/service-monitors.ts';
import type { Check, CheckFinding, CheckInput } from '../../check.ts';
import { valueAt } from '../../rendered-values.ts';

interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
}

export const monitoredService: Check = {
  id: 'network/monitored-service',
  severity: 'error',
  title: 'Each service with metrics is scraped by one ServiceMonitor',
  reason:
    'A selector that meets nothing is no error anywhere: the targets are just missing, and so are the alerts on them. Scraped twice, every rate doubles.',
  fix: 'Take back the patch of servicemonitor.yaml; labels and ports are those of the charts.',
  traps: ['T41'],
  find(input) {
    if (clusters(input.platform).length === 0) return [];
    const monitors = input.documents(serviceMonitorPath);
    return services(input).flatMap((service): CheckFinding[] => {
      const watching = monitors
        .filter((monitor) => watches(monitor, service))
        .map((monitor) => valueAt(monitor, ['metadata', 'name']));
      if (watching.length === 1) return [];
      return [
        {
          message:
            watching.length === 0
              ? `no ServiceMonitor selects the service ${service.namespace}/${service.name}`
              : `${watching.join(' and ')} both select the service ${service.namespace}/${service.name}`,
          at: 'names',
          in: { path: serviceMonitorPath },
        },
      ];
    });
  },
};

function watches(monitor: unknown, service: Service): boolean {
  const namespaces = valueAt(monitor, ['spec', 'namespaceSelector', 'matchNames']);
  const endpoints = valueAt(monitor, ['spec', 'endpoints']);
  return (
    (namespaces === undefined || (namespaces as string[]).includes(service.namespace)) &&
    selects((valueAt(monitor, ['spec', 'selector']) ?? {}) as LabelSelector, service.labels) &&
    ((endpoints ?? []) as { port?: string }[]).some(({ port }) => port !== undefined && service.ports.includes(port))
  );
}

/** Services with metrics: those of Loki's chart, which we know, and our own chart's, as it is rendered. */
function services({ platform, text }: CheckInput): readonly Service[] {
  const { names } = platform;
  const loki = (component: string): Service => ({
    name: `${names.lokiRelease}-${component}`,
    namespace: names.lokiNamespace,
    labels: lokiLabels(platform, component),
    ports: ['http-metrics'],
  });
  return [
    ...[...componentsOf(platform), 'canary'].map(loki),
    alloyService(platform, text('helm/alloy/templates/service.yaml')),
  ];
}

/** The template's port names are literal; its labels come from the chart's helpers. */
const alloyService = ({ names }: Platform, template: string | undefined): Service => ({
  name: names.alloyRelease,
  namespace: names.alloyNamespace,
  labels: { 'app.kubernetes.io/name': 'alloy', 'app.kubernetes.io/instance': names.alloyRelease },
  ports:
    template === undefined ? ['http-metrics'] : [...template.matchAll(/- name: ([\w-]+)/g)].map(([, name]) => name!),
});
