/**
 * What a team writes down about its log platform, once. Every artifact is rendered from it (`cordwood render`), checked against
 * the others (`cordwood lint`) and run on one machine (`cordwood up --env`).
 *
 * Terms are Loki's, Alloy's, Kubernetes' and AWS's. Texts may hold `{env}`, which stands for the name of the environment.
 * What is optional has its default in the comment; `definePlatform` fills it in.
 */
import type { RedactionOptions } from '@cordwood/logger/redaction';
import type { Cpu, Duration, Quantity } from './units.ts';

export interface PlatformDefinition {
  /** Short name in lower case, the prefix of what is shared with others: dashboards' uids, the memberlist label. */
  readonly name: string;
  /** The name that people read: titles, descriptions. */
  readonly title: string;
  /** Folder that `cordwood render` writes, relative to the definition's file. Default `deployment`. */
  readonly output?: string;
  /** By name: `dev`, `staging`, `prod` and whatever else there is. */
  readonly environments: Readonly<Record<string, EnvironmentDefinition>>;
  /** How Loki is deployed; an environment may say otherwise. Default `simple-scalable`. */
  readonly topology?: Topology;
  /** By tenant id (what X-Scope-OrgID carries). */
  readonly tenants: Readonly<Record<string, TenantDefinition>>;
  /** What a tenant gets that has no entry of its own. */
  readonly defaultLimits?: Limits;
  /** TR-009: settings of ingester, queries and limits that are the same for every tenant. */
  readonly tuning?: Tuning;
  /** Kinds of logs with a retention of their own inside a tenant, by the value of the label `retention_class`. */
  readonly retentionClasses?: Readonly<Record<string, RetentionClass>>;
  /** Alloy's scrape jobs (TR-002), by name; a line belongs to the first whose selector fits, so that nothing is read twice. */
  readonly scrapeJobs: Readonly<Record<string, ScrapeJob>>;
  /** What logs, by the value of the label `service`. Streams, expected emitters and alerts derive from it. */
  readonly services: Readonly<Record<string, ServiceDefinition>>;
  /** Index labels and structured metadata that the collector makes of a line. */
  readonly pipeline?: Pipeline;
  /** What is removed from lines, wherever they come from, before they leave the collector. */
  readonly redaction?: RedactionPolicy;
  readonly storage?: Storage;
  /** Recording and alerting rules in LogQL: evaluated by Loki's ruler, tenant by tenant. */
  readonly rules: readonly RuleGroup[];
  /** Alerts about the platform itself, in PromQL: evaluated by Prometheus. Added to the built-in ones. */
  readonly platformRules?: readonly PlatformRuleGroup[];
  /** Where alerts go. */
  readonly alerting: Alerting;
  /** Who may read and write what, at the gateway. */
  readonly access: Access;
  readonly dashboards?: Dashboards;
  readonly names?: Names;
  /** What the platform talks to and does not bring along. */
  readonly neighbours?: Neighbours;
  /** Phase 1 of the migration: Alloy also pushes to the Loki that is to be replaced. */
  readonly dualWrite?: DualWrite;
  /** The last resort: changes to rendered objects. Every check runs on the patched artifact. */
  readonly patches?: readonly Patch[];
  /** Findings of the lint that were looked at and are accepted, each with the reason. */
  readonly accept?: readonly Acceptance[];
}

/**
 * `simple-scalable`: targets write, read and backend; chart `grafana/loki` 6.55.0 with Loki 3.6.7 (Loki 4.0 drops these targets).
 * `ha-monolithic`: several equal processes; `distributed`: one workload for each component. Both on the community chart 18.11.0
 * with Loki 3.7.6.
 */
export type Topology = 'simple-scalable' | 'ha-monolithic' | 'distributed';

// ---- environments ----------------------------------------------------------------------------------------------------------

