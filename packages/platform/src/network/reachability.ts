import type { NetworkPolicy, PolicyPeer, PolicyPort } from './network-policy.ts';
import { selects } from './network-policy.ts';
import type { Workload } from './workload.ts';

/**
 * What NetworkPolicies together allow, by Kubernetes' own rules: a pod that no policy of a direction selects is open in that
 * direction; one that is selected may do what any rule of any selecting policy allows, and nothing else; a connection needs the
 * consent of both ends. (Only where the cluster's network plugin enforces policies; EKS: `enableNetworkPolicy`.)
 */

export interface Connection {
  readonly from: Workload;
  readonly to: Workload;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/** What one end says. */
export interface Consent {
  readonly allowed: boolean;
  /** Why: the policy and rule that allow it, or the policies that select the pod and allow it not. */
  readonly because: string;
}

export interface Reach {
  readonly allowed: boolean;
  readonly egress: Consent;
  readonly ingress: Consent;
}

export function reach(policies: readonly NetworkPolicy[], connection: Connection): Reach {
  const egress = consent(policies, connection, 'egress');
  const ingress = consent(policies, connection, 'ingress');
  return { allowed: egress.allowed && ingress.allowed, egress, ingress };
}

function consent(policies: readonly NetworkPolicy[], connection: Connection, direction: 'egress' | 'ingress'): Consent {
  const [self, peer] = direction === 'egress' ? [connection.from, connection.to] : [connection.to, connection.from];
  if (self.kind === 'outside')
    return { allowed: true, because: `${self.name} is outside the cluster: no policy is about it` };
  const mine = policies.filter(
    (policy) =>
      policy.metadata.namespace === self.namespace &&
      directionsOf(policy).includes(direction) &&
      selects(policy.spec.podSelector, self.labels),
  );
  if (mine.length === 0)
    return { allowed: true, because: `no policy selects ${self.name} for ${direction}, so everything is allowed` };
  for (const policy of mine) {
    const rules = direction === 'egress' ? policy.spec.egress : policy.spec.ingress;
    for (const [index, rule] of (rules ?? []).entries()) {
      const peers = 'from' in rule ? rule.from : 'to' in rule ? rule.to : undefined;
      if (matchesPeer(peers, peer, self.namespace) && matchesPort(rule.ports, connection))
        return {
          allowed: true,
          because: `${policy.metadata.namespace}/${policy.metadata.name}, ${direction} rule ${index + 1}`,
        };
    }
  }
  return {
    allowed: false,
    because: `no ${direction} rule fits; ${self.name} is selected by ${mine.map(({ metadata }) => metadata.name).join(', ')}`,
  };
}

/** Without policyTypes: ingress always, egress when there are egress rules. */
function directionsOf({ spec }: NetworkPolicy): readonly ('egress' | 'ingress')[] {
  if (spec.policyTypes !== undefined) return spec.policyTypes.map((type) => (type === 'Egress' ? 'egress' : 'ingress'));
  return spec.egress === undefined ? ['ingress'] : ['ingress', 'egress'];
}

/** No list of peers, or an empty one, is everybody. */
function matchesPeer(peers: readonly PolicyPeer[] | undefined, peer: Workload, ownNamespace: string): boolean {
  if (peers === undefined || peers.length === 0) return true;
  return peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock !== undefined)
      return (
        peer.kind === 'outside' &&
        contains(ipBlock.cidr, peer.address) &&
        !(ipBlock.except ?? []).some((cidr) => contains(cidr, peer.address))
      );
    if (peer.kind === 'outside') return false;
    const inNamespace =
      namespaceSelector === undefined
        ? peer.namespace === ownNamespace
        : selects(namespaceSelector, { 'kubernetes.io/metadata.name': peer.namespace });
    return inNamespace && selects(podSelector ?? {}, peer.labels);
  });
}

function matchesPort(rules: readonly PolicyPort[] | undefined, { port, protocol = 'TCP' }: Connection): boolean {
  if (rules === undefined || rules.length === 0) return true;
  return rules.some((rule) => {
    if ((rule.protocol ?? 'TCP') !== protocol) return false;
    if (rule.port === undefined) return true;
    // A named port needs the container's list; we write numbers, and a name that we cannot look up allows nothing.
    if (typeof rule.port === 'string') return false;
    return rule.endPort === undefined ? port === rule.port : port >= rule.port && port <= rule.endPort;
  });
}

/** IPv4 only; an IPv6 block contains none of our addresses. */
function contains(cidr: string, address: string): boolean {
  const [base, bits] = cidr.split('/') as [string, string];
  const [a, b] = [asNumber(base), asNumber(address)];
  if (a === undefined || b === undefined) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(a / size) === Math.floor(b / size);
}

function asNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
