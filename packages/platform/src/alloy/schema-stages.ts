/** What is made of a redacted line: its time, labels, metadata and tenant. */
import { quote } from '@cordwood/alloy';
import type { Environment, Job, Platform } from '../platform.ts';
import { block, comment, list, type Matcher, map, match, selector, spaced, text } from './alloy-text.ts';

const escaped = (name: string): string => name.replaceAll('.', '[.]');
export const anyOf = (names: readonly string[]): string => names.map(escaped).join('|');

/** Last part of a path of fields: the name of the metadata. */
const fieldName = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** Labels that only lead a line through the pipeline. */
const workingLabels = ['filename', 'stream'];

export interface SchemaOptions {
  /** Loki 2.9 refuses structured metadata. */
  readonly structuredMetadata: boolean;
  /** Whether the namespace decides the tenant; else the one given. */
  readonly tenant: 'by-namespace' | string;
}

export function schemaProcess(
  platform: Platform,
  environment: Environment,
  name: string,
  forwardTo: string,
  options: SchemaOptions,
): string {
  const { pipeline } = platform;
  const metadata = options.structuredMetadata ? [...pipeline.metadata, 'pod', 'node'] : [];
  const fields = ['timestamp', 'level', ...(options.structuredMetadata ? pipeline.metadata : [])];
  return block(
    `loki.process ${text(name)}`,
    `forward_to = [${forwardTo}]`,
    '\n',
    spaced(
      `${comment('The log schema of TR-005. Lines that are not JSON pass unchanged.')}\n${block('stage.json', `expressions = ${map(expressions(fields))}`)}`,
      timestampStage,
      block('stage.labels', `values = ${map({ level: '' })}`),
      `${comment('{level="error"} finds ERROR, Error and error.')}\n${match(
        selector(['level', '=~', '.+']),
        block('stage.template', 'source = "level"', 'template = "{{ .Value | ToLower }}"'),
        block('stage.labels', `values = ${map({ level: '' })}`),
      )}`,
      metadata.length === 0
        ? undefined
        : `${comment('Ids are too many for labels; as structured metadata they are found without reading the line.')}\n${metadataStage(metadata)}`,
      options.structuredMetadata ? otlpAttributes : undefined,
      kongStages(platform, options.structuredMetadata),
      ...pipeline.dropLevels.map(({ namespace, levels }) =>
        block(
          'stage.match',
          `selector = ${selector(['namespace', '=', namespace], ['level', '=~', anyOf(levels)])}`,
          'action = "drop"',
          `drop_counter_reason = ${text(levels[0]!)}`,
        ),
      ),
      ...jobStages(platform, options.structuredMetadata),
      ...tenantStages(platform, environment, options.tenant),
      block(
        'stage.label_drop',
        `values = ${list(options.structuredMetadata ? workingLabels : [...workingLabels, 'pod', 'node'])}`,
      ),
    ),
  );
}

const expressions = (paths: readonly string[]): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [fieldName(path), path === fieldName(path) ? '' : path]));

const metadataStage = (paths: readonly string[]): string =>
  block('stage.structured_metadata', `values = ${map(Object.fromEntries(paths.map((path) => [fieldName(path), ''])))}`);

/** Attributes of an OTLP resource that are worth finding, by the names that Loki's own OTLP endpoint gives them. */
const resourceAttributes = ['service.version', 'service.instance.id', 'k8s.pod.name', 'deployment.environment.name'];

const metadataName = (attribute: string): string => attribute.replaceAll('.', '_');

/** TR-008. Read after the redaction, like every other field. */
const otlpAttributes = `${comment('Attributes of the OTLP resource, named as Loki names them.')}\n${match(
  selector(['job', '=', 'otlp']),
  block(
    'stage.json',
    `expressions = ${map(Object.fromEntries(resourceAttributes.map((name) => [metadataName(name), `resources."${name}"`])))}`,
  ),
  block(
    'stage.structured_metadata',
    `values = ${map(Object.fromEntries(resourceAttributes.map((name) => [metadataName(name), ''])))}`,
  ),
)}`;

/** Access lines of Kong's file-log plugin (trap T48): no level, no time as text, the status inside of the response. */
function kongStages(platform: Platform, structuredMetadata: boolean): string | undefined {
  const services = platform.services.filter(({ format }) => format === 'kong').map(({ name }) => name);
  if (services.length === 0) return undefined;
  const named = { status: 'response.status', upstream: 'service.name', route: 'route.name' };
  return `${comment("Access lines of Kong's file-log plugin: the level follows from the status.")}\n${match(
    // Kong also writes text to its log; that has no latencies.
    quote(`{service=~${quote(anyOf(services))}} |= ${quote('"latencies":{')}`),
    block('stage.json', `expressions = ${map({ ...named, started_at: '' })}`),
    block('stage.timestamp', 'source = "started_at"', 'format = "UnixMs"', 'action_on_failure = "skip"'),
    block(
      'stage.template',
      'source = "level"',
      `template = ${text('{{ if ge (int .status) 500 }}error{{ else if ge (int .status) 400 }}warn{{ else }}info{{ end }}')}`,
    ),
    block('stage.labels', `values = ${map({ level: '' })}`),
    structuredMetadata
      ? block(
          'stage.structured_metadata',
          `values = ${map(Object.fromEntries(Object.keys(named).map((name) => [name, ''])))}`,
        )
      : undefined,
  )}`;
}

