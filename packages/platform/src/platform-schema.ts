import type { PatternName } from '@cordwood/logger/redaction';
import { z } from 'zod';
import { componentNames, type PlatformDefinition } from './platform-definition.ts';
import { type Cpu, cpuPattern, type Duration, durationPattern, type Quantity, quantityPattern } from './units.ts';

/**
 * The shape of a definition, checked when it is loaded: Node strips types without looking at them, and a definition may be
 * written in JavaScript. The compiler proves at the end of this file that shape and type are one.
 */

const maybe = z.exactOptional;
const text = z.string().min(1, 'is empty');
const texts = z.array(text).readonly();
const textMap = z.record(z.string(), z.string()).readonly();
const count = z.int().min(1);
const duration = z.custom<Duration>(
  (value) => typeof value === 'string' && durationPattern.test(value),
  'is no duration; write a number and ms, s, m, h, d or w: 720h',
);
const quantity = z.custom<Quantity>(
  (value) => typeof value === 'string' && quantityPattern.test(value),
  'is no quantity; write a number and Ki, Mi, Gi or Ti: 100Gi',
);
const cpu = z.custom<Cpu>(
  (value) => typeof value === 'string' && cpuPattern.test(value),
  'is no quantity of processor time; write cores or thousandths of one: 2 or 500m',
);
/** Kubernetes' rule for names. */
const dnsName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is no DNS label: a-z, 0-9 and -, at most 63');
const topology = z.enum(['simple-scalable', 'ha-monolithic', 'distributed']);
const severity = z.enum(['critical', 'warning', 'info']);
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is no label name');
const labels = z.record(labelName, z.string()).readonly();
const fixed = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).readonly();

const resources = fixed({ requests: fixed({ cpu, memory: quantity }), limits: fixed({ memory: quantity }) });

const replicas = fixed({
  write: maybe(count),
  read: maybe(z.union([count, fixed({ min: count, max: count, targetCpuPercent: maybe(z.int().min(10).max(100)) })])),
  backend: maybe(count),
  gateway: maybe(count),
  singleBinary: maybe(count),
  distributed: maybe(
    fixed({
      distributor: maybe(count),
      ingester: maybe(count),
      querier: maybe(count),
      queryFrontend: maybe(count),
      queryScheduler: maybe(count),
      indexGateway: maybe(count),
      compactor: maybe(count),
      ruler: maybe(count),
    }),
  ),
});

