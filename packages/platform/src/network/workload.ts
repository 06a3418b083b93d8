import { clusters, type Environment, type Platform, type User } from '../platform.ts';
import type { Topology } from '../platform-definition.ts';
import { selects } from './network-policy.ts';

/** One end of a connection, as NetworkPolicy sees it: pods of a namespace with labels, or an address outside the cluster. */
export type Workload = Pods | Outside;

export interface Pods {
  readonly kind: 'pods';
  /** What people call it: `loki-write`, `grafana`. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Outside {
  readonly kind: 'outside';
  readonly name: string;
  /** An address for the model to try. */
  readonly address: string;
  /** What a policy names; without it, none should. */
  readonly block?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** Ports of the pods (not of their services). */
export const ports = {
  http: 3100,
  grpc: 9095,
  memberlist: 7946,
  gateway: 8080,
  memcached: 11211,
  memcachedExporter: 9150,
  canary: 3500,
  alloy: 12345,
  otlpGrpc: 4317,
  otlpHttp: 4318,
  dns: 53,
  https: 443,
} as const;

/** Loki's own parts of a topology, by the label `app.kubernetes.io/component` that the charts give them. */
const lokiComponents: Readonly<Record<Topology, readonly string[]>> = {
  'simple-scalable': ['write', 'read', 'backend'],
  'ha-monolithic': ['single-binary'],
  distributed: [
    'distributor',
    'ingester',
    'querier',
    'query-frontend',
    'query-scheduler',
    'index-gateway',
    'compactor',
    'ruler',
  ],
};

/** Loki's parts of an environment; without one, of all environments together. */
export function componentsOf(platform: Platform, environment?: Environment): readonly string[] {
  const environments = environment === undefined ? clusters(platform) : [environment];
  return [...new Set(environments.flatMap(({ topology }) => lokiComponents[topology]))];
}

/** The component that evaluates rules: it talks to Alertmanager and Prometheus. */
export const rulerComponent: Readonly<Record<Topology, string>> = {
  'simple-scalable': 'backend',
  'ha-monolithic': 'single-binary',
  distributed: 'ruler',
};

export const cacheComponents = ['memcached-chunks-cache', 'memcached-results-cache'] as const;

/** Labels that the Loki charts put on the pods of a component. */
export const lokiLabels = ({ names }: Platform, component: string): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/instance': names.lokiRelease,
  'app.kubernetes.io/name': 'loki',
});

export const alloyLabels = ({ names }: Platform): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/instance': names.alloyRelease,
  'app.kubernetes.io/name': 'alloy',
});

/** A policy cannot name S3, STS and KMS by host: everything outside that is not the cluster, the VPC or a node's own services. */
const aws: Outside = {
  kind: 'outside',
  name: 's3',
  address: '52.219.170.1',
  block: {
    cidr: '0.0.0.0/0',
    except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  },
};

/** Where DNS answers: the cluster's servers, and the cache of NodeLocal DNS if there is one. */
export const dnsServers: readonly Workload[] = [
  { kind: 'pods', name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  { kind: 'outside', name: 'node-local-dns', address: '169.254.20.10', block: { cidr: '169.254.20.10/32' } },
];

export function objectStoreOf({
  objectStore,
}: Environment): { readonly workload: Workload; readonly port: number } | undefined {
  switch (objectStore.kind) {
    case 'filesystem':
      return undefined;
    case 's3':
      return { workload: aws, port: ports.https };
    case 's3-compatible':
      return {
        workload: serviceOf(objectStore.endpoint, 'object-store') ?? aws,
        port: portOf(objectStore.endpoint),
      };
  }
}

export const apiServers = (environment: Environment): readonly Outside[] =>
  environment.apiServerCidrs.map((cidr) => ({
    kind: 'outside',
    name: 'kube-apiserver',
    address: firstAddress(cidr),
    block: { cidr },
  }));

/** `http://name.namespace.svc…` as pods of that namespace; undefined when the host is not a service of the cluster. */
export function serviceOf(url: string, name: string): Pods | undefined {
  const match = /^(?:[a-z]+:\/\/)?([a-z0-9-]+)[.]([a-z0-9-]+)[.]svc(?:[.:/]|$)/.exec(url);
  return match === null ? undefined : { kind: 'pods', name, namespace: match[2]!, labels: {} };
}

/** Port that a URL names, or that of its scheme. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url.includes('://') ? url : `tcp://${url}`);
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : 443;
}

/** Pods of Loki's namespace, by component. `loki-write`. */
export function lokiPods(platform: Platform, component: string): Pods {
  const { lokiRelease, lokiNamespace } = platform.names;
  return {
    kind: 'pods',
    name: `${lokiRelease}-${component.replace(/^memcached-/, '')}`,
    namespace: lokiNamespace,
    labels: lokiLabels(platform, component),
  };
}

export const alloyPods = (platform: Platform): Pods => ({
  kind: 'pods',
  name: platform.names.alloyRelease,
  namespace: platform.names.alloyNamespace,
  labels: alloyLabels(platform),
});

export const neighbourPods = ({ neighbours }: Platform, name: keyof Platform['neighbours']): Pods => ({
  kind: 'pods',
  name,
  namespace: neighbours[name].namespace,
  labels: neighbours[name].podLabels,
});

/** Pods that write logs: any pod of a namespace that belongs to a tenant. */
export const applications = (platform: Platform): readonly Pods[] =>
  [...new Set(platform.tenants.flatMap(({ namespaces }) => namespaces))].map((namespace) => ({
    kind: 'pods',
    name: `${namespace}/any`,
    namespace,
    labels: {},
  }));

/** Pods that have no business with logs: the model tries what such pods could do. */
export const stranger: Pods = { kind: 'pods', name: 'stranger', namespace: 'stranger', labels: { app: 'stranger' } };

export const instanceMetadata: Outside = { kind: 'outside', name: 'instance-metadata', address: '169.254.169.254' };
export const internet: Outside = { kind: 'outside', name: 'internet', address: '93.184.215.14' };

/** Everything that has a name in the model, in an environment. */
export function workloads(platform: Platform, environment: Environment): readonly Workload[] {
  const known: Workload[] = [
    ...[...componentsOf(platform, environment), 'gateway', 'canary', ...cacheComponents].map((component) =>
      lokiPods(platform, component),
    ),
    alloyPods(platform),
    ...(['prometheus', 'alertmanager', 'grafana', 'tempo'] as const).map((name) => neighbourPods(platform, name)),
    ...dnsServers,
    ...applications(platform),
    stranger,
    ...apiServers(environment).slice(0, 1),
    instanceMetadata,
    internet,
  ];
  const store = objectStoreOf(environment);
  if (store !== undefined) known.push(store.workload);
  const users = platform.users.map((user) => podsOfUser(platform, user));
  return [...known, ...users.filter(({ name }) => !known.some((workload) => workload.name === name))];
}

/** Where a user of the gateway sends from; one of our own workloads if that is whom the definition selects. */
export function podsOfUser(platform: Platform, user: User): Pods {
  const { namespace, podLabels = {} } = user.from;
  const ours = [alloyPods(platform), lokiPods(platform, 'canary')].find(
    (pods) => pods.namespace === namespace && selects({ matchLabels: podLabels }, pods.labels),
  );
  return ours ?? { kind: 'pods', name: user.name, namespace, labels: podLabels };
}

function firstAddress(cidr: string): string {
  const [address] = cidr.split('/') as [string];
  const parts = address.split('.').map(Number);
  return [...parts.slice(0, 3), (parts[3] ?? 0) + 1].join('.');
}
