import { createRedaction } from '@cordwood/logger/redaction';
import { defaultResources } from './default-resources.ts';
import {
  type Chart,
  charts,
  type Environment,
  type Job,
  type Platform,
  type Service,
  type Tenant,
  type User,
} from './platform.ts';
import type {
  DistributedComponent,
  EnvironmentDefinition,
  Limits,
  PlatformDefinition,
  ScrapeJob,
  TenantDefinition,
} from './platform-definition.ts';
import { PlatformError, type Problem, printPath } from './platform-error.ts';
import { platformSchema } from './platform-schema.ts';
import { type Duration, durationHours, durationMs } from './units.ts';

/**
 * Checks a definition and fills in what it leaves out. What cannot be resolved (a tenant that does not exist, two tenants for
 * one namespace) is an error here; what can be rendered but is a bad idea is for the lint.
 *
 * @throws PlatformError with every problem and its path.
 */
export function definePlatform(definition: PlatformDefinition): Platform {
  const shape = platformSchema.safeParse(definition);
  if (!shape.success) throw new PlatformError(shape.error.issues.flatMap(problemsOfIssue));
  const problems = checkReferences(definition);
  if (problems.length > 0) throw new PlatformError(problems);
  return resolve(definition);
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function problemsOfIssue(issue: Issue): Problem[] {
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map((key) => ({
      path: printPath([...issue.path, key]),
      message: 'there is no such setting',
    }));
  const message = issue.message.replace(/^Invalid input: expected (\w+), received undefined$/, 'is missing');
  return [{ path: printPath(issue.path), message }];
}

// ---- references ------------------------------------------------------------------------------------------------------------

function checkReferences(definition: PlatformDefinition): Problem[] {
  const problems: Problem[] = [];
  const report = (path: readonly PropertyKey[], message: string) => problems.push({ path: printPath(path), message });
  const { tenants, environments, retentionClasses = {}, alerting } = definition;
  const known = (names: object, name: string, what: string, path: readonly PropertyKey[]) => {
    if (!Object.hasOwn(names, name))
      report(path, `there is no ${what} ${name}; there are: ${Object.keys(names).join(', ') || 'none'}`);
  };
  if (Object.keys(environments).length === 0) report(['environments'], 'names no environment');
  if (Object.keys(tenants).length === 0) report(['tenants'], 'names no tenant');

  for (const [name, environment] of Object.entries(environments)) {
    const at = ['environments', name];
    known(tenants, environment.defaultTenant, 'tenant', [...at, 'defaultTenant']);
    environment.tenants?.forEach((tenant, i) => {
      known(tenants, tenant, 'tenant', [...at, 'tenants', i]);
    });
    if (environment.tenants !== undefined && !environment.tenants.includes(environment.defaultTenant))
      report([...at, 'defaultTenant'], `${environment.defaultTenant} is not among the tenants of this environment`);
    const read = environment.replicas?.read;
    if (typeof read === 'object' && read.min > read.max)
      report([...at, 'replicas', 'read'], `min ${read.min} is more than max ${read.max}`);
    if (environment.runsOn === 'laptop') continue;
    for (const key of ['region', 'account', 'oidcProvider'] as const)
      if (environment[key] === undefined && environment.objectStore?.kind !== 's3-compatible')
        report([...at, key], 'is missing: an environment on Kubernetes with S3 needs it');
  }

  const owners = new Map<string, string>();
  for (const [id, tenant] of Object.entries(tenants)) {
    for (const [i, namespace] of (tenant.namespaces ?? []).entries()) {
      const owner = owners.get(namespace);
      if (owner !== undefined) report(['tenants', id, 'namespaces', i], `${namespace} already belongs to ${owner}`);
      owners.set(namespace, id);
    }
    tenant.retentionClasses?.forEach((name, i) => {
      known(retentionClasses, name, 'retention class', ['tenants', id, 'retentionClasses', i]);
    });
  }
  for (const role of ['audit', 'catchAll'] as const) {
    const having = Object.entries(tenants).filter(([, tenant]) => tenant[role] === true);
    for (const [id] of having.slice(1)) report(['tenants', id, role], `${having[0]![0]} has it already`);
  }

  checkJobs(definition, report);
  for (const [i, group] of definition.rules.entries())
    group.tenants.forEach((tenant, j) => {
      known(tenants, tenant, 'tenant', ['rules', i, 'tenants', j]);
    });
  known(alerting.receivers, alerting.defaultReceiver, 'receiver', ['alerting', 'defaultReceiver']);
  alerting.routes?.forEach((route, i) => {
    known(alerting.receivers, route.receiver, 'receiver', ['alerting', 'routes', i, 'receiver']);
  });
  for (const [name, user] of Object.entries(definition.access.users)) {
    user.tenants.forEach((tenant, i) => {
      known(tenants, tenant, 'tenant', ['access', 'users', name, 'tenants', i]);
    });
    user.environments?.forEach((environment, i) => {
      known(environments, environment, 'environment', ['access', 'users', name, 'environments', i]);
    });
  }
  definition.dualWrite?.environments.forEach((environment, i) => {
    known(environments, environment, 'environment', ['dualWrite', 'environments', i]);
  });
  return problems;
}

function checkJobs(
  definition: PlatformDefinition,
  report: (path: readonly PropertyKey[], message: string) => void,
): void {
  const jobs = Object.entries(definition.scrapeJobs);
  const tenants = Object.entries(definition.tenants);
  const general = jobs.filter(([, job]) => job.source === 'pods' && isGeneral(job));
  for (const [name] of general.slice(1))
    report(['scrapeJobs', name], `takes all pods, and so does ${general[0]![0]}: give one of them a selector`);
  if (general.length === 0)
    report(['scrapeJobs'], 'no job takes the pods that the others leave; add one without select');
  for (const [name, job] of jobs) {
    if (job.audit === true && !tenants.some(([, tenant]) => tenant.audit === true))
      report(['scrapeJobs', name, 'audit'], 'no tenant has audit: true, so its lines would go nowhere');
    if (job.source === 'journal' && !tenants.some(([, tenant]) => tenant.catchAll === true))
      report(['scrapeJobs', name], 'no tenant has catchAll: true; a journal belongs to no namespace');
    for (const key of ['service', 'namespace'] as const) {
      const expression = job.select?.[key];
      if (expression !== undefined && !compiles(expression))
        report(['scrapeJobs', name, 'select', key], `${expression} is no regular expression`);
    }
  }
}

const isGeneral = (job: ScrapeJob): boolean => job.select === undefined || Object.keys(job.select).length === 0;

function compiles(expression: string): boolean {
  try {
    new RegExp(expression, 'u');
    return true;
  } catch {
    return false;
  }
}

// ---- resolution ------------------------------------------------------------------------------------------------------------

const hourMs = 3_600_000;
const hours = (duration: Duration): Duration => `${Math.ceil(durationHours(duration))}h`;

function resolve(definition: PlatformDefinition): Platform {
  const tenants = Object.entries(definition.tenants).map(([id, tenant]) => resolveTenant(id, tenant, definition));
  const { ipAddressesOf: _, ...policy } = definition.redaction ?? {};
  return {
    name: definition.name,
    title: definition.title,
    output: definition.output ?? 'deployment',
    environments: Object.entries(definition.environments).map(([name, environment]) =>
      resolveEnvironment(name, environment, definition, tenants),
    ),
    tenants,
    tuning: { ...tr009, ...definition.tuning },
    retentionClasses: Object.entries(definition.retentionClasses ?? {}).map(([name, entry]) => ({
      name,
      priority: 10,
      ...entry,
    })),
    scrapeJobs: resolveJobs(definition),
    services: Object.entries(definition.services).map(
      ([name, service]): Service => ({
        name,
        containers: 1,
        format: 'record',
        kilobytesPerSecond: 10,
        ...service,
      }),
    ),
    pipeline: {
      podSource: 'files',
      metadata: ['trace_id', 'span_id', 'request_id', 'tenant_id'],
      drop: [],
      dropLevels: [],
      onlyTenantNamespaces: false,
      otlpIndexAttributes: [
        'service.name',
        'service.namespace',
        'deployment.environment.name',
        'k8s.namespace.name',
        'k8s.container.name',
        'retention_class',
      ],
      ...definition.pipeline,
    },
    redaction: definition.redaction ?? {},
    compiledRedaction: createRedaction(policy),
    ipRedaction: createRedaction({ withoutDefaultKeys: true, patterns: ['ipv4', 'ipv6'] }),
    storage: {
      client: definition.storage?.client ?? 'thanos',
      schemaFrom: definition.storage?.schemaFrom ?? '2024-01-01',
      tiers: definition.storage?.tiers ?? [],
      orphanExpiryDays: definition.storage?.orphanExpiryDays ?? 30,
      abortMultipartDays: definition.storage?.abortMultipartDays ?? 3,
      versioning: definition.storage?.versioning ?? false,
      objectLock: definition.storage?.objectLock ?? 'none',
    },
    rules: definition.rules.map((group) => ({
      interval: '1m',
      file: group.rules.every((rule) => 'record' in rule) ? 'recording' : 'alerts',
      ...group,
    })),
    platformRules: definition.platformRules ?? [],
    alerting: { routes: [], ...definition.alerting },
    users: Object.entries(definition.access.users).map(
      ([name, user]): User => ({ name, environments: Object.keys(definition.environments), ...user }),
    ),
    dashboards: { folder: definition.title, refresh: '30s', tags: [definition.name, 'logs'], ...definition.dashboards },
    names: {
      lokiRelease: 'loki',
      lokiNamespace: 'loki',
      lokiServiceAccount: 'loki',
      alloyRelease: 'alloy',
      alloyNamespace: 'log-collection',
      gatewaySecret: 'loki-gateway-users',
      credentialsSecret: 'loki-gateway-credentials',
      ...withoutRole(definition.names),
    },
    neighbours: resolveNeighbours(definition),
    dualWrite: definition.dualWrite,
    patches: definition.patches ?? [],
    accept: definition.accept ?? [],
    definition,
  };
}

/** TR-009, value for value. */
const tr009 = {
  chunkIdlePeriod: '30m',
  chunkTargetSizeBytes: 1_572_864,
  maxChunkAge: '2h',
  chunkEncoding: 'snappy',
  perStreamRateLimitMb: 3,
  perStreamRateLimitBurstMb: 15,
  maxLabelNamesPerSeries: 15,
  maxQueryParallelism: 16,
  tsdbMaxQueryParallelism: 128,
  splitQueriesByInterval: '30m',
  embeddedResultsCacheMb: 100,
  queryTimeout: '5m',
  maxLineSizeKb: 256,
  rejectOldSamplesMaxAge: '168h',
  maxRequestBodyMb: 20,
} as const;

const standardLimits: Limits = { ingestionRateMb: 5, ingestionBurstMb: 10, maxStreams: 5000 };

function withoutRole({ lokiRole: _, ...names }: NonNullable<PlatformDefinition['names']> = {}) {
  return names;
}

function resolveTenant(id: string, tenant: TenantDefinition, definition: PlatformDefinition): Tenant {
  const periods = (tenant.retentionClasses ?? []).map((name) => definition.retentionClasses![name]!.period);
  const longest = [tenant.retention, ...periods].reduce((a, b) => (durationMs(b) > durationMs(a) ? b : a));
  const dayMore: Duration = `${durationMs(longest) / hourMs + 24}h`;
  return {
    id,
    description: tenant.description,
    namespaces: tenant.namespaces ?? [],
    audit: tenant.audit ?? false,
    catchAll: tenant.catchAll ?? false,
    limits: tenant.limits,
    retention: hours(tenant.retention),
    retentionClasses: tenant.retentionClasses ?? [],
    longestRetention: hours(longest),
    maxQueryLength: tenant.maxQueryLength ?? dayMore,
    maxQueryLookback: hours(longest),
    deletionMode: tenant.deletionMode ?? 'filter-and-delete',
    immutable: tenant.immutable ?? false,
  };
}

/** Pods before the journal, the specific before the general, audit before everything. */
function resolveJobs(definition: PlatformDefinition): Job[] {
  const rank = (job: Job) => (job.audit ? 0 : job.source === 'journal' ? 3 : isGeneral(job) ? 2 : 1);
  return Object.entries(definition.scrapeJobs)
    .map(([name, job]): Job => ({ name, labels: {}, metadata: [], audit: false, ...job }))
    .sort((a, b) => rank(a) - rank(b));
}

const distributedReplicas: Readonly<Record<DistributedComponent, number>> = {
  distributor: 3,
  ingester: 3,
  querier: 2,
  queryFrontend: 2,
  queryScheduler: 2,
  indexGateway: 2,
  compactor: 1,
  ruler: 2,
};

function resolveEnvironment(
  name: string,
  given: EnvironmentDefinition,
  definition: PlatformDefinition,
  tenants: readonly Tenant[],
): Environment {
  const named = (text: string) => text.replaceAll('{env}', name).replaceAll('{name}', definition.name);
  const topology = given.topology ?? definition.topology ?? 'simple-scalable';
  const read = given.replicas?.read ?? 1;
  const write = given.replicas?.write ?? 1;
  const distributed = { ...distributedReplicas, ...given.replicas?.distributed };
  const singleBinary = given.runsOn === 'laptop' ? 1 : (given.replicas?.singleBinary ?? 3);
  const ingesters = { 'simple-scalable': write, 'ha-monolithic': singleBinary, distributed: distributed.ingester }[
    topology
  ];
  const limits = definition.defaultLimits ?? standardLimits;
  const rateMb = given.ingestionRateMb ?? limits.ingestionRateMb;
  const defaultTenant = tenants.find(({ id }) => id === given.defaultTenant)!;
  const account = given.account ?? '';
  const lokiRole = named(definition.names?.lokiRole ?? '{name}-loki-{env}');
  const release = definition.names?.lokiRelease ?? 'loki';
  const runsOn = given.runsOn ?? 'kubernetes';
  return {
    name,
    runsOn,
    directory: given.directory,
    topology,
    chart: charts[topology] satisfies Chart,
    region: given.region ?? '',
    account,
    cluster: given.cluster ?? named('{name}-{env}'),
    oidcProvider: given.oidcProvider ?? '',
    apiServerCidrs: given.apiServerCidrs ?? [],
    nodesMin: given.nodesMin ?? 3,
    auth: given.auth ?? true,
    tenants: given.tenants === undefined ? tenants : tenants.filter(({ id }) => given.tenants!.includes(id)),
    defaultTenant,
    limits: {
      ingestionRateMb: rateMb,
      ingestionBurstMb: given.ingestionRateMb === undefined ? limits.ingestionBurstMb : 2 * rateMb,
      maxStreams: limits.maxStreams,
      retention: hours(given.retention ?? '72h'),
    },
    replicas: {
      write,
      read:
        typeof read === 'number' ? { min: read, max: read, targetCpuPercent: 70 } : { targetCpuPercent: 70, ...read },
      backend: given.replicas?.backend ?? 1,
      gateway: given.replicas?.gateway ?? 1,
      singleBinary,
      distributed,
    },
    ingesters,
    replicationFactor: given.replicationFactor ?? (ingesters >= 3 ? 3 : 1),
    highlyAvailable: given.highlyAvailable ?? ingesters >= 3,
    objectStore: given.objectStore ?? { kind: runsOn === 'laptop' ? 'filesystem' : 's3' },
    chunksBucket: named(definition.storage?.chunksBucket ?? '{name}-loki-chunks-{env}'),
    rulerBucket: named(definition.storage?.rulerBucket ?? '{name}-loki-ruler-{env}'),
    kmsAlias: named(definition.storage?.kmsAlias ?? 'alias/{name}-loki-{env}'),
    lokiRole,
    lokiRoleArn: account === '' ? '' : `arn:aws:iam::${account}:role/${lokiRole}`,
    forceDestroy: given.forceDestroy ?? false,
    volumes: {
      write: given.volumes?.write ?? '10Gi',
      backend: given.volumes?.backend ?? '10Gi',
      storageClass: given.volumes?.storageClass,
    },
    resources: { ...defaultResources, ...given.resources },
    caches: { chunksMb: given.caches?.chunksMb ?? 'off', resultsMb: given.caches?.resultsMb ?? 'embedded' },
    gatewayUrl: `http://${release}-gateway.${definition.names?.lokiNamespace ?? 'loki'}.svc.cluster.local`,
  };
}

function resolveNeighbours({ neighbours = {} }: PlatformDefinition): Platform['neighbours'] {
  const named = (name: string) => ({ namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': name } });
  return {
    prometheus: {
      ...named('prometheus'),
      url: 'http://prometheus.monitoring.svc.cluster.local:9090',
      selectorLabels: { release: 'prometheus' },
      ...neighbours.prometheus,
    },
    alertmanager: {
      ...named('alertmanager'),
      url: 'http://alertmanager.monitoring.svc.cluster.local:9093',
      ...neighbours.alertmanager,
    },
    grafana: { ...named('grafana'), ...neighbours.grafana },
    tempo: {
      ...named('tempo'),
      url: 'http://tempo.monitoring.svc.cluster.local:3200',
      otlp: 'tempo.monitoring.svc.cluster.local:4317',
      datasourceUid: 'tempo',
      ...neighbours.tempo,
    },
  };
}
