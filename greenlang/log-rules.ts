import type { RuleGroup } from '@cordwood/platform';

/**
 * GreenLang's rules in LogQL (INFRA-009 TR-006): evaluated by Loki's ruler in the tenant whose logs they read, tested in
 * `greenlang/tests`. Alerts about Loki and Alloy themselves are PromQL and stand in `packages/platform`.
 */

const compliance: RuleGroup = {
  name: 'compliance',
  tenants: ['greenlang-prod'],
  interval: '15s',
  rules: [
    {
      alert: 'ComplianceProcessingFailure',
      expr: `sum by (service) (
  count_over_time({service=~"(csrd|cbam|eudr|sb253)-agent"} | json event="event" | event=~".+_failed" [5m])
) > 0
`,
      for: '30s',
      severity: 'warning',
      team: 'compliance',
      summary: '{{ $labels.service }} could not process {{ $value }} items in 5 minutes',
      runbook:
        'Query {service="{{ $labels.service }}"} | json event="event" | event=~".+_failed" and follow a trace_id.',
    },
    {
      alert: 'EmissionCalculationTimeout',
      expr: `sum by (service) (
  count_over_time({service=~".+-agent"} | json event="event" | event=~".+_timed_out" [10m])
) > 0
`,
      severity: 'warning',
      team: 'compliance',
      summary: 'Calculations of {{ $labels.service }} ran out of their budget {{ $value }} times in 10 minutes',
      runbook:
        'Query {service="{{ $labels.service }}"} | json event="event" | event=~".+_timed_out"; compare duration_ms with the size of the input, then look at the database.',
    },
  ],
};

const services: RuleGroup = {
  name: 'services',
  tenants: ['greenlang-prod'],
  interval: '30s',
  rules: [
    {
      alert: 'HighErrorRate',
      expr: `sum by (service) (rate({namespace="greenlang-prod", level=~"error|fatal"}[5m])) > 0.5
`,
      for: '5m',
      severity: 'critical',
      team: 'platform',
      summary: '{{ $labels.service }} logs {{ printf "%.2f" $value }} errors a second',
      runbook:
        'Query {service="{{ $labels.service }}", level=~"error|fatal"}; was it released in the last hour? Then roll back.',
    },
    {
      alert: 'AuthenticationFailures',
      comment: 'Never by user or address: a label set per attacker would be one stream each.',
      expr: `sum by (service) (
  count_over_time({namespace="greenlang-prod"} | json event="event" | event="authentication_failed" [5m])
) > 10
`,
      severity: 'warning',
      team: 'security',
      summary: '{{ $value }} failed authentications at {{ $labels.service }} in 5 minutes',
      runbook:
        'Query {service="{{ $labels.service }}"} | json event="event" | event="authentication_failed"; one address: block it; many: an expired key of a customer.',
    },
    {
      alert: 'ServiceSilent',
      comment:
        'One rule per emitter: absent_over_time over a regular expression only says that all of them are silent.',
      expr: 'absent_over_time({service="api-gateway"}[5m])',
      for: '1m',
      severity: 'critical',
      team: 'platform',
      summary: 'The gateway has not logged for 5 minutes: no traffic, or no collection',
      runbook:
        'Are its pods ready? If they are, look at Alloy on their nodes: loki_write_dropped_entries_total and its own log.',
    },
  ],
};

const leaks: RuleGroup = {
  name: 'leaks',
  tenants: ['greenlang-prod'],
  interval: '1m',
  rules: [
    {
      alert: 'SensitiveDataLeak',
      comment: 'What the redaction of the pipeline missed. The value never goes into a label.',
      expr: `sum by (service) (
  count_over_time({namespace="greenlang-prod"} |~ "AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|sk_live_[0-9A-Za-z]{10}|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2,}" [5m])
) > 0
`,
      severity: 'critical',
      team: 'security',
      summary: 'Unredacted personal data or a key in {{ $value }} lines of {{ $labels.service }}',
      runbook:
        'Revoke the key first. Then add the pattern to redaction in greenlang/platform.ts, render, and ask for deletion of the lines.',
    },
  ],
};

