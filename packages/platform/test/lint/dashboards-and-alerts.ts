import { type BrokenPlatform, part, replacing } from './broken-platform.ts';

const exploration = 'monitoring/dashboards/log-exploration.json';
const operations = 'monitoring/dashboards/loki-operations.json';

export const dashboardsAndAlerts: readonly BrokenPlatform[] = [
  {
    check: 'dashboards/known-metric',
    name: 'a metric that no code emits any more',
    artifact: {
      path: operations,
      change: replacing('loki_panic_total', 'loki_distributor_ingester_append_failures_total'),
    },
    finds: /panel "Panics" asks for loki_distributor_ingester_append_failures_total/,
  },
  {
    check: 'dashboards/known-metric',
    name: 'an alert on a metric of Promtail',
    artifact: {
      path: 'monitoring/alerts/loki-platform-alerts.yaml',
      change: replacing('loki_panic_total', 'promtail_sent_entries_total'),
    },
    finds: /rule LokiRequestPanics asks for promtail_sent_entries_total/,
  },
  {
    check: 'dashboards/produced-label',
    name: 'a label that no stream has',
    artifact: {
      path: exploration,
      change: replacing('sum by (level) (count_over_time({namespace=', 'sum by (level) (count_over_time({app='),
    },
    finds: /panel "Log volume by level" selects streams by app/,
  },
  {
    check: 'dashboards/produced-label',
    name: 'structured metadata in a selector',
    artifact: {
      path: exploration,
      change: replacing('{namespace=~\\".+\\"} | trace_id', '{trace_id=~\\".+\\"} | trace_id'),
    },
    finds: /selects streams by trace_id/,
  },
  {
    check: 'dashboards/produced-label',
    name: 'a field that was not extracted',
    artifact: { path: exploration, change: replacing(' | json event=\\"event\\"', '') },
    finds: /filters by event, which nothing produces/,
  },
  {
    check: 'dashboards/query-language',
    name: 'a query with an error',
    artifact: { path: exploration, change: replacing('| unwrap duration_ms |', '| unwrap |') },
    finds: /panel "Duration of requests": parse error/,
  },
  {
    check: 'dashboards/query-language',
    name: 'lines in a graph',
    artifact: {
      path: exploration,
      change: replacing(/"expr": "sum by \(service\) \(rate\((\\"|[^"])*"/, '"expr": "{service=\\"a\\"}"'),
    },
    finds: /panel "Error rate by service" shows numbers, its query gives lines/,
  },
  {
    check: 'dashboards/fixed-datasource',
    name: 'a panel with a datasource of its own',
    artifact: {
      path: exploration,
      change: replacing(/("datasource": \{\s*"type": "loki",\s*"uid": ")\$\{loki_ds\}/, '$1P8E80F9AEF21F6940'),
    },
    finds: /asks the datasource P8E80F9AEF21F6940/,
  },
  {
    check: 'dashboards/config-map-size',
    name: 'a dashboard of two MiB',
    artifact: { path: operations, change: replacing('"panels":', `"notes": "${'x'.repeat(2 ** 21)}", "panels":`) },
    finds: /loki-operations\.json has 2\d{3} KiB/,
  },
  {
    check: 'alerts/runbook-and-severity',
    name: 'an alert without a severity',
    artifact: {
      path: 'monitoring/alerts/loki-platform-alerts.yaml',
      change: replacing(/severity: critical/, 'level: critical'),
    },
    finds: /has no severity/,
  },
  {
    check: 'alerts/runbook-and-severity',
    name: 'a runbook that says nothing',
    artifact: { path: 'monitoring/alerts/loki-platform-alerts.yaml', change: replacing(/runbook: .+/, 'runbook: tbd') },
    finds: /has no runbook/,
  },
  {
    check: 'alerts/dead-route',
    name: 'a route for a team without alerts',
    definition: (definition) => ({
      ...definition,
      alerting: {
        ...definition.alerting,
        routes: [...definition.alerting.routes!, { match: { team: 'data' }, receiver: 'pager' }],
      },
    }),
    finds: /no alert has team="data", so pager never hears/,
  },
  {
    check: 'alerts/unused-receiver',
    name: 'a receiver without a route',
    definition: (definition) => ({
      ...definition,
      alerting: {
        ...definition.alerting,
        receivers: { ...definition.alerting.receivers, data: { kind: 'webhook', url: 'http://data.example/' } },
      },
    }),
    finds: /no route leads to data/,
  },
  {
    check: 'alerts/critical-wakes-somebody',
    name: 'critical alerts in the channel of all',
    definition: part('alerting', { routes: [{ match: { team: 'security' }, receiver: 'security' }] }),
    finds: /critical alerts go where all go: platform/,
  },
];
