/**
 * The resolved platform: what `definePlatform` makes of a definition. Every default is filled in, every name spelled out, every
 * environment has its own view. Renderers and checks read this and nothing else.
 */
import type { Redaction } from '@cordwood/logger/redaction';
import type {
  Acceptance,
  AccessUser,
  Alerting,
  ComponentName,
  DistributedComponent,
  DualWrite,
  Limits,
  ObjectStore,
  Patch,
  Pipeline,
  PlatformDefinition,
  PlatformRuleGroup,
  RedactionPolicy,
  Resources,
  RuleGroup,
  ScrapeJob,
  ServiceDefinition,
  StorageTier,
  Topology,
  Tuning,
} from './platform-definition.ts';
import type { Duration, Quantity } from './units.ts';

export interface Platform {
  readonly name: string;
  readonly title: string;
  /** Folder that `cordwood render` writes, relative to the definition's file. */
  readonly output: string;
  /** In the order of the definition. */
  readonly environments: readonly Environment[];
  readonly tenants: readonly Tenant[];
  readonly tuning: Required<Tuning>;
  readonly retentionClasses: readonly {
    readonly name: string;
    readonly description: string;
    readonly period: Duration;
    readonly priority: number;
  }[];
  /** The specific ones first, the one without a selector last: the order in which they are tried. */
  readonly scrapeJobs: readonly Job[];
  readonly services: readonly Service[];
  readonly pipeline: Required<Omit<Pipeline, 'otlpNamespace'>> & Pick<Pipeline, 'otlpNamespace'>;
  readonly redaction: RedactionPolicy;
  /** The policy, compiled: `toAlloy()` gives the stages. */
  readonly compiledRedaction: Redaction;
  /** Only the patterns for IP addresses. */
  readonly ipRedaction: Redaction;
  readonly storage: {
    readonly client: 'thanos' | 'legacy';
    readonly schemaFrom: string;
    readonly tiers: readonly StorageTier[];
    readonly orphanExpiryDays: number;
    readonly abortMultipartDays: number;
    readonly versioning: boolean;
    readonly objectLock: 'none' | 'replica';
  };
  /** With `interval` and `file` filled in. */
  readonly rules: readonly Filled<RuleGroup>[];
  readonly platformRules: readonly PlatformRuleGroup[];
  readonly alerting: Required<Alerting>;
  readonly users: readonly User[];
  readonly dashboards: { readonly folder: string; readonly refresh: Duration; readonly tags: readonly string[] };
  readonly names: ResolvedNames;
  readonly neighbours: ResolvedNeighbours;
  readonly dualWrite: DualWrite | undefined;
  readonly patches: readonly Patch[];
  readonly accept: readonly Acceptance[];
  /** As it was written. */
  readonly definition: PlatformDefinition;
}

type Filled<T extends { readonly interval?: unknown; readonly file?: unknown }> = T &
  Required<Pick<T, 'interval' | 'file'>>;

export interface ResolvedNames {
  readonly lokiRelease: string;
  readonly lokiNamespace: string;
  readonly lokiServiceAccount: string;
  readonly alloyRelease: string;
  readonly alloyNamespace: string;
  readonly gatewaySecret: string;
  readonly credentialsSecret: string;
}

interface Neighbour {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
}
export interface ResolvedNeighbours {
  readonly prometheus: Neighbour & { readonly url: string; readonly selectorLabels: Readonly<Record<string, string>> };
  readonly alertmanager: Neighbour & { readonly url: string };
  readonly grafana: Neighbour;
  readonly tempo: Neighbour & { readonly url: string; readonly otlp: string; readonly datasourceUid: string };
}

export interface Tenant {
  readonly id: string;
  readonly description: string;
  readonly namespaces: readonly string[];
  readonly audit: boolean;
  readonly catchAll: boolean;
  readonly limits: Limits;
  readonly retention: Duration;
  readonly retentionClasses: readonly string[];
  /** The longest of its retention and those of its classes. */
  readonly longestRetention: Duration;
  readonly maxQueryLength: Duration;
  readonly maxQueryLookback: Duration;
  readonly deletionMode: 'disabled' | 'filter-only' | 'filter-and-delete';
  readonly immutable: boolean;
}

