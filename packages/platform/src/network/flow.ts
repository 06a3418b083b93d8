import { type Environment, type Platform, usersOf } from '../platform.ts';
import type { Topology } from '../platform-definition.ts';
import {
  alloyPods,
  apiServers,
  applications,
  cacheComponents,
  componentsOf,
  dnsServers,
  instanceMetadata,
  internet,
  lokiPods,
  neighbourPods,
  objectStoreOf,
  type Pods,
  podsOfUser,
  portOf,
  ports,
  rulerComponent,
  serviceOf,
  stranger,
  type Workload,
} from './workload.ts';

/** Connections that have one reason: each of `from` to each of `to`, on each of the ports. */
export interface Flow {
  /** Short, for names of policies: `object-store`. */
  readonly name: string;
  readonly why: string;
  readonly from: readonly Workload[];
  readonly to: readonly Workload[];
  readonly ports: readonly number[];
  /** Default TCP. */
  readonly protocols?: readonly ('TCP' | 'UDP')[];
}

/** Who is behind the gateway: it proxies to these. */
const entries: Readonly<Record<Topology, readonly string[]>> = {
  'simple-scalable': ['write', 'read', 'backend'],
  'ha-monolithic': ['single-binary'],
  distributed: ['distributor', 'query-frontend', 'querier', 'ruler', 'compactor'],
};

/** Who calls whom over gRPC. */
const calls: Readonly<Record<Topology, Readonly<Record<string, readonly string[]>>>> = {
  'simple-scalable': {
    // The distributor of one writer sends to the ingesters of all.
    write: ['write'],
    read: ['write', 'read', 'backend'],
    backend: ['write', 'read', 'backend'],
  },
  'ha-monolithic': { 'single-binary': ['single-binary'] },
  distributed: {
    distributor: ['ingester'],
    'query-frontend': ['query-scheduler', 'compactor'],
    querier: ['query-scheduler', 'query-frontend', 'ingester', 'index-gateway', 'compactor'],
    'index-gateway': ['compactor'],
    ruler: ['ruler', 'ingester', 'index-gateway', 'compactor', 'query-frontend'],
  },
};

/** Who reads or writes the object store. */
const storing: Readonly<Record<Topology, readonly string[]>> = {
  'simple-scalable': ['write', 'read', 'backend'],
  'ha-monolithic': ['single-binary'],
  distributed: ['ingester', 'querier', 'index-gateway', 'compactor', 'ruler'],
};

/** What must work wherever this topology runs; the same for every environment. */
export function topologyFlows(platform: Platform, topology: Topology): readonly Flow[] {
  const loki = (...components: readonly string[]) => components.map((component) => lokiPods(platform, component));
  const { neighbours } = platform;
  const parts = loki(...Object.keys(calls[topology]), ...entries[topology], ...storing[topology]).filter(
    (pods, index, all) => all.findIndex(({ name }) => name === pods.name) === index,
  );
  const gateway = loki('gateway');
  const ruler = loki(rulerComponent[topology]);
  const caches = loki(...cacheComponents);
  const prometheus = [neighbourPods(platform, 'prometheus')];
  return [
    {
      name: 'gateway',
      why: 'requests that the gateway let through',
      from: gateway,
      to: loki(...entries[topology]),
      ports: [ports.http],
    },
    ...Object.entries(calls[topology]).map(
      ([caller, called]): Flow => ({
        name: `${caller}-grpc`,
        why: `${caller} calls ${called.join(', ')}`,
        from: loki(caller),
        to: loki(...called),
        ports: [ports.grpc],
      }),
    ),
    {
      name: 'memberlist',
      why: 'the ring: members gossip over TCP only',
      from: parts,
      to: parts,
      ports: [ports.memberlist],
    },
    { name: 'caches', why: 'chunks and results in memcached', from: parts, to: caches, ports: [ports.memcached] },
    {
      name: 'alerts',
      why: 'the ruler notifies',
      from: ruler,
      to: [neighbourPods(platform, 'alertmanager')],
      ports: [portOf(neighbours.alertmanager.url)],
    },
    {
      name: 'remote-write',
      why: "the ruler's recorded series",
      from: ruler,
      to: prometheus,
      ports: [portOf(neighbours.prometheus.url)],
    },
    { name: 'metrics', why: 'Prometheus scrapes', from: prometheus, to: parts, ports: [ports.http] },
    {
      name: 'cache-metrics',
      why: 'Prometheus scrapes',
      from: prometheus,
      to: caches,
      ports: [ports.memcachedExporter],
    },
  ];
}