const staging: RuleGroup = {
  name: 'compliance',
  tenants: ['greenlang-staging'],
  interval: '30s',
  rules: [
    {
      alert: 'ComplianceProcessingFailure',
      expr: `sum by (service) (
  count_over_time({namespace="greenlang-staging"} | json event="event" | event=~".+_failed" [10m])
) > 5
`,
      for: '5m',
      severity: 'info',
      team: 'compliance',
      summary: '{{ $labels.service }} in staging could not process {{ $value }} items in 10 minutes',
      runbook: 'Query {service="{{ $labels.service }}"} | json event="event" | event=~".+_failed" in staging.',
    },
  ],
};

const audit: RuleGroup = {
  name: 'audit',
  tenants: ['compliance-audit'],
  interval: '30s',
  comment: "The audit trail's own tenant: a gap in it would not be seen from production's.",
  rules: [
    {
      alert: 'AuditLogGap',
      comment: 'The trail writes a heartbeat each minute, so silence is a fault and not a quiet night.',
      expr: 'absent_over_time({log_type="audit", service="audit-trail"}[15m])',
      for: '1m',
      severity: 'critical',
      team: 'compliance',
      summary: 'No audit record for 15 minutes',
      runbook:
        'Is audit-trail ready in greenlang-audit? If it is, look at Alloy on its node. The gap must be explained in the audit file.',
    },
    {
      alert: 'AuditChainBroken',
      expr: `sum(count_over_time({log_type="audit"} | json event="event" | event="audit_chain_broken" [15m])) > 0
`,
      severity: 'critical',
      team: 'compliance',
      summary: 'The hash chain of the audit trail does not verify',
      runbook:
        'Freeze the trail: kubectl scale deployment audit-trail --replicas=0. Compare with the copy of the day before; call the compliance officer.',
    },
  ],
};

/** Of one namespace, in its tenant. Prometheus is shared and Loki does not add the tenant to a series: hence the label. */
function recording(tenant: string): RuleGroup {
  return {
    name: 'recording',
    tenants: [tenant],
    rules: [
      {
        record: 'greenlang:log_error_rate:5m',
        expr: `sum by (service) (rate({namespace="${tenant}", level=~"error|fatal"}[5m]))
`,
        labels: { tenant },
      },
      {
        record: 'greenlang:log_volume_bytes:1m',
        comment: 'The minute before the last one: late lines have arrived by then.',
        expr: `sum by (service) (bytes_over_time({namespace="${tenant}"}[1m] offset 1m))
`,
        labels: { tenant },
      },
    ],
  };
}

const latency: RuleGroup = {
  name: 'latency',
  tenants: ['greenlang-prod'],
  rules: [
    {
      record: 'greenlang:log_latency_p99:5m',
      comment: 'Milliseconds. Without the filter on __error__ one line with a bad duration would fail the whole query.',
      expr: `quantile_over_time(0.99,
  {service="api-gateway"} | json duration_ms="duration_ms", upstream="data.upstream" | upstream != ""
    | unwrap duration_ms | __error__="" [5m]
) by (upstream)
`,
      labels: { tenant: 'greenlang-prod' },
    },
  ],
};

const auditRecording: RuleGroup = {
  name: 'recording',
  tenants: ['compliance-audit'],
  rules: [
    {
      record: 'greenlang:log_volume_bytes:1m',
      expr: `sum by (service) (bytes_over_time({log_type="audit"}[1m] offset 1m))
`,
      labels: { tenant: 'compliance-audit' },
    },
  ],
};

/** Proof that alerts fire and resolve, on demand: `cordwood verify` writes the lines, nobody else does. */
const acceptance: RuleGroup = {
  name: 'acceptance',
  tenants: ['greenlang-dev'],
  interval: '5s',
  rules: [
    {
      alert: 'AcceptanceCanary',
      comment: 'The window is short, so that it resolves while the acceptance still runs.',
      expr: 'sum(count_over_time({service="cordwood-verify"} |= "alert canary" [15s])) > 0',
      severity: 'info',
      team: 'platform',
      summary: 'cordwood verify proves that alerts fire; this one resolves within a minute',
      runbook: 'Nothing to do. Does it stay? Then look who writes {service="cordwood-verify"} in greenlang-dev.',
    },
  ],
};

export const logRules: readonly RuleGroup[] = [
  compliance,
  services,
  leaks,
  recording('greenlang-prod'),
  latency,
  staging,
  recording('greenlang-staging'),
  recording('greenlang-dev'),
  audit,
  auditRecording,
  acceptance,
];