export interface EnvironmentDefinition {
  /**
   * `kubernetes` (default): Helm values, Terraform root, manifests, Grafana.
   * `laptop`: only the files that one process runs, in `directory`.
   */
  readonly runsOn?: 'kubernetes' | 'laptop';
  /** Laptop only: where its files go, relative to the definition. Default `local/<name>` in the output folder. */
  readonly directory?: string;
  readonly topology?: Topology;
  /** AWS region: `eu-central-1`. */
  readonly region?: string;
  /** AWS account, twelve digits. */
  readonly account?: string;
  /** Name of the EKS cluster; the value of the label `cluster`. Default `{name}-{env}`. */
  readonly cluster?: string;
  /** Issuer of the cluster's service account tokens without `https://`: `oidc.eks.eu-central-1.amazonaws.com/id/…`. */
  readonly oidcProvider?: string;
  /** Blocks of addresses of the Kubernetes API server as pods see it; policies allow Alloy to reach it there. */
  readonly apiServerCidrs?: readonly string[];
  /** How many nodes it has at least; pods that must not share a node need as many. Default 3. */
  readonly nodesMin?: number;
  /** Loki's `auth_enabled`. Without it there is one tenant, `fake`. Default true. */
  readonly auth?: boolean;
  /** Whose limits a line gets that names no tenant, and those of `fake` where auth is off. */
  readonly defaultTenant: string;
  /** The tenants that exist here. Default: all. */
  readonly tenants?: readonly string[];
  /** The overlay table of TR-001: what a tenant without an entry may ingest here, MiB a second. Default: `defaultLimits`. */
  readonly ingestionRateMb?: number;
  /** The overlay table of TR-001: what is kept of a tenant without an entry. Default: `defaultLimits`. */
  readonly retention?: Duration;
  readonly replicas?: Replicas;
  /** Copies of a stream among ingesters. Default: 3 with three writers or more, else 1. */
  readonly replicationFactor?: number;
  readonly objectStore?: ObjectStore;
  /** Volumes of components with state. */
  readonly volumes?: Volumes;
  /** Requests and limits by component; see `componentNames`. Merged over the defaults. */
  readonly resources?: Readonly<Partial<Record<ComponentName, Resources>>>;
  readonly caches?: Caches;
  /** Is the environment meant to survive the loss of a node? Sets disruption budgets, spread, retained volumes. Default: three writers or more. */
  readonly highlyAvailable?: boolean;
  /** May Terraform remove buckets with data in them? Default false. */
  readonly forceDestroy?: boolean;
}

/** The parts that Helm deploys and that have resources of their own. */
export const componentNames = [
  'write',
  'read',
  'backend',
  'gateway',
  'singleBinary',
  'distributor',
  'ingester',
  'querier',
  'queryFrontend',
  'queryScheduler',
  'indexGateway',
  'compactor',
  'ruler',
  'chunksCache',
  'resultsCache',
  'canary',
  'alloy',
] as const;
export type ComponentName = (typeof componentNames)[number];

export interface Resources {
  readonly requests: { readonly cpu: Cpu; readonly memory: Quantity };
  /** No limit on processor time: throttling hurts the slowest queries most. */
  readonly limits: { readonly memory: Quantity };
}

export interface Replicas {
  readonly write?: number;
  /** A number, or the bounds of a HorizontalPodAutoscaler. */
  readonly read?: number | Autoscaling;
  readonly backend?: number;
  readonly gateway?: number;
  /** `ha-monolithic` only. Default 3. */
  readonly singleBinary?: number;
  /** `distributed` only, by component. Default 3 ingesters, 3 distributors, 2 of the others, 1 compactor. */
  readonly distributed?: Readonly<Partial<Record<DistributedComponent, number>>>;
}
export type DistributedComponent =
  | 'distributor'
  | 'ingester'
  | 'querier'
  | 'queryFrontend'
  | 'queryScheduler'
  | 'indexGateway'
  | 'compactor'
  | 'ruler';

export interface Autoscaling {
  readonly min: number;
  readonly max: number;
  /** Of the requested processor time. Default 70. */
  readonly targetCpuPercent?: number;
}