const timestampStage = `${comment("The service's own time: the runtime's is later by however long the line waited.")}\n${block(
  'stage.timestamp',
  'source = "timestamp"',
  'format = "RFC3339Nano"',
  'action_on_failure = "skip"',
  'action_on_duplicate_timestamp = "keep"',
)}`;

/**
 * A line belongs to the first job whose selector fits. The audit trail comes first; a later job leaves alone what an earlier one
 * took, so that no line has two jobs and none is read twice.
 */
function jobStages(platform: Platform, structuredMetadata: boolean): string[] {
  const specific = platform.scrapeJobs.filter((job) => job.source === 'pods' && (job.audit || isSpecific(job)));
  const taken: string[] = [];
  const out: string[] = [];
  for (const job of specific) {
    const free: Matcher[] = taken.length === 0 ? [] : [['job', '!~', anyOf(taken)]];
    for (const matchers of selectors(platform, job))
      out.push(
        match(selector(...matchers, ...free), block('stage.static_labels', `values = ${map({ job: job.name })}`)),
      );
    const labels = Object.keys(job.labels).length > 0;
    const metadata = structuredMetadata ? job.metadata : [];
    if (labels || metadata.length > 0)
      out.push(
        match(
          selector(['job', '=', job.name]),
          labels ? block('stage.static_labels', `values = ${map(job.labels)}`) : undefined,
          metadata.length > 0 ? block('stage.json', `expressions = ${map(expressions(metadata))}`) : undefined,
          metadata.length > 0 ? metadataStage(metadata) : undefined,
        ),
      );
    taken.push(job.name);
  }
  const [first, ...rest] = out;
  return first === undefined
    ? []
    : [`${comment('The scrape jobs of TR-002: each line belongs to the first that fits.')}\n${first}`, ...rest];
}

const isSpecific = ({ select = {} }: Job): boolean => select.service !== undefined || select.namespace !== undefined;

/** Either set of matchers makes a line the job's. An annotation was turned into the label `job` where pods are discovered. */
function selectors(platform: Platform, job: Job): Matcher[][] {
  const out: Matcher[][] = [];
  const { service, namespace } = job.select ?? {};
  const matchers: Matcher[] = [];
  if (service !== undefined) matchers.push(['service', '=~', service]);
  if (namespace !== undefined) matchers.push(['namespace', '=~', namespace]);
  if (matchers.length > 0) out.push(matchers);
  const audited = platform.tenants.find(({ audit }) => audit)?.namespaces ?? [];
  if (job.audit && audited.length > 0) out.push([['namespace', '=~', anyOf(audited)]]);
  return out;
}

/** TR-004. What a line says of its tenant is a customer's matter and decides nothing. */
function tenantStages(platform: Platform, environment: Environment, tenant: string): string[] {
  if (tenant !== 'by-namespace') return [block('stage.tenant', `value = ${text(tenant)}`)];
  const owners = environment.tenants.filter(({ namespaces }) => namespaces.length > 0);
  const all = owners.flatMap(({ namespaces }) => namespaces);
  const catchAll = environment.tenants.find((each) => each.catchAll);
  const auditJobs = platform.scrapeJobs.filter(({ audit }) => audit).map(({ name }) => name);
  const auditTenant = environment.tenants.find(({ audit }) => audit);
  const stages = owners.map(({ id, namespaces }) =>
    match(selector(['namespace', '=~', anyOf(namespaces)]), block('stage.tenant', `value = ${text(id)}`)),
  );
  const elsewhere = selector(['namespace', '!~', anyOf(all)]);
  stages.push(
    catchAll === undefined
      ? block('stage.match', `selector = ${elsewhere}`, 'action = "drop"', 'drop_counter_reason = "no_tenant"')
      : match(elsewhere, block('stage.tenant', `value = ${text(catchAll.id)}`)),
  );
  if (auditTenant !== undefined && auditJobs.length > 0)
    stages.push(
      match(selector(['job', '=~', anyOf(auditJobs)]), block('stage.tenant', `value = ${text(auditTenant.id)}`)),
    );
  const [first, ...rest] = stages;
  return [
    `${comment('TR-004: the namespace decides the tenant. What a service writes into its lines does not: tenant_id there is a customer.')}\n${first}`,
    ...rest,
  ];
}