export interface Job extends ScrapeJob {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: readonly string[];
  readonly audit: boolean;
}

export type Service = Required<Omit<ServiceDefinition, 'heartbeat'>> &
  Pick<ServiceDefinition, 'heartbeat'> & { readonly name: string };

export interface User extends AccessUser {
  readonly name: string;
  readonly environments: readonly string[];
}

export interface Environment {
  readonly name: string;
  readonly runsOn: 'kubernetes' | 'laptop';
  /** Where the files for one machine go, relative to the definition. Undefined: `local/<name>` in the output folder. */
  readonly directory: string | undefined;
  readonly topology: Topology;
  readonly chart: Chart;
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  readonly oidcProvider: string;
  readonly apiServerCidrs: readonly string[];
  readonly nodesMin: number;
  readonly auth: boolean;
  /** Those that exist here. Where auth is off Loki knows them all as `fake`. */
  readonly tenants: readonly Tenant[];
  readonly defaultTenant: Tenant;
  /** `limits_config` of Loki: what a tenant without an entry gets. */
  readonly limits: Limits & { readonly retention: Duration };
  readonly replicas: {
    readonly write: number;
    readonly read: { readonly min: number; readonly max: number; readonly targetCpuPercent: number };
    readonly backend: number;
    readonly gateway: number;
    readonly singleBinary: number;
    readonly distributed: Readonly<Record<DistributedComponent, number>>;
  };
  /** Ingesters of the topology: writers, processes of `ha-monolithic`, ingesters of `distributed`. */
  readonly ingesters: number;
  readonly replicationFactor: number;
  readonly highlyAvailable: boolean;
  readonly objectStore: ObjectStore;
  readonly chunksBucket: string;
  readonly rulerBucket: string;
  readonly kmsAlias: string;
  readonly lokiRole: string;
  /** `arn:aws:iam::<account>:role/<lokiRole>` */
  readonly lokiRoleArn: string;
  readonly forceDestroy: boolean;
  readonly volumes: { readonly write: Quantity; readonly backend: Quantity; readonly storageClass: string | undefined };
  readonly resources: Readonly<Record<ComponentName, Resources>>;
  readonly caches: { readonly chunksMb: number | 'off'; readonly resultsMb: number | 'embedded' };
  /** `http://loki-gateway.loki.svc.cluster.local` */
  readonly gatewayUrl: string;
}

/** The chart of a topology, pinned. */
export interface Chart {
  readonly name: 'loki';
  readonly repository: string;
  readonly version: string;
  readonly lokiVersion: string;
  /** `grafana-6` is the last open line of grafana/loki, `community` its successor. */
  readonly line: 'grafana-6' | 'community';
}

export const charts: Readonly<Record<Topology, Chart>> = {
  'simple-scalable': {
    name: 'loki',
    repository: 'https://grafana.github.io/helm-charts',
    version: '6.55.0',
    lokiVersion: '3.6.7',
    line: 'grafana-6',
  },
  'ha-monolithic': {
    name: 'loki',
    repository: 'oci://ghcr.io/grafana-community/helm-charts',
    version: '18.11.0',
    lokiVersion: '3.7.6',
    line: 'community',
  },
  distributed: {
    name: 'loki',
    repository: 'oci://ghcr.io/grafana-community/helm-charts',
    version: '18.11.0',
    lokiVersion: '3.7.6',
    line: 'community',
  },
};

export const alloyVersion = '1.18.1';

/** Environments that Helm, Terraform and the manifests are for. */
export const clusters = (platform: Platform): readonly Environment[] =>
  platform.environments.filter(({ runsOn }) => runsOn === 'kubernetes');

/** The users of the gateway of an environment; none where auth is off. */
export const usersOf = (platform: Platform, environment: Environment): readonly User[] =>
  environment.auth ? platform.users.filter(({ environments }) => environments.includes(environment.name)) : [];

export function environmentNamed(platform: Platform, name: string): Environment | undefined {
  return platform.environments.find((environment) => environment.name === name);
}