/** Where chunks and rules are. `s3` is AWS with IRSA; `s3-compatible` is a server of one's own; `filesystem` is for laptops. */
export type ObjectStore =
  | { readonly kind: 's3' }
  | {
      readonly kind: 's3-compatible';
      /** `http://objectstore.objectstore.svc:8333` */
      readonly endpoint: string;
      /** A Secret with the keys `access_key_id` and `secret_access_key`; never the values themselves. */
      readonly credentialsSecret: string;
    }
  | { readonly kind: 'filesystem' };

export interface Volumes {
  /** Of each writer or ingester: the WAL. Default `10Gi`. */
  readonly write?: Quantity;
  /** Of each backend: compactor markers and the ruler's WAL. Default `10Gi`. */
  readonly backend?: Quantity;
  /** Default: the cluster's. */
  readonly storageClass?: string;
}

export interface Caches {
  /** Memcached for chunks, MiB of each replica; `off` does without. Default `off`. */
  readonly chunksMb?: number | 'off';
  /** Memcached for results, MiB; `embedded` is 100 MiB in each process. Default `embedded`. */
  readonly resultsMb?: number | 'embedded';
}

// ---- tenants ---------------------------------------------------------------------------------------------------------------

export interface TenantDefinition {
  /** Whose logs, and why they are apart. */
  readonly description: string;
  /** Kubernetes namespaces whose logs are its own. */
  readonly namespaces?: readonly string[];
  /** It also gets what the audit scrape job finds, in whichever namespace. One tenant at most. */
  readonly audit?: boolean;
  /** It gets what belongs to no namespace of another tenant: the nodes' journals, kube-system. One tenant at most. */
  readonly catchAll?: boolean;
  readonly limits: Limits;
  /** How long its logs are kept. At least `24h`. */
  readonly retention: Duration;
  /** Classes of `retentionClasses` that are kept by their own period here. */
  readonly retentionClasses?: readonly string[];
  /** Longest range of a query. Default: the longest retention and a day. */
  readonly maxQueryLength?: Duration;
  /** What the delete API may do. Default `filter-and-delete`. */
  readonly deletionMode?: 'disabled' | 'filter-only' | 'filter-and-delete';
  /** Must its evidence survive a mistake? Informs lint and Terraform. Default false. */
  readonly immutable?: boolean;
}

export interface Limits {
  /** MiB a second, of all distributors together. */
  readonly ingestionRateMb: number;
  /** MiB, of each distributor. At least the largest push. */
  readonly ingestionBurstMb: number;
  /** Active streams. */
  readonly maxStreams: number;
}

export interface RetentionClass {
  readonly description: string;
  readonly period: Duration;
  /** The higher wins where several selectors fit a stream. Default 10. */
  readonly priority?: number;
}

/** TR-009. Each has its value as the default. */
export interface Tuning {
  /** Default `30m`. */
  readonly chunkIdlePeriod?: Duration;
  /** Compressed bytes. Default 1572864. */
  readonly chunkTargetSizeBytes?: number;
  /** Default `2h`. */
  readonly maxChunkAge?: Duration;
  /** Default `snappy`. */
  readonly chunkEncoding?: 'none' | 'gzip' | 'lz4-64k' | 'snappy' | 'lz4-256k' | 'lz4-1M' | 'lz4' | 'flate' | 'zstd';
  /** MiB. Default 3. */
  readonly perStreamRateLimitMb?: number;
  /** MiB. Default 15. */
  readonly perStreamRateLimitBurstMb?: number;
  /** Default 15. */
  readonly maxLabelNamesPerSeries?: number;
  /** Counts for periods without a TSDB index only. Default 16. */
  readonly maxQueryParallelism?: number;
  /** Counts for TSDB. Default 128. */
  readonly tsdbMaxQueryParallelism?: number;
  /** Default `30m`. */
  readonly splitQueriesByInterval?: Duration;
  /** MiB of the embedded cache of results. Default 100. */
  readonly embeddedResultsCacheMb?: number;
  /** Default `5m`. */
  readonly queryTimeout?: Duration;
  /** KiB; longer lines are cut. Default 256. */
  readonly maxLineSizeKb?: number;
  /** Older entries are refused. Default `168h`. */
  readonly rejectOldSamplesMaxAge?: Duration;
  /** MiB of one request body at the gateway. Default 20. */
  readonly maxRequestBodyMb?: number;
}

