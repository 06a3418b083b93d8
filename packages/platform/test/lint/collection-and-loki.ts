import type { PlatformDefinition } from '../../src/platform-definition.ts';
import { type BrokenPlatform, environment, part, replacing, tenant } from './broken-platform.ts';

const prodAlloy = 'helm/alloy/files/prod.alloy';
const values = 'helm/loki/values.yaml';
const prodValues = 'helm/loki/values-prod.yaml';

/** The definition with another group of rules. */
const ruleGroup =
  (tenants: readonly string[], rule: PlatformDefinition['rules'][number]['rules'][number]) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    rules: [...definition.rules, { name: 'broken', tenants, rules: [rule] }],
  });
const alert = (expr: string) => ({
  alert: 'Broken',
  expr,
  severity: 'info' as const,
  team: 'platform',
  summary: 'x',
  runbook: 'x',
});
const job =
  (name: string, change: Partial<PlatformDefinition['scrapeJobs'][string]>) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    scrapeJobs: {
      ...definition.scrapeJobs,
      [name]: { description: 'x', source: 'pods', ...definition.scrapeJobs[name], ...change },
    },
  });
const service =
  (name: string, change: Partial<PlatformDefinition['services'][string]>) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    services: {
      ...definition.services,
      [name]: { description: 'x', namespaces: ['greenlang-prod'], ...definition.services[name], ...change },
    },
  });

