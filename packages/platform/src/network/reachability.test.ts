import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkPolicy } from './network-policy.ts';
import { reach } from './reachability.ts';
import type { Workload } from './workload.ts';

const pods = (name: string, namespace = 'a', labels: Record<string, string> = { app: name }): Workload => ({
  kind: 'pods',
  name,
  namespace,
  labels,
});
const outside = (address: string): Workload => ({ kind: 'outside', name: address, address });
const policy = (spec: NetworkPolicy['spec'], namespace = 'a', name = 'p'): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec,
});
const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'a', 'deny');
const app = (name: string) => ({ matchLabels: { app: name } });
const [x, y] = [pods('x'), pods('y')];
const elsewhere = pods('z', 'b');

function connects(
  name: string,
  policies: NetworkPolicy[],
  from: Workload,
  to: Workload,
  port = 80,
  protocol?: 'UDP',
): void {
  test(`allowed: ${name}`, () => {
    const answer = reach(policies, { from, to, port, ...(protocol ? { protocol } : {}) });
    assert.ok(answer.allowed, JSON.stringify(answer));
  });
}
function fails(name: string, policies: NetworkPolicy[], from: Workload, to: Workload, port = 80, because = /./): void {
  test(`denied: ${name}`, () => {
    const answer = reach(policies, { from, to, port });
    assert.ok(!answer.allowed);
    assert.match(`${answer.egress.because} ${answer.ingress.because}`, because);
  });
}

connects('anything without policies', [], x, y);
connects('pods that no policy selects', [policy({ podSelector: app('other') })], x, y);
connects(
  'another namespace has policies of its own',
  [{ ...denyAll, metadata: { name: 'deny', namespace: 'c' } }],
  x,
  elsewhere,
);
fails('everything by an empty policy', [denyAll], x, y, 80, /x is selected by deny.*y is selected by deny/);
fails('a policy without types is about ingress', [policy({ podSelector: app('y') })], x, y);
connects('... and not about egress', [policy({ podSelector: app('y') })], y, x);
connects('egress rules without types are about egress too', [policy({ podSelector: app('x'), egress: [{}] })], x, y);
fails(
  '... and deny the rest',
  [policy({ podSelector: app('x'), egress: [{ to: [{ podSelector: app('q') }] }] })],
  x,
  y,
);

const letIn = (peer: NonNullable<NetworkPolicy['spec']['ingress']>[number]) =>
  policy({ podSelector: app('y'), ingress: [peer] });
connects('a rule without peers is for everybody', [letIn({})], elsewhere, y);
connects('pods of the same namespace', [letIn({ from: [{ podSelector: app('x') }] })], x, y);
fails('a pod selector alone stays in the namespace', [letIn({ from: [{ podSelector: app('z') }] })], elsewhere, y);
const fromB = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'b' } } };
connects('a namespace as a whole', [letIn({ from: [fromB] })], elsewhere, y);
fails(
  'both selectors in one peer are one condition',
  [letIn({ from: [{ ...fromB, podSelector: app('q') }] })],
  elsewhere,
  y,
);
connects('two peers are two chances', [letIn({ from: [fromB, { podSelector: app('q') }] })], elsewhere, y);
connects('policies add up', [denyAll, letIn({ from: [fromB] })], elsewhere, y);

connects('a port', [letIn({ ports: [{ port: 80 }] })], x, y);
fails('another port', [letIn({ ports: [{ port: 81 }] })], x, y);
fails('a port of the other protocol', [letIn({ ports: [{ port: 80, protocol: 'UDP' }] })], x, y);
connects('UDP', [letIn({ ports: [{ port: 80, protocol: 'UDP' }] })], x, y, 80, 'UDP');
connects('a range of ports', [letIn({ ports: [{ port: 70, endPort: 90 }] })], x, y);
fails('a named port that nobody can look up', [letIn({ ports: [{ port: 'http' }] })], x, y);

const toBlock = (cidr: string, ...except: string[]) =>
  policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr, except } }] }] });
connects('an address in a block', [toBlock('0.0.0.0/0', '10.0.0.0/8')], x, outside('52.1.2.3'), 443);
fails('an exception of it', [toBlock('0.0.0.0/0', '10.0.0.0/8')], x, outside('10.1.2.3'), 443);
fails('an address beside it', [toBlock('10.0.0.0/30')], x, outside('10.0.0.4'), 443);
connects('one address', [toBlock('10.0.0.4/32')], x, outside('10.0.0.4'), 443);
fails('pods are never meant by a block', [toBlock('0.0.0.0/0')], x, y);

test('the rule that allows is named', () => {
  const answer = reach(
    [denyAll, policy({ podSelector: app('x'), egress: [{ to: [fromB] }, { to: [{ podSelector: {} }] }] }), letIn({})],
    {
      from: x,
      to: y,
      port: 80,
    },
  );
  assert.equal(answer.egress.because, 'a/p, egress rule 2');
  assert.equal(answer.ingress.because, 'a/p, ingress rule 1');
});
