import { machineComments, machineConfig } from '../loki/machine-config.ts';
import { runtimeOverrides } from '../loki/runtime-overrides.ts';
import type { Environment, Platform } from '../platform.ts';
import { ruleFiles, ruleFileText, ruleGroupData } from '../rules/rule-files.ts';
import type { Artifact } from './artifact.ts';
import { renderedNote } from './rendered-note.ts';
import type { Renderer } from './renderer.ts';
import { yamlText } from './yaml-text.ts';

/** Each environment on one machine: `loki.yaml`, overrides and rules. Run by `cordwood up --env`, and by Loki itself. */
export const localLoki: Renderer = {
  name: 'local-loki',
  render: (platform) => platform.environments.flatMap((environment) => renderEnvironment(platform, environment)),
};

function renderEnvironment(platform: Platform, environment: Environment): Artifact[] {
  const folder = `local/${environment.name}`;
  const tenants = environment.auth ? environment.tenants.map(({ id }) => id) : ['fake'];
  return [
    {
      path: `${folder}/loki.yaml`,
      text: yamlText(machineConfig(platform, environment), {
        head: `${platform.title}'s log store, environment ${environment.name}, on one machine. The same file configures Grafana Loki\n(\`loki -config.file=loki.yaml\`) and Cordwood. ${renderedNote}`,
        at: Object.fromEntries(Object.entries(machineComments).filter(([path]) => !path.startsWith('query_range'))),
      }),
    },
    {
      path: `${folder}/overrides.yaml`,
      text: yamlText(
        { overrides: runtimeOverrides(platform, environment) },
        {
          head: `What each tenant may do (TR-004). Read again every ten seconds; a broken file keeps the previous values.\n${renderedNote}`,
        },
      ),
    },
    ...tenantRules(platform, environment, tenants).map(({ tenant, name, text }) => ({
      path: `${folder}/rules/${tenant}/${name}.yaml`,
      text,
    })),
  ];
}

/** Where auth is off, `fake` evaluates what the environment's default tenant would. */
function tenantRules(platform: Platform, environment: Environment, tenants: readonly string[]) {
  const files = environment.auth
    ? ruleFiles(platform, tenants)
    : ruleFiles(platform, [environment.defaultTenant.id]).map((file) => ({ ...file, tenant: 'fake' }));
  return files.map(({ tenant, name, groups }) => ({
    tenant,
    name,
    text: ruleFileText(
      groups.map((group) => ({ group, data: ruleGroupData(group) })),
      `Rules of the tenant ${tenant}. ${renderedNote}`,
    ),
  }));
}