// ---- collection ------------------------------------------------------------------------------------------------------------

/** One of Alloy's jobs. The text of its name becomes the label `job`. */
export interface ScrapeJob {
  readonly description: string;
  readonly source: 'pods' | 'journal';
  /** Which of the pods; all that is named must fit. Without any: all pods that no other job takes. */
  readonly select?: {
    /** A regular expression (RE2, anchored) over the label `service`. */
    readonly service?: string;
    /** Namespaces; a regular expression (RE2, anchored). */
    readonly namespace?: string;
    /** A pod annotation that is `"true"`: `greenlang.io/audit-logs`. */
    readonly annotation?: string;
  };
  /** Index labels that every line of the job gets. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Fields of the line's JSON that become structured metadata; a path may have dots: `data.dds_id`. */
  readonly metadata?: readonly string[];
  /** Journal only: units whose lines are kept; a regular expression (RE2, anchored). */
  readonly units?: string;
  /**
   * Is it the audit trail? Then its lines go to the tenant with `audit`, and to no other. It takes all pods of that tenant's
   * namespaces, and those that `select` names wherever they are.
   */
  readonly audit?: boolean;
}

export interface ServiceDefinition {
  readonly description: string;
  /** Where it runs. */
  readonly namespaces: readonly string[];
  /** Containers of a pod that log. Default 1. */
  readonly containers?: number;
  /**
   * What a line is. `record` (default): the log schema of `@cordwood/logger`, or text. `kong`: an access line of Kong's file-log
   * plugin; it gets its level from the status, and status, upstream and route as structured metadata.
   */
  readonly format?: 'record' | 'kong';
  /** Must it log all the time? Then its silence alerts, after this long. */
  readonly heartbeat?: Duration;
  /** What it writes, KiB a second and namespace, for estimates. Default 10. */
  readonly kilobytesPerSecond?: number;
}

export interface Pipeline {
  /** How Alloy reads pods: the files of its node (default), or the Kubernetes API. */
  readonly podSource?: 'files' | 'api';
  /** Fields of a line's JSON that become structured metadata in every job. Default: trace_id, span_id, request_id, tenant_id. */
  readonly metadata?: readonly string[];
  /** Lines that are dropped, by a regular expression (RE2) over the line, each with the reason that metrics show. */
  readonly drop?: readonly { readonly reason: string; readonly expression: string }[];
  /** Levels that are dropped in a namespace. */
  readonly dropLevels?: readonly { readonly namespace: string; readonly levels: readonly string[] }[];
  /** Namespaces whose pods are collected, beside those of the tenants; a regular expression (RE2, anchored). Default: all others too, into the tenant with `catchAll`. */
  readonly onlyTenantNamespaces?: boolean;
  /** OTLP: the namespace of a resource that names none. Default: the first of the environment's default tenant. */
  readonly otlpNamespace?: string;
  /** OTLP resource attributes that Loki keeps as index labels. Default: service.name, service.namespace, deployment.environment.name, k8s.namespace.name, k8s.container.name, retention_class. */
  readonly otlpIndexAttributes?: readonly string[];
}

export interface RedactionPolicy extends RedactionOptions {
  /** Services (a regular expression, RE2, anchored) in whose lines IP addresses are replaced too. Default: none. */
  readonly ipAddressesOf?: string;
}

/** Phase 1 of TR-010. The old Loki gets no structured metadata: 2.9 refuses it. */
export interface DualWrite {
  readonly environments: readonly string[];
  /** Push endpoint of the old Loki. */
  readonly url: string;
  readonly tenant?: string;
}

