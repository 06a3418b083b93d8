/** What `cordwood init` writes: a small platform that passes the lint, runs, and has a test for its alert. */

export interface InitialAnswers {
  /** Lower case, the prefix of names. */
  readonly name: string;
  /** Kubernetes namespaces whose logs are collected. */
  readonly namespaces: readonly string[];
  /** Services, by the name of their container or of their label `app`. */
  readonly services: readonly string[];
  /** How long logs are kept: `720h`. */
  readonly retention: string;
  /** Undefined: a laptop only; the production environment is added later. */
  readonly aws:
    | {
        readonly region: string;
        readonly account: string;
        readonly oidcProvider: string;
        readonly apiServerCidr: string;
      }
    | undefined;
}

export interface InitialFile {
  readonly path: string;
  readonly text: string;
}

const title = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}`;
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const key = (text: string): string => (/^[a-z_]\w*$/i.test(text) ? text : quoted(text));

export function initialFiles(answers: InitialAnswers): InitialFile[] {
  return [
    { path: 'platform.ts', text: definition(answers) },
    { path: 'tests/alerts.test.yaml', text: alertTest(answers) },
    { path: '.gitignore', text: '# Data of `cordwood up`\ndata/\n.cordwood/\n' },
  ];
}

function definition({ name, namespaces, services, retention, aws }: InitialAnswers): string {
  const tenant = name;
  const list = namespaces.map(quoted).join(', ');
  return `import { definePlatform } from '@cordwood/platform';

/**
 * ${title(name)}'s log platform. \`cordwood render\` writes everything that is made of it, \`cordwood lint\` checks it,
 * \`cordwood up\` runs it on this machine, \`cordwood test\` tests its alerts.
 */