/** What must work in every environment, whatever the topology. */
export function commonFlows(platform: Platform): readonly Flow[] {
  const gateway = [lokiPods(platform, 'gateway')];
  const canary = [lokiPods(platform, 'canary')];
  const alloy = [alloyPods(platform)];
  const prometheus = [neighbourPods(platform, 'prometheus')];
  const apps = applications(platform);
  return [
    ...platform.users.map(
      (user): Flow => ({
        name: `user-${user.name}`,
        why: `${user.description} (${user.role})`,
        from: [podsOfUser(platform, user)],
        to: gateway,
        ports: [ports.gateway],
      }),
    ),
    { name: 'canary-metrics', why: 'Prometheus scrapes', from: prometheus, to: canary, ports: [ports.canary] },
    { name: 'alloy-metrics', why: 'Prometheus scrapes', from: prometheus, to: alloy, ports: [ports.alloy] },
    ...(apps.length === 0
      ? []
      : [
          {
            name: 'otlp',
            why: "services send to their node's collector",
            from: apps,
            to: alloy,
            ports: [ports.otlpGrpc, ports.otlpHttp],
          },
        ]),
    {
      name: 'traces',
      why: 'the collector passes traces on',
      from: alloy,
      to: [neighbourPods(platform, 'tempo')],
      ports: [portOf(platform.neighbours.tempo.otlp)],
    },
    {
      name: 'dns',
      why: 'names of services',
      from: [
        ...gateway,
        ...canary,
        ...alloy,
        ...componentsOf(platform).map((component) => lokiPods(platform, component)),
      ],
      to: dnsServers,
      ports: [ports.dns],
      protocols: ['UDP', 'TCP'],
    },
  ];
}

/** What must work in this environment and has addresses of its own. */
export function environmentFlows(platform: Platform, environment: Environment): readonly Flow[] {
  const flows: Flow[] = [];
  const store = objectStoreOf(environment);
  if (store !== undefined)
    flows.push({
      name: 'object-store',
      why: environment.objectStore.kind === 's3' ? 'S3, STS and KMS' : 'the object store',
      from: storing[environment.topology].map((component) => lokiPods(platform, component)),
      to: [store.workload],
      ports: [store.port],
    });
  flows.push({
    name: 'api-server',
    why: 'the collector asks Kubernetes for pods',
    from: [alloyPods(platform)],
    to: apiServers(environment),
    ports: [ports.https],
  });
  const { dualWrite } = platform;
  if (dualWrite?.environments.includes(environment.name)) {
    const old = serviceOf(dualWrite.url, 'old-loki');
    if (old !== undefined)
      flows.push({
        name: 'dual-write',
        why: 'the collector also writes to the Loki that is to be replaced',
        from: [alloyPods(platform)],
        to: [old],
        ports: [portOf(dualWrite.url)],
      });
  }
  return flows;
}

export const neededFlows = (platform: Platform, environment: Environment): readonly Flow[] => [
  ...topologyFlows(platform, environment.topology),
  ...commonFlows(platform),
  ...environmentFlows(platform, environment),
];

/** What must not work, and what it would open. */
export function forbiddenFlows(platform: Platform, environment: Environment): readonly Flow[] {
  const parts = componentsOf(platform, environment).map((component) => lokiPods(platform, component));
  const gateway = [lokiPods(platform, 'gateway')];
  const caches = cacheComponents.map((component) => lokiPods(platform, component));
  const alloy = [alloyPods(platform)];
  const users: readonly Pods[] = usersOf(platform, environment).map((user) => podsOfUser(platform, user));
  const apps = applications(platform).filter(({ namespace }) => !users.some((user) => user.namespace === namespace));
  const ours = [...parts, ...gateway, ...alloy, ...caches];
  return [
    {
      name: 'around-the-gateway',
      why: 'Loki believes every X-Scope-OrgID: whoever reaches it reads and writes every tenant',
      from: [...users.filter((user) => !isPrometheus(platform, user)), ...alloy, ...apps, stranger],
      to: parts,
      ports: [ports.http, ports.grpc],
    },
    {
      name: 'uninvited-at-the-gateway',
      why: 'only its users have business there; others would guess passwords',
      from: [...apps, stranger],
      to: gateway,
      ports: [ports.gateway],
    },
    {
      name: 'caches',
      why: 'memcached has no authentication and holds the chunks of every tenant',
      from: [...users, ...alloy, ...apps, stranger],
      to: caches,
      ports: [ports.memcached],
    },
    {
      name: 'log-injection',
      why: 'the collector files what it gets by the name of the namespace that the sender claims',
      from: [stranger],
      to: alloy,
      ports: [ports.otlpGrpc, ports.otlpHttp],
    },
    {
      name: 'node-credentials',
      why: "the instance's metadata service gives out the node's role to whoever asks",
      from: ours,
      to: [instanceMetadata],
      ports: [80],
    },
    {
      name: 'exfiltration',
      why: 'nothing there is sent outside the cluster',
      from: [...gateway, ...alloy, ...caches],
      to: [internet],
      ports: [ports.https],
    },
  ];
}

const isPrometheus = (platform: Platform, pods: Pods): boolean => {
  const prometheus = neighbourPods(platform, 'prometheus');
  return (
    pods.namespace === prometheus.namespace &&
    Object.entries(prometheus.labels).every(([key, value]) => pods.labels[key] === value)
  );
};