// ---- storage ---------------------------------------------------------------------------------------------------------------

export interface Storage {
  /** Default `{name}-loki-chunks-{env}`. */
  readonly chunksBucket?: string;
  /** Default `{name}-loki-ruler-{env}`. */
  readonly rulerBucket?: string;
  /** Default `alias/{name}-loki-{env}`. */
  readonly kmsAlias?: string;
  /** Which S3 client Loki uses: `thanos` is the default of Loki 4.0. Default `thanos`. */
  readonly client?: 'thanos' | 'legacy';
  /** First day of the schema v13 period, in the past: `2024-01-01`. */
  readonly schemaFrom?: string;
  /** Moves of chunks to cheaper classes, for tenants whose logs live long enough. */
  readonly tiers?: readonly StorageTier[];
  /** Days after the retention (and its deletion delay) at which S3 removes what the compactor forgot. Default 30. */
  readonly orphanExpiryDays?: number;
  /** Default 3. */
  readonly abortMultipartDays?: number;
  /** Default false, as TR-003 says: then nothing undoes a deletion. */
  readonly versioning?: boolean;
  /** `none`, or a second, locked bucket that keeps copies of the tenants marked `immutable`. Default `none`. */
  readonly objectLock?: 'none' | 'replica';
}

export interface StorageTier {
  readonly afterDays: number;
  /** GLACIER and DEEP_ARCHIVE are not offered: their objects cannot be read before a restore, and Loki has none. */
  readonly storageClass: 'STANDARD_IA' | 'INTELLIGENT_TIERING' | 'GLACIER_IR';
}

// ---- rules and alerts ------------------------------------------------------------------------------------------------------

/** A group of LogQL rules, for one tenant or, word by word, for several. `{tenant}` and `{namespace}` in expressions are replaced. */
export interface RuleGroup {
  readonly name: string;
  readonly tenants: readonly string[];
  /** Of evaluation. Default `1m`. */
  readonly interval?: Duration;
  /** File of the tenant's folder that holds it. Default `alerts`, and `recording` for a group of records. */
  readonly file?: string;
  readonly comment?: string;
  readonly rules: readonly (LogAlert | LogRecord)[];
}

/** LogQL, a metric query, over the logs of a tenant. */
export interface LogAlert extends Alert {
  readonly comment?: string;
}

export interface LogRecord {
  /** `level:metric:operation` */
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly comment?: string;
}

export type Severity = 'critical' | 'warning' | 'info';

export interface PlatformRuleGroup {
  readonly name: string;
  readonly interval?: Duration;
  readonly rules: readonly PlatformAlert[];
}
/** PromQL, over the metrics of Loki, Alloy and Prometheus. */
export type PlatformAlert = Alert;

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** Default `0s`. */
  readonly for?: Duration;
  readonly severity: Severity;
  readonly team: string;
  /** Go template over $labels and $value. */
  readonly summary: string;
  /** What to do: a URL, or the sentence itself. */
  readonly runbook: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Alerting {
  /** By name. Secrets are files that are mounted, never values. */
  readonly receivers: Readonly<Record<string, Receiver>>;
  /** Tried in order; the first that fits decides. */
  readonly routes?: readonly Route[];
  /** For what no route fits. */
  readonly defaultReceiver: string;
}
export type Receiver =
  | { readonly kind: 'slack'; readonly channel: string; readonly urlFile: string }
  | { readonly kind: 'pagerduty'; readonly routingKeyFile: string }
  | { readonly kind: 'email'; readonly to: string; readonly from: string; readonly smarthost: string }
  | { readonly kind: 'webhook'; readonly url: string };
export interface Route {
  readonly match: Readonly<Record<string, string>>;
  readonly receiver: string;
}

// ---- access ----------------------------------------------------------------------------------------------------------------

