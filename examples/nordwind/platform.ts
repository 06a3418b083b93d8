import { definePlatform } from '@cordwood/platform';

/**
 * A second company, to show what else a definition can say: Nordwind, a freight forwarder. One cluster a region, distributed Loki,
 * logs read over the Kubernetes API, a tenant for each business line, customs records that must outlive a mistake, a Loki 2.9
 * that is still written to, and a patch.
 */
export default definePlatform({
  name: 'nordwind',
  title: 'Nordwind',
  topology: 'distributed',

  environments: {
    laptop: { runsOn: 'laptop', defaultTenant: 'freight', retention: '48h' },
    live: {
      region: 'eu-north-1',
      account: '444455556666',
      cluster: 'nordwind-live',
      oidcProvider: 'oidc.eks.eu-north-1.amazonaws.com/id/FEDCBA9876543210FEDCBA9876543210',
      apiServerCidrs: ['10.64.0.0/16'],
      nodesMin: 9,
      defaultTenant: 'freight',
      ingestionRateMb: 60,
      retention: '336h',
      replicas: {
        gateway: 3,
        distributed: {
          distributor: 3,
          ingester: 6,
          querier: 6,
          queryFrontend: 2,
          queryScheduler: 2,
          indexGateway: 2,
          compactor: 1,
          ruler: 2,
        },
      },
      volumes: { write: '200Gi', backend: '50Gi', storageClass: 'gp3' },
      caches: { chunksMb: 8192, resultsMb: 2048 },
      resources: {
        ingester: { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '14Gi' } },
        querier: { requests: { cpu: '2', memory: '4Gi' }, limits: { memory: '8Gi' } },
        distributor: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
        chunksCache: { requests: { cpu: '500m', memory: '9831Mi' }, limits: { memory: '9831Mi' } },
        resultsCache: { requests: { cpu: '250m', memory: '2458Mi' }, limits: { memory: '2458Mi' } },
      },
    },
  },

  tenants: {
    freight: {
      description: 'Bookings, tracking, tariffs',
      namespaces: ['booking', 'tracking'],
      limits: { ingestionRateMb: 40, ingestionBurstMb: 80, maxStreams: 20_000 },
      retention: '336h',
      retentionClasses: ['billing'],
    },
    customs: {
      description: 'Declarations to customs, kept for three years',
      namespaces: ['customs'],
      audit: true,
      immutable: true,
      limits: { ingestionRateMb: 5, ingestionBurstMb: 10, maxStreams: 2000 },
      retention: '26280h',
      deletionMode: 'disabled',
    },
    platform: {
      description: 'Nodes and what belongs to no product',
      catchAll: true,
      limits: { ingestionRateMb: 10, ingestionBurstMb: 20, maxStreams: 5000 },
      retention: '168h',
    },
    canary: {
      description: "Loki's canary",
      limits: { ingestionRateMb: 1, ingestionBurstMb: 2, maxStreams: 500 },
      retention: '24h',
    },
  },

  retentionClasses: { billing: { description: 'Invoices and their disputes', period: '4320h' } },

  scrapeJobs: {
    pods: { description: 'All pods', source: 'pods' },
    invoices: {
      description: 'What a dispute is decided by',
      source: 'pods',
      select: { service: 'invoicing|tariffs' },
      labels: { retention_class: 'billing' },
      metadata: ['data.invoice_id', 'data.booking_id'],
    },
    declarations: {
      description: 'Customs declarations, wherever they are written',
      source: 'pods',
      select: { annotation: 'nordwind.example/customs' },
      labels: { log_type: 'declaration' },
      metadata: ['data.mrn'],
      audit: true,
    },
    journal: { description: 'Nodes', source: 'journal', units: '(kubelet|containerd)[.]service' },
  },

  services: {
    edge: { description: 'Kong, the way in', namespaces: ['booking'], format: 'kong', kilobytesPerSecond: 400 },
    booking: { description: 'Takes orders', namespaces: ['booking'], kilobytesPerSecond: 900 },
    invoicing: { description: 'Writes invoices', namespaces: ['booking'], kilobytesPerSecond: 60 },
    tariffs: { description: 'Knows prices', namespaces: ['booking'], kilobytesPerSecond: 120 },
    tracking: {
      description: 'Where is the container',
      namespaces: ['tracking'],
      kilobytesPerSecond: 2400,
    },
    declare: { description: 'Talks to customs', namespaces: ['customs'], heartbeat: '10m', kilobytesPerSecond: 20 },
  },

  pipeline: { podSource: 'api', onlyTenantNamespaces: false, metadata: ['trace_id', 'span_id', 'request_id'] },

  redaction: {
    keys: ['consignee', { keys: ['tax_number'], tag: '[REDACTED_TAX]' }],
    custom: [{ name: 'eori', expression: '(?:^|[^A-Z0-9])((?:SE|NO|DE|DK|FI)[0-9]{9,15})', tag: '[REDACTED_EORI]' }],
    ipAddressesOf: 'tracking',
  },

  storage: {
    tiers: [
      { afterDays: 45, storageClass: 'STANDARD_IA' },
      { afterDays: 120, storageClass: 'GLACIER_IR' },
    ],
    versioning: true,
    objectLock: 'replica',
  },

  rules: [
    {
      name: 'freight',
      tenants: ['freight'],
      rules: [
        {
          alert: 'InvoicesFail',
          expr: 'sum by (service) (count_over_time({service="invoicing", level=~"error|fatal"}[10m])) > 5',
          for: '5m',
          severity: 'warning',
          team: 'billing',
          summary: '{{ $value }} invoices failed in ten minutes',
          runbook: 'Query {service="invoicing", level="error"} and look at the bank of the first one.',
        },
        {
          alert: 'KeysInLogs',
          expr: 'sum by (service) (count_over_time({namespace=~"booking|tracking"} |~ "AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY" [5m])) > 0',
          severity: 'critical',
          team: 'platform',
          summary: 'A key in the lines of {{ $labels.service }}',
          runbook: 'Revoke it, then add its pattern to redaction.',
        },
        {
          record: 'nordwind:log_bytes:5m',
          expr: 'sum by (service) (bytes_over_time({namespace=~"booking|tracking"}[5m]))',
          labels: { tenant: 'freight' },
        },
      ],
    },
    {
      name: 'customs',
      tenants: ['customs'],
      rules: [
        {
          alert: 'NoDeclarations',
          expr: 'absent_over_time({service="declare"}[10m])',
          severity: 'critical',
          team: 'customs',
          summary: 'Nothing was declared for ten minutes',
          runbook: 'Is the line to customs up? Then look at the collector of the node.',
        },
      ],
    },
  ],

  alerting: {
    receivers: {
      platform: { kind: 'webhook', url: 'https://chat.nordwind.example/hooks/platform' },
      billing: {
        kind: 'email',
        to: 'billing@nordwind.example',
        from: 'alerts@nordwind.example',
        smarthost: 'smtp.nordwind.example:587',
      },
      pager: { kind: 'pagerduty', routingKeyFile: '/etc/alertmanager/secrets/pagerduty-key' },
    },
    routes: [
      { match: { severity: 'critical' }, receiver: 'pager' },
      { match: { team: 'billing' }, receiver: 'billing' },
    ],
    defaultReceiver: 'platform',
  },

  access: {
    users: {
      alloy: {
        description: 'The collectors',
        role: 'writer',
        tenants: ['freight', 'customs', 'platform'],
        from: { namespace: 'collectors', podLabels: { 'app.kubernetes.io/name': 'alloy' } },
      },
      grafana: {
        description: 'Everybody',
        role: 'reader-and-rules',
        tenants: ['freight', 'platform', 'canary'],
        from: { namespace: 'observability', podLabels: { 'app.kubernetes.io/name': 'grafana' } },
      },
      inspector: {
        description: 'The customs officer of the company',
        role: 'reader-and-rules',
        tenants: ['customs'],
        from: { namespace: 'observability', podLabels: { 'app.kubernetes.io/name': 'grafana' } },
      },
      'rule-sync': {
        description: 'CI',
        role: 'rule-sync',
        tenants: ['freight', 'customs'],
        from: { namespace: 'loki', podLabels: { 'app.kubernetes.io/name': 'rule-sync' } },
      },
      canary: {
        description: "Loki's canary",
        role: 'canary',
        tenants: ['canary'],
        from: { namespace: 'loki', podLabels: { 'app.kubernetes.io/component': 'canary' } },
      },
    },
  },

  names: { alloyNamespace: 'collectors' },
  neighbours: {
    prometheus: { namespace: 'observability', url: 'http://prometheus.observability.svc.cluster.local:9090' },
    alertmanager: { namespace: 'observability', url: 'http://alertmanager.observability.svc.cluster.local:9093' },
    grafana: { namespace: 'observability' },
    tempo: {
      namespace: 'observability',
      url: 'http://tempo.observability.svc.cluster.local:3200',
      otlp: 'tempo.observability.svc.cluster.local:4317',
    },
  },

  dualWrite: { environments: ['live'], url: 'http://loki-old.observability.svc.cluster.local:3100/loki/api/v1/push' },

  patches: [
    {
      artifact: 'helm/loki/values-live.yaml',
      at: ['loki', 'gateway', 'topologySpreadConstraints'],
      set: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'gateway' } },
        },
      ],
      reason: 'Three zones, three gateways: one in each.',
    },
  ],
});
