import { type BrokenPlatform, environment, part, replacing } from './broken-platform.ts';

const policies = 'kubernetes/loki/networkpolicy.yaml';

export const network: readonly BrokenPlatform[] = [
  {
    check: 'network/needed-flow',
    name: 'the policy of the writers is gone',
    artifact: {
      path: policies,
      change: (text) =>
        text
          .split('---\n')
          .filter((each) => !/name: loki-write\n {2}namespace/.test(each))
          .join('---\n'),
    },
    finds: /loki-gateway -> loki-write:3100.* is denied/,
  },
  {
    check: 'network/needed-flow',
    name: 'a port is mistyped',
    artifact: { path: policies, change: (text) => text.replaceAll('port: 7946', 'port: 7964') },
    finds: /loki-write -> loki-write:7946.*denied \(no egress rule fits/,
  },
  {
    check: 'network/forbidden-flow',
    name: 'everybody in the cluster may reach the readers',
    artifact: {
      path: policies,
      change: replacing(
        /$/,
        '---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: debug, namespace: loki}\nspec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}\n',
      ),
    },
    finds: /-> loki-write:3100 and \d+ more is allowed \(loki\/debug, ingress rule 1\)/,
  },
  {
    check: 'network/forbidden-flow',
    name: 'the metadata service may be asked',
    artifact: {
      path: 'kubernetes/overlays/prod/networkpolicy.yaml',
      change: (text) => text.replace(/ +except:\n(?: +- [\d./]+\n)+/, '').replace('port: 443', 'port: 80'),
    },
    finds: /loki-write -> instance-metadata:80.*is allowed/,
  },
  {
    check: 'network/unknown-field',
    name: 'a misspelt field of a policy',
    artifact: { path: policies, change: replacing(/ingress:\n/, 'ingres:\n') },
    finds: /NetworkPolicy [\w-]+: spec\.ingres: there is no such field/,
  },
  {
    check: 'network/api-server-address',
    name: 'no address of the API server',
    definition: environment('prod', { apiServerCidrs: [] }),
    finds: /prod names no address of its API server/,
  },
  {
    check: 'network/collector-apart',
    name: 'Alloy in the namespace of Loki',
    definition: part('names', { alloyNamespace: 'loki' }),
    finds: /Loki and Alloy share loki/,
  },
  {
    check: 'network/collector-apart',
    name: 'the level of the namespace is lowered',
    artifact: {
      path: 'kubernetes/loki/namespace-update.yaml',
      change: replacing('enforce: restricted', 'enforce: baseline'),
    },
    finds: /loki enforces baseline/,
  },
  {
    check: 'network/monitored-service',
    name: 'a port is renamed',
    artifact: { path: 'kubernetes/loki/servicemonitor.yaml', change: replacing('port: http-metrics', 'port: metrics') },
    finds: /no ServiceMonitor selects the service loki\/loki-write/,
  },
  {
    check: 'network/monitored-service',
    name: 'the canary is scraped twice',
    artifact: {
      path: 'kubernetes/loki/servicemonitor.yaml',
      change: replacing(/- gateway\n( +)- canary\n/, '- gateway\n'),
    },
    finds: /loki and loki-canary both select the service loki\/loki-canary/,
  },
];
