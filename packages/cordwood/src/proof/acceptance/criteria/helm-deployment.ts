import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type Check, type Criterion, failed, judged, listed, notJudged } from '../criterion.ts';
import type { Stack } from '../stack.ts';

export const helmDeployment: Criterion = {
  number: 1,
  title: 'Loki 3.x Helm chart deploys successfully in SSD mode with S3 storage',
  judge: async (stack) => [judgeArtifacts(stack), ...(await judgeRunning(stack))],
};

interface Values {
  readonly deploymentMode?: string;
  readonly loki?: {
    readonly storage?: { readonly type?: string; readonly object_store?: { readonly type?: string } };
    readonly schemaConfig?: { readonly configs?: readonly { readonly object_store?: string }[] };
  };
}

/** An umbrella chart has the values of Loki's chart below the name of its dependency. */
function chartValues(layer: Values | null): Values {
  const inner = layer?.loki as Values | undefined;
  return inner !== undefined && ('loki' in inner || 'deploymentMode' in inner) ? inner : (layer ?? {});
}

/** The values that the chart is installed with, as they lie in the folder of artifacts. */
function judgeArtifacts({ endpoints, environment }: Stack): Check {
  const what = 'the values of the chart ask for SSD and S3';
  const { artifacts } = endpoints;
  if (environment.runsOn !== 'kubernetes')
    return notJudged(what, `an environment on Kubernetes (--env): ${environment.name} runs on one machine`);
  if (artifacts === undefined) return notJudged(what, '--artifacts: the folder that cordwood render writes');
  const files = ['values.yaml', `values-${environment.name}.yaml`].map((name) => join(artifacts, 'helm/loki', name));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) return failed(what, `there is no ${listed(missing)}`);
  const layers = files.map((file) => chartValues(parseYaml(readFileSync(file, 'utf8')) as Values | null));
  const last = <T>(pick: (values: Values) => T | undefined): T | undefined =>
    layers.reduce<T | undefined>((value, layer) => pick(layer) ?? value, undefined);
  const mode = last(({ deploymentMode }) => deploymentMode);
  const store = last(({ loki }) => loki?.schemaConfig?.configs?.at(-1)?.object_store);
  return judged(
    mode === 'SimpleScalable' && store === 's3',
    what,
    `deploymentMode ${mode ?? 'missing'}, object_store ${store ?? 'missing'}`,
  );
}

interface RunningConfig {
  readonly schema_config?: {
    readonly configs?: readonly { readonly object_store?: string; readonly schema?: string }[];
  };
  readonly memberlist?: { readonly join_members?: readonly string[] };
}

async function judgeRunning({ loki }: Stack): Promise<Check[]> {
  const build = await loki.request({ path: '/loki/api/v1/status/buildinfo' });
  if (build.status !== 200) return [failed('Loki answers', `buildinfo: ${build.status}`)];
  const { version, branch } = JSON.parse(build.text) as { version: string; branch: string };
  if (branch.startsWith('cordwood'))
    return [notJudged('Loki runs as the chart deploys it', `a Loki that Helm deployed: this is Cordwood (${branch})`)];
  const checks = [judged(Number(version.split('.')[0]) >= 3, 'Loki is 3.x', version)];
  const config = await loki.request({ path: '/config' });
  if (config.status !== 200)
    return [...checks, notJudged('it runs with S3 and memberlist', `an address that shows /config (${config.status})`)];
  const running = parseYaml(config.text) as RunningConfig;
  const store = running.schema_config?.configs?.at(-1)?.object_store ?? 'missing';
  const members = running.memberlist?.join_members ?? [];
  return [
    ...checks,
    judged(store === 's3', 'chunks and index are on S3', `object_store ${store}`),
    judged(members.length > 0, 'its processes find each other', `memberlist ${listed(members) || 'is empty'}`),
  ];
}
