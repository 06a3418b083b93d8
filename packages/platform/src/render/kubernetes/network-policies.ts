import { commonFlows, environmentFlows, type Flow, topologyFlows } from '../../network/flow.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../network/network-policy.ts';
import {
  alloyPods,
  cacheComponents,
  componentsOf,
  dnsServers,
  lokiPods,
  type Pods,
  podsOfUser,
  ports,
  type Workload,
} from '../../network/workload.ts';
import { clusters, type Environment, type Platform } from '../../platform.ts';
import type { Artifact } from '../artifact.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/**
 * Everything is denied, then each flow of `network/flow.ts` is allowed at both of its ends. What is the same everywhere is in one file;
 * what has addresses of an environment is in its overlay. Policies add up, so the overlay only has to allow.
 */
export const networkPolicies: Renderer = {
  name: 'network-policies',
  render: (platform) => {
    const environments = clusters(platform);
    if (environments.length === 0) return [];
    return [basePolicies(platform), ...environments.map((environment) => overlayPolicies(platform, environment))];
  },
};

export const networkPolicyPath = 'kubernetes/loki/networkpolicy.yaml';
export const overlayPolicyPath = ({ name }: Environment): string => `kubernetes/overlays/${name}/networkpolicy.yaml`;

function basePolicies(platform: Platform): Artifact {
  const topologies = [...new Set(clusters(platform).map(({ topology }) => topology))];
  const flows = [
    ...topologies.flatMap((topology) => topologyFlows(platform, topology)),
    ...commonFlows(platform).filter(({ name }) => name !== 'dns'),
  ];
  const components = ['gateway', ...componentsOf(platform), ...cacheComponents, 'canary'];
  const ours = [...components.map((component) => lokiPods(platform, component)), alloyPods(platform)];
  const { lokiNamespace, alloyNamespace } = platform.names;
  const policies = [
    ...[lokiNamespace, alloyNamespace].flatMap((namespace) => [
      { policy: defaultDeny(namespace), comments: {} },
      { policy: dns(namespace), comments: {} },
    ]),
    ...[...ours, ...guests(platform, ours)].map((pods) => policyOf(pods, flows)),
  ];
  return {
    path: networkPolicyPath,
    text: documents(policies, [
      `Who may talk to whom in the namespaces ${lokiNamespace} and ${alloyNamespace}. Ports are those of pods. What depends on the environment`,
      '(object store, API server) is in ../overlays. The cluster must enforce policies (EKS: enableNetworkPolicy of the VPC CNI).',
      'Ask `cordwood explain network loki-read -> loki-write`.',
    ]),
  };
}

/** Users of the gateway that run in our namespaces and are none of our workloads: there they need to be let out as well. */
function guests(platform: Platform, ours: readonly Pods[]): readonly Pods[] {
  const namespaces: readonly string[] = [platform.names.lokiNamespace, platform.names.alloyNamespace];
  return platform.users
    .map((user) => podsOfUser(platform, user))
    .filter((user) => namespaces.includes(user.namespace))
    .filter((user) => !ours.some(({ name }) => name === user.name));
}

interface Commented {
  readonly policy: NetworkPolicy;
  /** By path: `spec.ingress.0`. */
  readonly comments: Readonly<Record<string, string>>;
}

function overlayPolicies(platform: Platform, environment: Environment): Artifact {
  const policies = environmentFlows(platform, environment)
    .filter(({ to }) => to.length > 0)
    .map((flow): Commented => {
      const from = flow.from as readonly Pods[];
      const { namespace } = from[0]!;
      const policy: NetworkPolicy = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: flow.name, namespace },
        spec: {
          podSelector: peersOf(from, namespace)[0]!.podSelector!,
          policyTypes: ['Egress'],
          egress: [{ to: peersOf(flow.to, namespace), ports: portsOf(flow) }],
        },
      };
      return { policy, comments: { 'spec.egress.0': flow.why } };
    });
  return {
    path: overlayPolicyPath(environment),
    text: documents(policies, [
      `What the pods may reach in ${environment.name} beside what ../../loki/networkpolicy.yaml allows.`,
    ]),
  };
}

const documents = (policies: readonly Commented[], head: readonly string[]): string =>
  policies
    .map(({ policy, comments }, index) =>
      yamlText(policy, { at: comments, ...(index === 0 ? { head: head.join('\n') } : {}) }),
    )
    .join('---\n');

const defaultDeny = (namespace: string): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'default-deny', namespace },
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
});

