import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@cordwood/platform';
import { type Check, type Criterion, failed, judged, listed, notJudged, passed } from '../criterion.ts';
import { eventually, lastSpan, type Stack } from '../stack.ts';

const dayMs = 24 * 3_600_000;

export const collection: Criterion = {
  number: 2,
  title: 'Grafana Alloy collects logs from all GreenLang namespace pods',
  async judge(stack) {
    const pods = readPods(stack);
    const inhabited = isList(pods) ? new Set(pods.map(({ namespace }) => namespace)) : undefined;
    return [...(await judgePods(stack, pods)), ...(await judgeNamespaces(stack, inhabited))];
  },
};

/** The tenant that the logs of a namespace belong to. */
function tenantOfNamespace(environment: Environment, namespace: string): string | undefined {
  return environment.tenants.find(({ namespaces }) => namespaces.includes(namespace))?.id;
}

// ---- namespaces: what was there and is silent now ----------------------------------------------------------------------------

/** `inhabited` are the namespaces that have pods; undefined when nobody said which. */
async function judgeNamespaces(stack: Stack, inhabited: ReadonlySet<string> | undefined): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { id, namespaces } of stack.environment.tenants) {
    for (const namespace of namespaces) {
      if (inhabited?.has(namespace) === false) continue;
      const what = `${namespace} -> ${id}`;
      const newest = async (spanMs: number) =>
        (await stack.loki.entries(id, `{namespace="${namespace}"}`, lastSpan(stack, spanMs), 1))[0];
      const fresh = await eventually(stack, stack.settings.waitMs, () => newest(stack.settings.freshMs), Boolean);
      if (fresh !== undefined) {
        checks.push(passed(what, `last line at ${time(fresh.timestampNs)}`));
        continue;
      }
      const old = await newest(dayMs);
      if (old === undefined) checks.push(notJudged(what, 'pods in this namespace: it has no line of the last 24 h'));
      else checks.push(failed(what, `silent since ${time(old.timestampNs)}`));
    }
  }
  return [...checks, await nothingElsewhere(stack)];
}

/** Lines of a namespace in a tenant that is not its own: the collector's mapping is wrong. */
async function nothingElsewhere(stack: Stack): Promise<Check> {
  const strangers: string[] = [];
  const owned = stack.environment.tenants.flatMap(({ namespaces }) => namespaces);
  for (const { id, namespaces } of stack.environment.tenants) {
    const foreign = owned.filter((namespace) => !namespaces.includes(namespace));
    if (foreign.length === 0) continue;
    const query = `sum by (namespace) (count_over_time({namespace=~"${foreign.join('|')}"}[10m]))`;
    for (const [labels, count] of await stack.loki.numbers(id, query, stack.clock.nowNs()))
      strangers.push(`${id} holds ${count} lines of ${(JSON.parse(labels) as { namespace: string }).namespace}`);
  }
  const evidence = strangers.length === 0 ? 'none in the last 10 minutes' : listed(strangers);
  return judged(strangers.length === 0, 'no tenant holds lines of a namespace of another one', evidence);
}

// ---- pods: everyone of them ------------------------------------------------------------------------------------------------

interface Pod {
  readonly namespace: string;
  readonly name: string;
}

const everyPod = 'every pod of a tenant namespace is collected';

/** The pods of the tenants' namespaces, or why they are not known. */
function readPods({ endpoints, settings, environment }: Stack): Pod[] | Check {
  const { pods: source } = endpoints;
  if (source === undefined)
    return notJudged(everyPod, '--pods: a folder like /var/log/pods, or the file of `kubectl get pods -A -o json`');
  if (!existsSync(source)) return failed(everyPod, `${source}: there is no such file or folder`);
  const all = statSync(source).isDirectory() ? podsOfFolder(source, settings.freshMs) : podsOfList(source);
  const pods = all.filter(({ namespace }) => tenantOfNamespace(environment, namespace) !== undefined);
  if (pods.length === 0) return notJudged(everyPod, `pods: ${source} has none in the namespaces of the tenants`);
  return pods;
}

async function judgePods(stack: Stack, pods: readonly Pod[] | Check): Promise<Check[]> {
  if (!isList(pods)) return [pods];
  // A pod of a list may be a quiet one; a file in a folder was written to.
  const spanMs = statSync(stack.endpoints.pods!).isDirectory() ? stack.settings.freshMs : dayMs;
  const missing: string[] = [];
  for (const { namespace, name } of pods) {
    const tenant = tenantOfNamespace(stack.environment, namespace)!;
    const query = `{namespace="${namespace}"} | pod="${name}"`;
    const found = await eventually(
      stack,
      stack.settings.waitMs,
      () => stack.loki.entries(tenant, query, lastSpan(stack, spanMs), 1),
      (entries) => entries.length > 0,
    );
    if (found.length === 0) missing.push(`${namespace}/${name}`);
  }
  const evidence =
    missing.length === 0 ? `${pods.length} pods` : `${missing.length} of ${pods.length}: ${listed(missing)}`;
  return [judged(missing.length === 0, everyPod, evidence)];
}

function isList(pods: readonly Pod[] | Check): pods is readonly Pod[] {
  return Array.isArray(pods);
}

/** Pods that have logged lately, by the kubelet's layout: `<namespace>_<pod>_<uid>/<container>/<n>.log`. */
function podsOfFolder(directory: string, freshMs: number): Pod[] {
  const pods = new Map<string, Pod>();
  for (const file of globSync('*/*/*.log', { cwd: directory })) {
    const path = join(directory, file);
    if (Date.now() - statSync(path).mtimeMs > freshMs) continue;
    const [namespace, name] = file.split('/')[0]!.split('_');
    if (namespace !== undefined && name !== undefined) pods.set(`${namespace}/${name}`, { namespace, name });
  }
  return [...pods.values()];
}

function podsOfList(file: string): Pod[] {
  const list = JSON.parse(readFileSync(file, 'utf8')) as {
    items?: { metadata: Pod; status?: { phase?: string } }[];
  };
  return (list.items ?? [])
    .filter(({ status }) => status?.phase === 'Running')
    .map(({ metadata: { namespace, name } }) => ({ namespace, name }));
}

function time(timestampNs: bigint): string {
  return new Date(Number(timestampNs / 1_000_000n)).toISOString();
}
