import { clusters, type Environment, type Platform } from '../platform.ts';
import { renderedNote } from './rendered-note.ts';
import type { Renderer } from './renderer.ts';

/** For who opens the folder: what is where, and the commands of each environment. */
export const readme: Renderer = {
  name: 'readme',
  render: (platform) => [{ path: 'README.md', text: readmeText(platform) }],
};

function readmeText(platform: Platform): string {
  const environments = clusters(platform);
  return `# The log platform of ${platform.title}

${renderedNote} \`cordwood lint\` checks all of it, \`cordwood render --check\` says whether it is fresh.

${foldersOf(environments).join('\n')}
${environments.map((environment) => commands(platform, environment)).join('')}`;
}

function foldersOf(environments: readonly Environment[]): readonly string[] {
  const onS3 = environments.some(({ objectStore }) => objectStore.kind === 's3');
  return [
    '| folder | what it is |',
    '|---|---|',
    ...(environments.length > 0
      ? [
          '| `helm/loki`, `helm/alloy` | charts, with values for each environment |',
          '| `kubernetes/loki`, `kubernetes/overlays` | namespaces, NetworkPolicies, ServiceMonitors; what is of an environment is in its overlay |',
        ]
      : []),
    ...(onS3 ? ['| `terraform` | the module `loki-storage` and a root for each environment on S3 |'] : []),
    '| `config/loki/rules` | rules in LogQL, by tenant |',
    '| `monitoring` | alerts, dashboards and datasources of Grafana, routes of Alertmanager |',
    '| `local` | each environment on one machine: `cordwood up --env NAME` |',
    '| `compose` | the real Loki, Alloy, Grafana, Prometheus, Alertmanager and Tempo on one machine |',
  ];
}

function commands(platform: Platform, environment: Environment): string {
  const { lokiRelease, lokiNamespace, alloyRelease, alloyNamespace } = platform.names;
  const { name } = environment;
  const lines = [
    ...(environment.objectStore.kind === 's3'
      ? [
          `terraform -chdir=terraform/environments/${name} init -backend-config=backend.hcl`,
          `terraform -chdir=terraform/environments/${name} apply`,
        ]
      : []),
    `kubectl apply -k kubernetes/overlays/${name}`,
    ...(environment.auth ? [`cordwood gateway-users --env ${name} | kubectl apply -f -`] : []),
    'helm dependency build helm/loki',
    `helm upgrade --install ${lokiRelease} helm/loki -n ${lokiNamespace} -f helm/loki/values.yaml -f helm/loki/values-${name}.yaml`,
    `helm upgrade --install ${alloyRelease} helm/alloy -n ${alloyNamespace} -f helm/alloy/values.yaml -f helm/alloy/values-${name}.yaml`,
  ];
  return `\n## ${name}\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`;
}