export interface Access {
  /** By the name that they log in with at the gateway. Passwords are in the Secret `names.gatewaySecret` (.htpasswd). */
  readonly users: Readonly<Record<string, AccessUser>>;
}
export interface AccessUser {
  readonly description: string;
  /**
   * `writer` pushes; `reader` queries; `reader-and-rules` also sees rules and alerts; `rule-sync` writes rules;
   * `canary` pushes and reads.
   */
  readonly role: 'writer' | 'reader' | 'reader-and-rules' | 'rule-sync' | 'canary';
  readonly tenants: readonly string[];
  /** Environments in which it exists. Default: all with auth. */
  readonly environments?: readonly string[];
  /** Where its requests come from, for the NetworkPolicy. */
  readonly from: { readonly namespace: string; readonly podLabels?: Readonly<Record<string, string>> };
}

// ---- what it is called, what it meets ----------------------------------------------------------------------------------------

export interface Names {
  /** Helm release of Loki. Any other name than `loki` changes every DNS name. Default `loki`. */
  readonly lokiRelease?: string;
  /** Default `loki`. */
  readonly lokiNamespace?: string;
  /** Service account of write, read and backend; the subject of the IAM role. Default `loki`. */
  readonly lokiServiceAccount?: string;
  /** IAM role that the service account takes. Default `{name}-loki-{env}`. */
  readonly lokiRole?: string;
  /** Default `alloy`. */
  readonly alloyRelease?: string;
  /** Apart from Loki's: reading the node's files needs the Pod Security level `privileged`. Default `log-collection`. */
  readonly alloyNamespace?: string;
  /** Secret with `.htpasswd` for the gateway. Default `loki-gateway-users`. */
  readonly gatewaySecret?: string;
  /** Secret with one key for each user of the gateway that Alloy or the canary log in as: its password. Default `loki-gateway-credentials`. */
  readonly credentialsSecret?: string;
}

export interface Neighbours {
  readonly prometheus?: {
    /** Default `monitoring`. */
    readonly namespace?: string;
    /** Default `{ 'app.kubernetes.io/name': 'prometheus' }`. */
    readonly podLabels?: Readonly<Record<string, string>>;
    /** Service and port. Default `http://prometheus.monitoring.svc:9090`. */
    readonly url?: string;
    /** Labels by which it selects ServiceMonitors and PrometheusRules. Default `{ release: 'prometheus' }`. */
    readonly selectorLabels?: Readonly<Record<string, string>>;
  };
  readonly alertmanager?: {
    readonly namespace?: string;
    readonly podLabels?: Readonly<Record<string, string>>;
    /** Default `http://alertmanager.monitoring.svc:9093`. */
    readonly url?: string;
  };
  readonly grafana?: {
    readonly namespace?: string;
    readonly podLabels?: Readonly<Record<string, string>>;
  };
  readonly tempo?: {
    readonly namespace?: string;
    readonly podLabels?: Readonly<Record<string, string>>;
    /** Where Grafana queries traces. Default `http://tempo.monitoring.svc:3200`. */
    readonly url?: string;
    /** Where Alloy sends traces, OTLP over gRPC. Default `tempo.monitoring.svc:4317`. */
    readonly otlp?: string;
    /** Uid of Grafana's datasource. Default `tempo`. */
    readonly datasourceUid?: string;
  };
}

export interface Dashboards {
  /** Grafana folder. Default the title. */
  readonly folder?: string;
  /** Default `30s`. */
  readonly refresh?: Duration;
  readonly tags?: readonly string[];
}

export interface Patch {
  /** Path of the artifact in the output folder: `helm/loki/values-prod.yaml`. YAML or JSON. */
  readonly artifact: string;
  /** In a file of several documents: which one, as `Kind/name`. */
  readonly object?: string;
  /** Where: keys and positions from the root of the document. */
  readonly at: readonly (string | number)[];
  /** What is put there; `undefined` removes it. */
  readonly set: unknown;
  /** Why the definition cannot say it. */
  readonly reason: string;
}

export interface Acceptance {
  /** Id of the check. */
  readonly check: string;
  /** The finding's path in the definition starts with it. Default: everywhere. */
  readonly at?: string;
  readonly reason: string;
}