const environment = fixed({
  runsOn: maybe(z.enum(['kubernetes', 'laptop'])),
  directory: maybe(text),
  topology: maybe(topology),
  region: maybe(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no AWS region: eu-central-1')),
  account: maybe(z.string().regex(/^\d{12}$/, 'is no AWS account: twelve digits')),
  cluster: maybe(text),
  oidcProvider: maybe(z.string().regex(/^(?!https?:)[^/\s]+\/.+$/, 'is the issuer without https://')),
  apiServerCidrs: maybe(
    z.array(z.string().regex(/^[0-9a-f.:]+\/\d+$/, 'is no block of addresses: 10.0.0.0/16')).readonly(),
  ),
  nodesMin: maybe(count),
  auth: maybe(z.boolean()),
  defaultTenant: text,
  tenants: maybe(texts),
  ingestionRateMb: maybe(z.number().positive()),
  retention: maybe(duration),
  replicas: maybe(replicas),
  replicationFactor: maybe(count),
  objectStore: maybe(
    z.discriminatedUnion('kind', [
      fixed({ kind: z.literal('s3') }),
      fixed({
        kind: z.literal('s3-compatible'),
        endpoint: z.string().regex(/^https?:\/\/[^/]+$/, 'is no address: http://host:port'),
        credentialsSecret: dnsName,
      }),
      fixed({ kind: z.literal('filesystem') }),
    ]),
  ),
  volumes: maybe(fixed({ write: maybe(quantity), backend: maybe(quantity), storageClass: maybe(text) })),
  resources: maybe(z.partialRecord(z.enum(componentNames), resources).readonly()),
  caches: maybe(
    fixed({
      chunksMb: maybe(z.union([count, z.literal('off')])),
      resultsMb: maybe(z.union([count, z.literal('embedded')])),
    }),
  ),
  highlyAvailable: maybe(z.boolean()),
  forceDestroy: maybe(z.boolean()),
});

const limits = fixed({
  ingestionRateMb: z.number().positive(),
  ingestionBurstMb: z.number().positive(),
  maxStreams: count,
});

const tenant = fixed({
  description: text,
  namespaces: maybe(z.array(dnsName).readonly()),
  audit: maybe(z.boolean()),
  catchAll: maybe(z.boolean()),
  limits,
  retention: duration,
  retentionClasses: maybe(texts),
  maxQueryLength: maybe(duration),
  deletionMode: maybe(z.enum(['disabled', 'filter-only', 'filter-and-delete'])),
  immutable: maybe(z.boolean()),
});

const tuning = fixed({
  chunkIdlePeriod: maybe(duration),
  chunkTargetSizeBytes: maybe(count),
  maxChunkAge: maybe(duration),
  chunkEncoding: maybe(z.enum(['none', 'gzip', 'lz4-64k', 'snappy', 'lz4-256k', 'lz4-1M', 'lz4', 'flate', 'zstd'])),
  perStreamRateLimitMb: maybe(z.number().positive()),
  perStreamRateLimitBurstMb: maybe(z.number().positive()),
  maxLabelNamesPerSeries: maybe(count),
  maxQueryParallelism: maybe(count),
  tsdbMaxQueryParallelism: maybe(count),
  splitQueriesByInterval: maybe(duration),
  embeddedResultsCacheMb: maybe(count),
  queryTimeout: maybe(duration),
  maxLineSizeKb: maybe(count),
  rejectOldSamplesMaxAge: maybe(duration),
  maxRequestBodyMb: maybe(count),
});

const scrapeJob = fixed({
  description: text,
  source: z.enum(['pods', 'journal']),
  select: maybe(fixed({ service: maybe(text), namespace: maybe(text), annotation: maybe(text) })),
  labels: maybe(labels),
  metadata: maybe(texts),
  units: maybe(text),
  audit: maybe(z.boolean()),
});

const service = fixed({
  description: text,
  namespaces: z.array(dnsName).min(1).readonly(),
  containers: maybe(count),
  format: maybe(z.enum(['record', 'kong'])),
  heartbeat: maybe(duration),
  kilobytesPerSecond: maybe(z.number().positive()),
});

const pipeline = fixed({
  podSource: maybe(z.enum(['files', 'api'])),
  metadata: maybe(texts),
  drop: maybe(z.array(fixed({ reason: text, expression: text })).readonly()),
  dropLevels: maybe(z.array(fixed({ namespace: dnsName, levels: texts })).readonly()),
  onlyTenantNamespaces: maybe(z.boolean()),
  otlpNamespace: maybe(dnsName),
  otlpIndexAttributes: maybe(texts),
});

const redactionTag = z.custom<`[REDACTED${string}]`>(
  (value) => typeof value === 'string' && /^\[REDACTED.*\]$/.test(value),
  'is no tag: [REDACTED_NAME]',
);
const redaction = fixed({
  keys: maybe(z.array(z.union([text, fixed({ keys: texts, tag: redactionTag })])).readonly()),
  paths: maybe(texts),
  patterns: maybe(
    z.array(z.custom<PatternName>((value) => typeof value === 'string', 'is no name of a pattern')).readonly(),
  ),
  ipAddresses: maybe(z.boolean()),
  custom: maybe(z.array(fixed({ name: text, expression: text, tag: redactionTag })).readonly()),
  withoutDefaultKeys: maybe(z.boolean()),
  allowKeys: maybe(texts),
  ipAddressesOf: maybe(text),
});

const storage = fixed({
  chunksBucket: maybe(text),
  rulerBucket: maybe(text),
  kmsAlias: maybe(text),
  client: maybe(z.enum(['thanos', 'legacy'])),
  schemaFrom: maybe(z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is no date: 2024-01-01')),
  tiers: maybe(
    z
      .array(
        fixed({
          afterDays: count,
          storageClass: z.enum(
            ['STANDARD_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'],
            'is no class that Loki can read from: STANDARD_IA, INTELLIGENT_TIERING or GLACIER_IR',
          ),
        }),
      )
      .readonly(),
  ),
  orphanExpiryDays: maybe(count),
  abortMultipartDays: maybe(count),
  versioning: maybe(z.boolean()),
  objectLock: maybe(z.enum(['none', 'replica'])),
});

const alert = {
  alert: text,
  expr: text,
  for: maybe(duration),
  severity,
  team: text,
  summary: text,
  runbook: text,
  labels: maybe(labels),
};

const logRule = z.union(
  [
    fixed({ ...alert, comment: maybe(text) }),
    fixed({
      record: z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'is no metric name'),
      expr: text,
      labels: maybe(labels),
      comment: maybe(text),
    }),
  ],
  'is neither an alert (alert, expr, severity, team, summary, runbook) nor a record (record, expr)',
);

const platformAlert = fixed(alert);

const receiver = z.discriminatedUnion('kind', [
  fixed({ kind: z.literal('slack'), channel: text, urlFile: text }),
  fixed({ kind: z.literal('pagerduty'), routingKeyFile: text }),
  fixed({ kind: z.literal('email'), to: text, from: text, smarthost: text }),
  fixed({ kind: z.literal('webhook'), url: z.url() }),
]);

const neighbour = { namespace: maybe(dnsName), podLabels: maybe(textMap) };

export const platformSchema = fixed({
  name: dnsName,
  title: text,
  output: maybe(text),
  environments: z.record(dnsName, environment).readonly(),
  topology: maybe(topology),
  tenants: z
    .record(
      z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9!\-_.*'()]{1,150}$/, "is no tenant id: A-Z a-z 0-9 ! - _ . * ' ( )"),
      tenant,
    )
    .readonly(),
  defaultLimits: maybe(limits),
  tuning: maybe(tuning),
  retentionClasses: maybe(
    z.record(z.string(), fixed({ description: text, period: duration, priority: maybe(z.int()) })).readonly(),
  ),
  scrapeJobs: z.record(z.string(), scrapeJob).readonly(),
  services: z.record(z.string(), service).readonly(),
  pipeline: maybe(pipeline),
  redaction: maybe(redaction),
  storage: maybe(storage),
  rules: z
    .array(
      fixed({
        name: text,
        tenants: z.array(text).min(1).readonly(),
        interval: maybe(duration),
        file: maybe(dnsName),
        comment: maybe(text),
        rules: z.array(logRule).min(1).readonly(),
      }),
    )
    .readonly(),
  platformRules: maybe(
    z
      .array(fixed({ name: text, interval: maybe(duration), rules: z.array(platformAlert).min(1).readonly() }))
      .readonly(),
  ),
  alerting: fixed({
    receivers: z.record(dnsName, receiver).readonly(),
    routes: maybe(z.array(fixed({ match: textMap, receiver: text })).readonly()),
    defaultReceiver: text,
  }),
  access: fixed({
    users: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'is no user name: a-z, 0-9, - and _'),
        fixed({
          description: text,
          role: z.enum(['writer', 'reader', 'reader-and-rules', 'rule-sync', 'canary']),
          tenants: z.array(text).min(1).readonly(),
          environments: maybe(texts),
          from: fixed({ namespace: dnsName, podLabels: maybe(textMap) }),
        }),
      )
      .readonly(),
  }),
  dashboards: maybe(fixed({ folder: maybe(text), refresh: maybe(duration), tags: maybe(texts) })),
  names: maybe(
    fixed({
      lokiRelease: maybe(dnsName),
      lokiNamespace: maybe(dnsName),
      lokiServiceAccount: maybe(dnsName),
      lokiRole: maybe(text),
      alloyRelease: maybe(dnsName),
      alloyNamespace: maybe(dnsName),
      gatewaySecret: maybe(dnsName),
      credentialsSecret: maybe(dnsName),
    }),
  ),
  neighbours: maybe(
    fixed({
      prometheus: maybe(fixed({ ...neighbour, url: maybe(text), selectorLabels: maybe(textMap) })),
      alertmanager: maybe(fixed({ ...neighbour, url: maybe(text) })),
      grafana: maybe(fixed(neighbour)),
      tempo: maybe(fixed({ ...neighbour, url: maybe(text), otlp: maybe(text), datasourceUid: maybe(text) })),
    }),
  ),
  dualWrite: maybe(fixed({ environments: texts, url: z.url(), tenant: maybe(text) })),
  patches: maybe(
    z
      .array(
        fixed({
          artifact: text,
          object: maybe(text),
          at: z
            .array(z.union([text, z.int().min(0)]))
            .min(1)
            .readonly(),
          set: z.unknown(),
          reason: text,
        }),
      )
      .readonly(),
  ),
  accept: maybe(z.array(fixed({ check: text, at: maybe(text), reason: text })).readonly()),
});

/** Shape and type are one, in both directions; a difference is an error of the compiler here. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export const shapeIsType: Same<z.infer<typeof platformSchema>, PlatformDefinition> = true;
