import { definePlatform } from '@cordwood/platform';
import { logRules } from './log-rules.ts';

/**
 * GreenLang Climate OS: the log platform of INFRA-009. `cordwood render` writes `deployment/` and the files beside this one,
 * `cordwood lint` checks them against each other, `cordwood up --env dev` runs them.
 */

/** What the regulations are about is kept 90 days (acceptance criterion 9). */
const compliance = (regulation: string) => ({ regulation, retention_class: 'compliance' });

const inEveryStage = ['greenlang-prod', 'greenlang-staging', 'greenlang-dev'];

export default definePlatform({
  name: 'greenlang',
  title: 'GreenLang',
  output: '../deployment',
  topology: 'simple-scalable',

  // TR-001: the overlay table.
  environments: {
    laptop: {
      runsOn: 'laptop',
      directory: '.',
      defaultTenant: 'greenlang-dev',
      retention: '72h',
    },
    dev: {
      region: 'eu-central-1',
      account: '111122220001',
      oidcProvider: 'oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCD01',
      apiServerCidrs: ['10.10.0.0/16'],
      nodesMin: 1,
      auth: false,
      defaultTenant: 'greenlang-dev',
      ingestionRateMb: 5,
      retention: '72h',
      replicas: { write: 1, read: 1, backend: 1, gateway: 1 },
      // "local-minio" of the table: MinIO is archived, any S3 server will do (trap T52).
      objectStore: {
        kind: 's3-compatible',
        endpoint: 'http://objectstore.objectstore.svc.cluster.local:8333',
        credentialsSecret: 'loki-objectstore',
      },
      forceDestroy: true,
    },
    staging: {
      region: 'eu-central-1',
      account: '111122220002',
      oidcProvider: 'oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCD02',
      apiServerCidrs: ['10.20.0.0/16'],
      nodesMin: 3,
      defaultTenant: 'greenlang-staging',
      ingestionRateMb: 10,
      retention: '168h',
      // Two writers and one copy: with three copies no writer could ever be missing (trap T32).
      replicas: { write: 2, read: 2, backend: 1, gateway: 1 },
      replicationFactor: 1,
      volumes: { write: '50Gi', backend: '10Gi', storageClass: 'gp3' },
      caches: { chunksMb: 512, resultsMb: 256 },
    },
    prod: {
      region: 'eu-central-1',
      account: '111122220003',
      oidcProvider: 'oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCD03',
      apiServerCidrs: ['10.30.0.0/16'],
      nodesMin: 6,
      defaultTenant: 'greenlang-prod',
      ingestionRateMb: 20,
      retention: '720h',
      replicas: { write: 3, read: { min: 2, max: 6, targetCpuPercent: 70 }, backend: 2, gateway: 2 },
      replicationFactor: 3,
      // Each of three writers takes the full 20 MB/s; Loki's own measurements need 10 to 15 GB of WAL for 5 MB/s.
      volumes: { write: '100Gi', backend: '20Gi', storageClass: 'gp3' },
      caches: { chunksMb: 4096, resultsMb: 1024 },
      resources: {
        write: { requests: { cpu: '2', memory: '6Gi' }, limits: { memory: '10Gi' } },
        read: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '6Gi' } },
        backend: { requests: { cpu: '1', memory: '3Gi' }, limits: { memory: '6Gi' } },
        gateway: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        chunksCache: { requests: { cpu: '500m', memory: '4916Mi' }, limits: { memory: '4916Mi' } },
        resultsCache: { requests: { cpu: '250m', memory: '1229Mi' }, limits: { memory: '1229Mi' } },
      },
    },
  },

  // TR-004: the table of tenants.
  tenants: {
    'greenlang-prod': {
      description: 'Services and agents of production',
      // `greenlang` is where production runs today.
      namespaces: ['greenlang-prod', 'greenlang'],
      limits: { ingestionRateMb: 20, ingestionBurstMb: 40, maxStreams: 15_000 },
      retention: '720h',
      retentionClasses: ['compliance'],
      deletionMode: 'disabled',
    },
    'greenlang-staging': {
      description: 'The rehearsal of production',
      namespaces: ['greenlang-staging'],
      limits: { ingestionRateMb: 10, ingestionBurstMb: 20, maxStreams: 10_000 },
      retention: '168h',
    },
    'greenlang-dev': {
      description: 'Development',
      namespaces: ['greenlang-dev'],
      limits: { ingestionRateMb: 5, ingestionBurstMb: 10, maxStreams: 5_000 },
      retention: '72h',
    },
    'compliance-audit': {
      description: 'The audit trail of all environments: who did what to regulated data',
      namespaces: ['greenlang-audit'],
      audit: true,
      immutable: true,
      limits: { ingestionRateMb: 5, ingestionBurstMb: 10, maxStreams: 5_000 },
      retention: '8760h',
      retentionClasses: ['audit'],
      deletionMode: 'disabled',
    },
    platform: {
      description: 'Nodes, kube-system, ingress: what belongs to no product',
      catchAll: true,
      limits: { ingestionRateMb: 5, ingestionBurstMb: 10, maxStreams: 5_000 },
      retention: '336h',
      deletionMode: 'disabled',
    },
    'self-monitoring': {
      description: "Loki's canary: proof that lines arrive",
      limits: { ingestionRateMb: 1, ingestionBurstMb: 2, maxStreams: 500 },
      retention: '24h',
      deletionMode: 'disabled',
    },
  },

  retentionClasses: {
    compliance: { description: 'CSRD, CBAM, EUDR and SB253 services', period: '2160h', priority: 10 },
    audit: { description: 'The audit trail', period: '8760h', priority: 20 },
  },

  // TR-002: the eight scrape jobs.
  scrapeJobs: {
    'kubernetes-pods': { description: 'All pods of GreenLang that no other job takes', source: 'pods' },
    'eudr-agent': {
      description: 'EUDR: due diligence statements',
      source: 'pods',
      select: { service: 'eudr-agent' },
      labels: compliance('eudr'),
      metadata: ['data.compliance_check_id', 'data.dds_id', 'data.risk'],
    },
    'cbam-agent': {
      description: 'CBAM: embedded emissions of goods',
      source: 'pods',
      select: { service: 'cbam-agent' },
      labels: compliance('cbam'),
      metadata: ['data.calculation_id', 'data.report_id', 'data.product_category'],
    },
    'sb253-agent': {
      description: 'SB253: disclosures',
      source: 'pods',
      select: { service: 'sb253-agent' },
      labels: compliance('sb253'),
      metadata: ['data.disclosure_id', 'data.scope', 'data.reporting_year'],
    },
    'csrd-agent': {
      description: 'CSRD: reports',
      source: 'pods',
      select: { service: 'csrd-agent' },
      labels: compliance('csrd'),
      metadata: ['data.report_id', 'data.esrs_topic', 'data.datapoint'],
    },
    'api-gateway': {
      description: 'Access lines of Kong, with latencies in milliseconds',
      source: 'pods',
      select: { service: 'api-gateway|kong' },
      metadata: ['data.upstream', 'data.route', 'data.status'],
    },
    'audit-logs': {
      description: 'The audit trail, kept for a year',
      source: 'pods',
      select: { annotation: 'greenlang.io/audit-logs' },
      labels: { log_type: 'audit', retention_class: 'audit' },
      metadata: ['data.action', 'data.resource', 'data.result'],
      audit: true,
    },
    'systemd-journal': {
      description:
        'Node logs: kubelet and container runtime. EKS keeps those of its control plane in CloudWatch (trap T42)',
      source: 'journal',
      units: '(kubelet|containerd|sshd|systemd-.+)[.]service',
    },
  },

  services: {
    'csrd-agent': { description: 'CSRD reports', namespaces: inEveryStage, kilobytesPerSecond: 200 },
    'cbam-agent': { description: 'CBAM declarations', namespaces: inEveryStage, kilobytesPerSecond: 200 },
    'eudr-agent': { description: 'EUDR statements', namespaces: inEveryStage, kilobytesPerSecond: 200 },
    'sb253-agent': { description: 'SB253 disclosures', namespaces: inEveryStage, kilobytesPerSecond: 100 },
    'api-gateway': {
      description: 'Kong: the only way in',
      namespaces: inEveryStage,
      heartbeat: '5m',
      kilobytesPerSecond: 800,
    },
    'customer-portal': { description: 'What customers see', namespaces: inEveryStage, kilobytesPerSecond: 100 },
    'audit-trail': {
      description: 'Signs every audit record into a hash chain',
      namespaces: ['greenlang-audit'],
      heartbeat: '15m',
      kilobytesPerSecond: 50,
    },
  },

  pipeline: {
    drop: [{ reason: 'probe', expression: '"path":"/healthz","status":200' }],
    // Debug output of production is for `kubectl logs`.
    dropLevels: [{ namespace: 'greenlang-prod', levels: ['debug', 'trace'] }],
  },

  // TR-002: e-mail addresses, keys and tokens, card numbers. Access lines need their addresses, so IP addresses stay.
  redaction: {},

  // TR-003. GLACIER at 90 days would make the audit trail unreadable, so the readable class is used (trap T1).
  storage: {
    chunksBucket: 'gl-loki-chunks-{env}',
    rulerBucket: 'gl-loki-ruler-{env}',
    kmsAlias: 'alias/gl-loki-{env}',
    tiers: [
      { afterDays: 30, storageClass: 'STANDARD_IA' },
      { afterDays: 90, storageClass: 'GLACIER_IR' },
    ],
  },

  rules: logRules,

  alerting: {
    receivers: {
      platform: { kind: 'slack', channel: '#platform-alerts', urlFile: '/etc/alertmanager/secrets/slack-url' },
      compliance: {
        kind: 'email',
        to: 'compliance-oncall@greenlang.example',
        from: 'alerts@greenlang.example',
        smarthost: 'smtp.greenlang.example:587',
      },
      security: { kind: 'slack', channel: '#security-alerts', urlFile: '/etc/alertmanager/secrets/slack-url' },
      pager: { kind: 'pagerduty', routingKeyFile: '/etc/alertmanager/secrets/pagerduty-key' },
    },
    routes: [
      { match: { severity: 'critical' }, receiver: 'pager' },
      { match: { team: 'compliance' }, receiver: 'compliance' },
      { match: { team: 'security' }, receiver: 'security' },
    ],
    defaultReceiver: 'platform',
  },

  access: {
    users: {
      alloy: {
        description: 'Grafana Alloy on every node',
        role: 'writer',
        tenants: ['greenlang-prod', 'greenlang-staging', 'greenlang-dev', 'compliance-audit', 'platform'],
        from: { namespace: 'log-collection', podLabels: { 'app.kubernetes.io/name': 'alloy' } },
      },
      grafana: {
        description: 'The datasources of the product teams',
        role: 'reader-and-rules',
        tenants: ['greenlang-prod', 'greenlang-staging', 'greenlang-dev', 'platform', 'self-monitoring'],
        from: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'grafana' } },
      },
      'grafana-audit': {
        description: 'The datasource of the compliance officers',
        role: 'reader-and-rules',
        tenants: ['compliance-audit'],
        from: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'grafana' } },
      },
      'rule-sync': {
        description: 'The CI job that uploads the rules',
        role: 'rule-sync',
        tenants: ['greenlang-prod', 'greenlang-staging', 'greenlang-dev', 'compliance-audit'],
        from: { namespace: 'loki', podLabels: { 'app.kubernetes.io/name': 'rule-sync' } },
      },
      // The chart logs in as the tenant.
      'self-monitoring': {
        description: "Loki's canary",
        role: 'canary',
        tenants: ['self-monitoring'],
        from: { namespace: 'loki', podLabels: { 'app.kubernetes.io/component': 'canary' } },
      },
    },
  },

  names: {
    lokiRelease: 'loki',
    lokiNamespace: 'loki',
    lokiServiceAccount: 'loki',
    lokiRole: 'gl-loki-{env}',
    alloyRelease: 'alloy',
    alloyNamespace: 'log-collection',
  },

  accept: [
    {
      check: 'storage/unprotected-evidence',
      reason:
        "TR-003 wants versioning off. The evidence is the audit trail's own signed chain of records; its logs are how one looks into it. One word turns the locked copy on: storage.objectLock: 'replica'.",
    },
    {
      check: 'loki/end-of-line',
      reason:
        'INFRA-009 asks for simple scalable (TR-001). The way on is topology: ha-monolithic, before Loki 4.0 is rolled out.',
    },
    {
      check: 'loki/capacity',
      at: 'environments.prod',
      reason:
        'INFRA-009 asks for a limit of 20 MB/s on simple scalable (TR-001, criterion 12). Services write less than a tenth of it on average.',
    },
  ],
});
