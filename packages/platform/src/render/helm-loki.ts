import { chartLock } from '../helm/chart-lock.ts';
import { contrastEnvironment } from '../helm/contrast-environment.ts';
import { layerValues } from '../helm/layer-values.ts';
import { lokiValues, type Values } from '../helm/loki-values.ts';
import { lokiComments } from '../loki/loki-sections.ts';
import { clusters, type Platform } from '../platform.ts';
import type { Artifact } from './artifact.ts';
import { renderedNote } from './rendered-note.ts';
import type { Renderer } from './renderer.ts';
import { yamlText } from './yaml-text.ts';

/**
 * `helm/loki`: an umbrella over the Loki chart, pinned, with what all environments share in `values.yaml` and the rest in an
 * overlay for each. The overlay table of TR-001 is in the overlays, TR-009 in the base.
 */
export const helmLoki: Renderer = {
  name: 'helm-loki',
  render(platform) {
    const [first] = clusters(platform);
    if (first === undefined) return [];
    const { chart } = first;
    const { base, overlays } = layerValues(
      new Map(clusters(platform).map((environment) => [environment.name, lokiValues(platform, environment)])),
      clusters(platform).map((environment) => lokiValues(platform, contrastEnvironment(environment))),
    );
    return [
      {
        path: `${folder}/Chart.yaml`,
        text: yamlText(
          {
            apiVersion: 'v2',
            name: `${platform.name}-loki`,
            description: `${platform.title}'s log store`,
            type: 'application',
            version: '1.0.0',
            appVersion: chart.lokiVersion,
            kubeVersion: '>=1.25.0-0',
            dependencies: [{ name: chart.name, version: chart.version, repository: chart.repository }],
          },
          { head: `Loki, by way of its chart, pinned: ${whyThisChart[chart.line]}\n${renderedNote}` },
        ),
      },
      { path: `${folder}/Chart.lock`, text: yamlText(chartLock(chart)) },
      valuesFile(
        platform,
        'values.yaml',
        base,
        'What all environments share; an environment is this and its own file.',
      ),
      ...[...overlays].map(([name, values]) =>
        valuesFile(
          platform,
          `values-${name}.yaml`,
          values,
          `Environment ${name}: helm upgrade --install ${platform.names.lokiRelease} . -n ${platform.names.lokiNamespace} -f values.yaml -f values-${name}.yaml`,
        ),
      ),
    ];
  },
};

const folder = 'helm/loki';

const whyThisChart = {
  'grafana-6':
    'the last open line of grafana/loki, with the targets write, read and backend. Its 7.x is another product (trap T29).',
  community: 'the community line, which goes on where grafana/loki 6 ended.',
} as const;

function valuesFile(_platform: Platform, name: string, values: Values, says: string): Artifact {
  const comments = Object.entries(lokiComments)
    .map(([path, text]) => [`loki.loki.${path}`, text] as const)
    .filter(([path]) => has({ loki: values }, path));
  return {
    path: `${folder}/${name}`,
    text: yamlText({ loki: values }, { head: `${says}\n${renderedNote}`, at: Object.fromEntries(comments) }),
  };
}

const has = (values: Values, path: string): boolean =>
  path.split('.').reduce<unknown>((at, key) => (at as Values | undefined)?.[key], values) !== undefined;