const dns = (namespace: string): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'dns', namespace },
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: peersOf(dnsServers, namespace),
        ports: [
          { port: ports.dns, protocol: 'UDP' },
          { port: ports.dns, protocol: 'TCP' },
        ],
      },
    ],
  },
});

/** What these pods may do and what may be done to them: one rule for each flow. */
function policyOf(pods: Pods, flows: readonly Flow[]): Commented {
  const has = (workloads: readonly Workload[]) => workloads.some(({ name }) => name === pods.name);
  const ingress = flows
    .filter(({ to }) => has(to))
    .map((flow) => ({ why: flow.why, rule: { from: peersOf(flow.from, pods.namespace), ports: portsOf(flow) } }));
  const egress = flows
    .filter(({ from }) => has(from))
    .map((flow) => ({ why: flow.why, rule: { to: peersOf(flow.to, pods.namespace), ports: portsOf(flow) } }));
  const [incoming, outgoing] = [together(ingress), together(egress)];
  return {
    policy: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: pods.name, namespace: pods.namespace },
      spec: {
        podSelector: { matchLabels: pods.labels },
        policyTypes: ['Ingress', 'Egress'],
        ...(incoming.length === 0 ? {} : { ingress: incoming.map(({ rule }) => rule) }),
        ...(outgoing.length === 0 ? {} : { egress: outgoing.map(({ rule }) => rule) }),
      },
    },
    comments: Object.fromEntries([
      ...incoming.map(({ why }, index) => [`spec.ingress.${index}`, why]),
      ...outgoing.map(({ why }, index) => [`spec.egress.${index}`, why]),
    ]),
  };
}

/** Rules that say the same become one, with both reasons. */
function together<Rule>(rules: readonly { readonly why: string; readonly rule: Rule }[]) {
  const byText = new Map<string, { why: string; readonly rule: Rule }>();
  for (const { why, rule } of rules) {
    const known = byText.get(JSON.stringify(rule));
    if (known === undefined) byText.set(JSON.stringify(rule), { why, rule });
    else if (!known.why.includes(why)) known.why += `; ${why}`;
  }
  return [...byText.values()];
}

const portsOf = (flow: Flow): PolicyPort[] =>
  flow.ports.flatMap((port) => (flow.protocols ?? ['TCP']).map((protocol) => ({ port, protocol })));

const componentLabel = 'app.kubernetes.io/component';

/**
 * Workloads as peers: components of one release in one selector, namespaces that are open as a whole in another. A peer of the
 * policy's own namespace names no namespace.
 */
function peersOf(workloads: readonly Workload[], ownNamespace: string): PolicyPeer[] {
  const peers: PolicyPeer[] = [];
  const components = new Map<string, { readonly pods: Pods; readonly names: string[] }>();
  const namespaces: string[] = [];
  for (const workload of workloads) {
    if (workload.kind === 'outside') {
      if (workload.block !== undefined) peers.push({ ipBlock: workload.block });
      continue;
    }
    const { [componentLabel]: component, ...labels } = workload.labels;
    if (component !== undefined) {
      const key = JSON.stringify([workload.namespace, labels]);
      const entry = components.get(key) ?? { pods: { ...workload, labels }, names: [] };
      if (!entry.names.includes(component)) entry.names.push(component);
      components.set(key, entry);
    } else if (Object.keys(labels).length === 0 && workload.namespace !== ownNamespace) {
      if (!namespaces.includes(workload.namespace)) namespaces.push(workload.namespace);
    } else {
      peers.push({ ...namespacePeer(workload.namespace, ownNamespace), podSelector: { matchLabels: labels } });
    }
  }
  for (const { pods, names } of components.values())
    peers.push({
      ...namespacePeer(pods.namespace, ownNamespace),
      podSelector:
        names.length === 1
          ? { matchLabels: { ...pods.labels, [componentLabel]: names[0]! } }
          : {
              ...(Object.keys(pods.labels).length > 0 ? { matchLabels: pods.labels } : {}),
              matchExpressions: [{ key: componentLabel, operator: 'In', values: names }],
            },
    });
  if (namespaces.length === 1) peers.push(namespacePeer(namespaces[0]!, ownNamespace));
  else if (namespaces.length > 1)
    peers.push({
      namespaceSelector: {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }],
      },
    });
  return peers;
}

const namespacePeer = (namespace: string, ownNamespace: string): PolicyPeer =>
  namespace === ownNamespace
    ? {}
    : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
