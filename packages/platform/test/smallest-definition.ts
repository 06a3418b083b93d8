import type { PlatformDefinition } from '../src/platform-definition.ts';

/** The smallest platform that can be defined; tests change it. */
export const smallestDefinition: PlatformDefinition = {
  name: 'acme',
  title: 'Acme',
  environments: {
    prod: {
      region: 'eu-central-1',
      account: '111122223333',
      oidcProvider: 'oidc.eks.eu-central-1.amazonaws.com/id/ABC',
      defaultTenant: 'acme',
      replicas: { write: 3, read: 2, backend: 2, gateway: 2 },
    },
  },
  tenants: {
    acme: {
      description: 'Everything',
      namespaces: ['acme'],
      catchAll: true,
      limits: { ingestionRateMb: 4, ingestionBurstMb: 8, maxStreams: 1000 },
      retention: '720h',
    },
  },
  scrapeJobs: { pods: { description: 'All pods', source: 'pods' } },
  services: { web: { description: 'The shop', namespaces: ['acme'] } },
  rules: [],
  alerting: { receivers: { ops: { kind: 'webhook', url: 'http://ops.acme.svc/alerts' } }, defaultReceiver: 'ops' },
  access: {
    users: {
      alloy: { description: 'Alloy', role: 'writer', tenants: ['acme'], from: { namespace: 'log-collection' } },
      grafana: {
        description: 'Grafana',
        role: 'reader-and-rules',
        tenants: ['acme'],
        from: { namespace: 'monitoring' },
      },
    },
  },
};
