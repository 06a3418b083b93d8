import type { Platform } from '../platform.ts';

/** Labels that Loki makes by itself. */
const lokiLabels = ['service_name', '__stream_shard__'];

/** Index labels that the rendered pipeline can give to a line, and who gives them. */
export function indexLabels(platform: Platform): ReadonlySet<string> {
  return new Set([
    'namespace',
    'container',
    'service',
    'level',
    'job',
    'cluster',
    'environment',
    ...(platform.scrapeJobs.some(({ source }) => source === 'journal') ? ['unit'] : []),
    ...platform.scrapeJobs.flatMap(({ labels }) => Object.keys(labels)),
    ...lokiLabels,
  ]);
}

/** Index labels that one line of a job carries at most. */
export function labelsOfJob(platform: Platform, name: string): readonly string[] {
  const job = platform.scrapeJobs.find((each) => each.name === name)!;
  const fixed = job.source === 'journal' ? ['unit'] : ['namespace', 'container'];
  return ['service', 'level', 'job', 'cluster', 'environment', 'service_name', ...fixed, ...Object.keys(job.labels)];
}

/** The job that takes the lines of a service: the first whose selector fits. */
export function jobOfService(platform: Platform, service: string, namespace: string): string | undefined {
  const audited = platform.tenants.filter(({ audit }) => audit).flatMap(({ namespaces }) => namespaces);
  return platform.scrapeJobs.find(({ source, select = {}, audit }) => {
    if (source !== 'pods') return false;
    if (audit && audited.includes(namespace)) return true;
    if (select.service === undefined && select.namespace === undefined)
      return select.annotation === undefined && !audit;
    return fits(select.service, service) && fits(select.namespace, namespace);
  })?.name;
}

export const fits = (expression: string | undefined, text: string): boolean =>
  expression === undefined || new RegExp(`^(?:${expression})$`, 'u').test(text);

/** Whose a namespace's lines are. */
export const tenantOfNamespace = (platform: Platform, namespace: string): string | undefined =>
  platform.tenants.find(({ namespaces }) => namespaces.includes(namespace))?.id ??
  platform.tenants.find(({ catchAll }) => catchAll)?.id;