export default definePlatform({
  name: ${quoted(name)},
  title: ${quoted(title(name))},
  // Equal Loki processes; 'distributed' beyond about a terabyte a day.
  topology: 'ha-monolithic',

  environments: {
    laptop: { runsOn: 'laptop', directory: '.', defaultTenant: ${quoted(tenant)}, retention: '72h' },
${production(tenant, retention, aws)}  },

  tenants: {
    ${key(tenant)}: {
      description: 'Our services',
      namespaces: [${list}],
      limits: { ingestionRateMb: 4, ingestionBurstMb: 8, maxStreams: 5000 },
      retention: ${quoted(retention)},
    },
    platform: {
      description: 'Nodes and everything that is nobody else’s',
      catchAll: true,
      limits: { ingestionRateMb: 4, ingestionBurstMb: 8, maxStreams: 5000 },
      retention: '168h',
    },
    'self-monitoring': {
      description: "Loki's canary: proof that lines arrive",
      limits: { ingestionRateMb: 1, ingestionBurstMb: 2, maxStreams: 500 },
      retention: '24h',
    },
  },

  scrapeJobs: {
    'kubernetes-pods': { description: 'All pods', source: 'pods' },
    'systemd-journal': {
      description: 'Node logs',
      source: 'journal',
      units: '(kubelet|containerd)[.]service',
    },
  },

  services: {
${services.map((service) => `    ${key(service)}: { description: ${quoted(title(service))}, namespaces: [${list}] },\n`).join('')}  },

  // E-mail addresses, keys, tokens and card numbers are replaced before a line leaves the collector; add what is yours:
  // redaction: { custom: [{ name: 'order', expression: 'order-([0-9]{8})', tag: '[REDACTED_ORDER]' }] },

  rules: [
    {
      name: 'services',
      tenants: [${quoted(tenant)}],
      rules: [
        {
          alert: 'HighErrorRate',
          expr: 'sum by (service) (rate({namespace=~"${namespaces.join('|')}", level=~"error|fatal"}[5m])) > 0.5',
          for: '5m',
          severity: 'critical',
          team: 'oncall',
          summary: '{{ $labels.service }} logs {{ printf "%.2f" $value }} errors a second',
          runbook: 'Query {service="{{ $labels.service }}", level=~"error|fatal"}; was it released in the last hour?',
        },
        {
          alert: 'SensitiveDataLeak',
          comment: 'What the redaction missed.',
          expr: 'sum by (service) (count_over_time({namespace=~"${namespaces.join('|')}"} |~ "AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY" [5m])) > 0',
          severity: 'critical',
          team: 'oncall',
          summary: 'A key in {{ $value }} lines of {{ $labels.service }}',
          runbook: 'Revoke the key, then add its pattern to redaction.',
        },
      ],
    },
  ],

  alerting: {
    receivers: { oncall: { kind: 'slack', channel: '#oncall', urlFile: '/etc/alertmanager/secrets/slack-url' } },
    defaultReceiver: 'oncall',
  },

  access: {
    users: {
      alloy: {
        description: 'The collectors',
        role: 'writer',
        tenants: [${quoted(tenant)}, 'platform'],
        from: { namespace: 'log-collection', podLabels: { 'app.kubernetes.io/name': 'alloy' } },
      },
      grafana: {
        description: 'Dashboards and Explore',
        role: 'reader-and-rules',
        tenants: [${quoted(tenant)}, 'platform', 'self-monitoring'],
        from: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'grafana' } },
      },
      'rule-sync': {
        description: 'The CI job that uploads the rules',
        role: 'rule-sync',
        tenants: [${quoted(tenant)}],
        from: { namespace: 'loki', podLabels: { 'app.kubernetes.io/name': 'rule-sync' } },
      },
      'self-monitoring': {
        description: "Loki's canary",
        role: 'canary',
        tenants: ['self-monitoring'],
        from: { namespace: 'loki', podLabels: { 'app.kubernetes.io/component': 'canary' } },
      },
    },
  },
});
`;
}

function production(tenant: string, retention: string, aws: InitialAnswers['aws']): string {
  const body = `prod: {
  region: ${quoted(aws?.region ?? 'eu-central-1')},
  account: ${quoted(aws?.account ?? '111122223333')},
  oidcProvider: ${quoted(aws?.oidcProvider ?? 'oidc.eks.eu-central-1.amazonaws.com/id/…')},
  apiServerCidrs: [${quoted(aws?.apiServerCidr ?? '10.0.0.0/16')}],
  defaultTenant: ${quoted(tenant)},
  retention: ${quoted(retention)},
  replicas: { singleBinary: 3, gateway: 2 },
  volumes: { write: '50Gi' },
},
`;
  const indent = aws === undefined ? '    // ' : '    ';
  const lines = body
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`)
    .join('\n');
  return aws === undefined
    ? `    // Production on EKS; 'cordwood render' then writes Helm, Terraform and manifests too.\n${lines}\n`
    : `${lines}\n`;
}

function alertTest({ name, namespaces, services }: InitialAnswers): string {
  const labels = `{namespace="${namespaces[0]}", service="${services[0]}", level="error"}`;
  return `# Tests of the alerts over logs: cordwood test tests/*.test.yaml. They read the rules that \`cordwood render\` wrote.
tenant: ${name}
rule_files: [../rules/${name}/*.yaml]
loki_config: ../loki.yaml
overrides: ../overrides.yaml

tests:
  - name: a burst of errors alerts, and ends
    input_streams:
      - labels: '${labels}'
        lines:
          # 1 a second for ten minutes.
          - { repeat: 600 lines over 10m, line: '{"level":"ERROR","event":"item_failed"}' }
    alert_timeline_test:
      - alertname: HighErrorRate
        labels: { service: ${services[0]} }
        until: 20m
        exp_timeline: [pending at 3m, firing at 8m, resolved at 13m]

  - name: a key that the redaction missed alerts
    input_streams:
      - labels: '${labels}'
        lines:
          - { at: 30s, line: "using AKIAABCDEFGHIJKLMNOP" }
    alert_timeline_test:
      - alertname: SensitiveDataLeak
        until: 10m
        exp_timeline: [firing at 1m, resolved at 6m]
`;
}