/** What Alloy, Loki and the rules make of the definition. */
export const collectionAndLoki: readonly BrokenPlatform[] = [
  {
    check: 'labels/unknown',
    name: 'a rule selects by a label that nothing makes',
    definition: ruleGroup(['greenlang-prod'], alert('sum(rate({app="csrd"}[5m])) > 1')),
    finds: /Broken selects by app; the pipeline makes/,
  },
  {
    check: 'labels/budget',
    name: 'a job with eight labels of its own',
    definition: job('csrd-agent', {
      labels: Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, 'x'])),
    }),
    finds: /lines of csrd-agent have 16 labels, 14 leave room/,
  },
  {
    check: 'labels/high-cardinality',
    name: 'a trace id as a label',
    definition: job('csrd-agent', { labels: { trace_id: 'x' } }),
    finds: /trace_id of csrd-agent has as many values/,
  },
  {
    check: 'labels/high-cardinality',
    name: 'the pod of OTLP as a label',
    definition: part('pipeline', { otlpIndexAttributes: ['service.name', 'k8s.pod.name', 'retention_class'] }),
    finds: /k8s\.pod\.name is different for every pod/,
  },
  {
    check: 'labels/stream-estimate',
    name: 'a limit of twenty streams',
    definition: tenant('greenlang-prod', { limits: { ingestionRateMb: 20, ingestionBurstMb: 40, maxStreams: 20 } }),
    finds: /about 30 streams of greenlang-prod, the limit is 20/,
  },
  {
    check: 'retention/minimum',
    name: 'twelve hours',
    definition: tenant('greenlang-dev', { retention: '12h' }),
    finds: /greenlang-dev: 12h/,
  },
  {
    check: 'retention/unknown-class',
    name: 'a label without a class',
    definition: job('csrd-agent', { labels: { retention_class: 'complience' } }),
    finds: /csrd-agent: there is no class complience/,
  },
  {
    check: 'retention/unknown-class',
    name: 'a class that its tenant forgot',
    definition: tenant('greenlang-prod', { retentionClasses: [] }),
    finds: /no tenant keeps the class compliance/,
  },
  {
    check: 'retention/unused-class',
    name: 'a class that no job gives',
    definition: (definition) => ({
      ...tenant('greenlang-prod', { retentionClasses: ['compliance', 'tax'] })(definition),
      retentionClasses: { ...definition.retentionClasses!, tax: { description: 'x', period: '8760h', priority: 30 } },
    }),
    finds: /greenlang-prod keeps the class tax, no scrape job/,
  },
  {
    check: 'retention/otlp-class',
    name: 'OTLP without the class',
    definition: part('pipeline', { otlpIndexAttributes: ['service.name'] }),
    finds: /retention_class is not among the attributes/,
  },
  {
    check: 'retention/query-length',
    name: 'a month of a year',
    definition: tenant('compliance-audit', { maxQueryLength: '721h' }),
    finds: /compliance-audit: kept for 8760h, asked for at most 721h/,
  },
  {
    check: 'retention/shorter-class',
    name: 'compliance logs die first',
    definition: (definition) => ({
      ...definition,
      retentionClasses: { ...definition.retentionClasses!, compliance: { description: 'x', period: '240h' } },
    }),
    finds: /greenlang-prod keeps 720h, but compliance only 240h/,
  },
  {
    check: 'retention/same-priority',
    name: 'two classes of one priority',
    definition: (definition) => ({
      ...tenant('greenlang-prod', { retentionClasses: ['compliance', 'audit'] })(definition),
      retentionClasses: {
        ...definition.retentionClasses!,
        audit: { ...definition.retentionClasses!['audit']!, priority: 10 },
      },
    }),
    finds: /greenlang-prod: audit has priority 10/,
  },
  {
    check: 'retention/compactor',
    name: 'retention switched off',
    artifact: { path: values, change: replacing('retention_enabled: true', 'retention_enabled: false') },
    finds: /prod: retention_enabled is not true/,
  },
  {
    check: 'retention/compactor',
    name: 'no store for delete requests',
    artifact: { path: values, change: replacing('      delete_request_store: s3\n', '') },
    finds: /delete_request_store is missing/,
  },
  {
    check: 'retention/deletable-evidence',
    name: 'audit logs can be deleted',
    definition: tenant('compliance-audit', { deletionMode: 'filter-and-delete' }),
    finds: /compliance-audit: filter-and-delete/,
  },
  {
    check: 'limits/headroom',
    name: 'a limit below what is written',
    definition: tenant('greenlang-prod', { limits: { ingestionRateMb: 2, ingestionBurstMb: 40, maxStreams: 15_000 } }),
    finds: /greenlang-prod: services write 1\.6 MiB\/s, 2\.3 should be allowed, 2 are/,
  },
  {
    check: 'limits/burst',
    name: 'a burst below the rate',
    definition: tenant('platform', { limits: { ingestionRateMb: 5, ingestionBurstMb: 1, maxStreams: 100 } }),
    finds: /platform: burst 1 MiB, rate 5 MiB\/s/,
  },
  {
    check: 'limits/stream-rate',
    name: 'a service of four megabytes a second',
    definition: service('api-gateway', { kilobytesPerSecond: 4096 }),
    finds: /api-gateway writes 4\.0 MiB\/s, a stream may take 3/,
  },
  {
    check: 'limits/chunk-age',
    name: 'idle later than old',
    definition: part('tuning', { chunkIdlePeriod: '3h' }),
    finds: /idle after 3h, old after 2h/,
  },
  {
    check: 'pipeline/unmatched-job',
    name: 'a misspelt service',
    definition: job('eudr-agent', { select: { service: 'edur-agent' } }),
    finds: /eudr-agent selects none of: /,
  },
  {
    check: 'pipeline/overlapping-jobs',
    name: 'two jobs for one service',
    definition: job('agents', { select: { service: '.+-agent' } }),
    finds: /csrd-agent fits csrd-agent and agents/,
  },
  {
    check: 'pipeline/homeless-service',
    name: 'a namespace of nobody',
    definition: service('reporting', { namespaces: ['reporting'] }),
    finds: /reporting: reporting belongs to no tenant; its lines would go to platform/,
  },
  {
    check: 'pipeline/audit-dropped',
    name: 'debug of the audit trail',
    definition: part('pipeline', { dropLevels: [{ namespace: 'greenlang-audit', levels: ['debug'] }] }),
    finds: /debug of greenlang-audit are dropped/,
  },
  {
    check: 'pipeline/node-filter',
    name: 'the pods of all nodes',
    artifact: { path: prodAlloy, change: replacing(/\n\tselectors \{[\s\S]*?\n\t\}\n/, '') },
    finds: /discovery\.kubernetes\.pods discovers the pods of all nodes/,
  },
  {
    check: 'pipeline/endless-retries',
    name: 'ten attempts',
    artifact: { path: prodAlloy, change: replacing(/\t\tmax_backoff_retries = 0\n/, '') },
    finds: /loki\.write\.default gives up/,
  },
  {
    check: 'pipeline/positions',
    name: 'positions in /tmp',
    artifact: {
      path: 'helm/alloy/values.yaml',
      change: replacing('storagePath: /var/lib/alloy/data', 'storagePath: /tmp/alloy'),
    },
    finds: /positions are in \/tmp\/alloy/,
  },
  {
    check: 'pipeline/tenant-of-a-line',
    name: 'the tenant out of the line',
    artifact: { path: prodAlloy, change: replacing('value = "greenlang-prod"', 'source = "tenant_id"') },
    finds: /takes the tenant out of the line/,
  },
  {
    check: 'pipeline/legacy-metadata',
    name: 'structured metadata to Loki 2.9',
    definition: (definition) => ({
      ...definition,
      dualWrite: { environments: ['prod'], url: 'http://old.example/push' },
    }),
    artifact: {
      path: prodAlloy,
      change: replacing(
        'forward_to = [loki.write.legacy.receiver]\n',
        'forward_to = [loki.write.legacy.receiver]\n\tstage.structured_metadata {\n\t\tvalues = { a = "" }\n\t}\n',
      ),
    },
    finds: /loki\.process\.legacy gives structured metadata/,
  },
  {
    check: 'redaction/before-export',
    name: 'OTLP around the redaction',
    artifact: {
      path: prodAlloy,
      change: replacing(
        /(loki\.process "otlp" \{\n\tforward_to = \[)loki\.process\.redact\.receiver/,
        '$1loki.process.schema.receiver',
      ),
    },
    finds:
      /otelcol\.receiver\.otlp\.default -> otelcol\.processor\.memory_limiter\.default -> otelcol\.exporter\.loki\.default -> loki\.process\.otlp -> loki\.process\.schema -> loki\.write\.default is without redaction/,
  },
  {
    check: 'redaction/before-export',
    name: 'OTLP straight out',
    artifact: {
      path: prodAlloy,
      change: (text) =>
        `${text.replace('logs = [otelcol.exporter.loki.default.input]', 'logs = [otelcol.exporter.loki.default.input, otelcol.exporter.otlphttp.loki.input]')}\notelcol.exporter.otlphttp "loki" {\n\tclient {\n\t\tendpoint = "http://x/otlp"\n\t}\n}\n`,
    },
    finds: /otelcol\.processor\.memory_limiter\.default -> otelcol\.exporter\.otlphttp\.loki is without redaction/,
  },
  {
    check: 'redaction/incomplete',
    name: 'no card numbers',
    definition: part('redaction', { patterns: ['email', 'vendor_key'] }),
    finds: /card numbers \(\[REDACTED_CC\]\) pass/,
  },
  {
    check: 'redaction/custom-pattern',
    name: 'a pattern without a group',
    definition: part('redaction', { custom: [{ name: 'plot', expression: 'plot [0-9]{6}', tag: '[REDACTED_PLOT]' }] }),
    finds: /plot has no group/,
  },
  {
    check: 'redaction/leak-alert',
    name: 'nobody looks for leaks',
    definition: (definition) => ({ ...definition, rules: definition.rules.filter(({ name }) => name !== 'leaks') }),
    finds: /no alert looks for secrets/,
  },
  {
    check: 'helm/unknown-value',
    name: 'a misspelt value',
    artifact: { path: prodValues, change: replacing('\n  gateway:', '\n  gatway:') },
    finds: /loki\.gatway is no value of the chart; gateway\?/,
  },
  {
    check: 'helm/unknown-value',
    name: 'a value that is one level too high',
    artifact: { path: prodValues, change: (text) => `${text}write:\n  replicas: 5\n` },
    finds: /write is no value of the chart; loki\.write\?/,
  },
  {
    check: 'helm/one-chart',
    name: 'two charts',
    definition: environment('dev', { topology: 'ha-monolithic' }),
    finds: /staging needs chart 6\.55\.0, dev 18\.11\.0/,
  },
  {
    check: 'helm/release-name',
    name: 'another release',
    definition: part('names', { lokiRelease: 'logs' }),
    finds: /the gateway will be logs-gateway/,
  },
  {
    check: 'helm/template-braces',
    name: 'a template in a value',
    artifact: { path: values, change: replacing('query_timeout: 5m', "query_timeout: '{{ .Release.Name }}'") },
    finds: /Helm would execute: query_timeout/,
  },
  {
    check: 'helm/canary-user',
    name: 'a canary with a name of its own',
    definition: (definition) => {
      const { 'self-monitoring': canary, ...users } = definition.access.users;
      return { ...definition, access: { users: { ...users, canary: canary! } } };
    },
    finds: /canary writes as self-monitoring/,
  },
  {
    check: 'loki/end-of-line',
    name: 'simple scalable',
    definition: (definition) => definition,
    finds: /prod is simple-scalable/,
  },
  {
    check: 'loki/capacity',
    name: 'more than a terabyte a day',
    definition: environment('prod', { ingestionRateMb: 40 }),
    finds: /prod: 40 MB\/s sustained are 3\.46 TB a day on simple-scalable/,
  },
  {
    check: 'loki/ruler-sharding',
    name: 'two rulers, each with all rules',
    artifact: { path: prodValues, change: replacing('enable_sharding: true', 'enable_sharding: false') },
    finds: /prod: 2 rulers, not sharded/,
  },
  {
    check: 'loki/ring-label',
    name: 'a ring without a name',
    artifact: { path: prodValues, change: replacing(/ +extraMemberlistConfig:\n.*\n/, '') },
    finds: /prod: no cluster_label/,
  },
  {
    check: 'loki/removed-settings',
    name: 'a key of Loki 2',
    artifact: {
      path: values,
      change: replacing('delete_request_store: s3', 'delete_request_store: s3\n      shared_store: s3'),
    },
    finds: /shared_store is gone; instead: compactor\.delete_request_store/,
  },
  {
    check: 'loki/autoscaling-requests',
    name: 'autoscaling without a request',
    definition: environment('prod', {
      resources: { read: { requests: { cpu: '10m', memory: '1Gi' }, limits: { memory: '2Gi' } } },
    }),
    finds: /prod: read asks for 10m/,
  },
  {
    check: 'loki/schema-from',
    name: 'a schema of tomorrow',
    definition: part('storage', { schemaFrom: '2031-01-01' }),
    finds: /the schema would begin on 2031-01-01/,
  },
  {
    check: 'rules/wrong-tenant',
    name: "production's namespace in staging",
    definition: ruleGroup(['greenlang-staging'], alert('sum(rate({namespace="greenlang-prod"}[5m])) > 1')),
    finds: /Broken in greenlang-staging selects greenlang-prod/,
  },
  {
    check: 'rules/wrong-tenant',
    name: "the audit trail's gap in production",
    definition: ruleGroup(['greenlang-prod'], alert('absent_over_time({log_type="audit"}[15m])')),
    finds: /Broken reads the audit trail, but is evaluated in greenlang-prod/,
  },
  {
    check: 'rules/same-record',
    name: 'one series of two tenants',
    definition: ruleGroup(['greenlang-prod', 'greenlang-dev'], {
      record: 'greenlang:x:5m',
      expr: 'sum(rate({namespace="{namespace}"}[5m]))',
    }),
    finds: /greenlang:x:5m of greenlang-dev has no label tenant/,
  },
  {
    check: 'rules/silent-service',
    name: 'nobody notices silence',
    definition: service('customer-portal', { heartbeat: '5m' }),
    finds: /customer-portal may be silent for 5m/,
  },
  {
    check: 'rules/two-engines',
    name: 'PromQL for the ruler',
    definition: ruleGroup(['greenlang-prod'], alert('rate(loki_panic_total[5m]) > 0')),
    finds: /Broken is no LogQL/,
  },
  {
    check: 'rules/two-engines',
    name: 'LogQL for Prometheus',
    definition: (definition) => ({
      ...definition,
      platformRules: [{ name: 'x', rules: [alert('sum(count_over_time({service="a"} |= "x" [5m])) > 0')] }],
    }),
    finds: /Broken is LogQL/,
  },
  {
    check: 'rules/untested',
    name: 'an alert without a test',
    definition: ruleGroup(['greenlang-prod'], alert('sum(rate({namespace="greenlang-prod"}[5m])) > 1')),
    finds: /no test names Broken/,
  },
];
