import { alloyConfig } from '../alloy/alloy-config.ts';
import { alloyTemplates } from '../helm/alloy-templates.ts';
import { alloyValues } from '../helm/alloy-values.ts';
import { contrastEnvironment } from '../helm/contrast-environment.ts';
import { layerValues } from '../helm/layer-values.ts';
import { alloyVersion, clusters } from '../platform.ts';
import { renderedNote } from './rendered-note.ts';
import type { Renderer } from './renderer.ts';
import { yamlText } from './yaml-text.ts';

/** `helm/alloy`: a chart of our own, one collector on every node, with the configuration of each environment in `files/`. */
export const helmAlloy: Renderer = {
  name: 'helm-alloy',
  render(platform) {
    const environments = clusters(platform);
    if (environments.length === 0) return [];
    const { base, overlays } = layerValues(
      new Map(environments.map((environment) => [environment.name, alloyValues(platform, environment)])),
      environments.map((environment) => alloyValues(platform, contrastEnvironment(environment))),
    );
    const install = `helm upgrade --install ${platform.names.alloyRelease} . -n ${platform.names.alloyNamespace}`;
    return [
      {
        path: `${folder}/Chart.yaml`,
        text: yamlText(
          {
            apiVersion: 'v2',
            name: 'alloy',
            description: `${platform.title}'s log collection: Grafana Alloy on every node`,
            type: 'application',
            version: '1.0.0',
            appVersion: `v${alloyVersion}`,
            kubeVersion: '>=1.25.0-0',
          },
          { head: renderedNote },
        ),
      },
      {
        path: `${folder}/values.yaml`,
        text: yamlText(base, {
          head: `What all environments share; an environment is this and its own file. Patterns of one environment alone:\nredaction.customPatterns: [{ name, expression (RE2, one capture group), tag: "[REDACTED_NAME]" }].\n${renderedNote}`,
        }),
      },
      ...[...overlays].map(([name, values]) => ({
        path: `${folder}/values-${name}.yaml`,
        text: yamlText(values, {
          head: `Environment ${name}: ${install} -f values.yaml -f values-${name}.yaml\n${renderedNote}`,
        }),
      })),
      ...Object.entries(alloyTemplates).map(([name, text]) => ({ path: `${folder}/templates/${name}`, text })),
      ...environments.map((environment) => ({
        path: `${folder}/files/${environment.name}.alloy`,
        text: alloyConfig(platform, environment, 'cluster'),
      })),
    ];
  },
};

const folder = 'helm/alloy';
