import type { Platform } from '../platform.ts';
import type { Dashboard, Query } from './dashboard.ts';

/** What the variables choose. A level of "All" also takes lines that have none. */
const chosen = '{namespace=~"$namespace", service=~"$service", level=~"$level"}';
const failed = '{namespace=~"$namespace", service=~"$service", level=~"error|critical|fatal"}';

/** No request and no trace has this id: an empty box would find every line. */
const noId = 'paste-an-id';

const levelColors = {
  critical: 'dark-red',
  fatal: 'dark-red',
  error: 'red',
  warning: 'orange',
  warn: 'orange',
  info: 'green',
  debug: 'blue',
  trace: 'light-blue',
};

const logql = (expr: string, legend?: string): Query => ({
  language: 'logql',
  expr,
  ...(legend === undefined ? {} : { legend }),
});

/** TR-007.1: who logs what, how much of it is an error, and what happened to one request. */
export function logExploration({ name, title, services }: Platform): Dashboard {
  const gateways = services.filter(({ format }) => format === 'kong').map((service) => service.name);
  const withLatency = gateways.length > 0 ? gateways.join('|') : '.+';
  const latency = (quantile: number) =>
    logql(
      `quantile_over_time(${quantile}, {namespace=~"$namespace", service=~"$service", service=~"${withLatency}"} | json duration_ms="duration_ms" | unwrap duration_ms | __error__="" [$__auto]) by (service)`,
      `p${quantile * 100} {{service}}`,
    );
  return {
    uid: `${name}-log-exploration`,
    title: `${title} · Log exploration`,
    description: 'What the services of one tenant log. The datasource is the tenant.',
    from: 'now-1h',
    variables: [
      { kind: 'datasource', name: 'loki_ds', label: 'Tenant', type: 'loki' },
      { kind: 'label', name: 'namespace', label: 'Namespace', language: 'logql', of: 'namespace', allValue: '.+' },
      {
        kind: 'label',
        name: 'service',
        label: 'Service',
        language: 'logql',
        of: 'service',
        in: '{namespace=~"$namespace"}',
        allValue: '.+',
      },
      {
        kind: 'choice',
        name: 'level',
        label: 'Level',
        values: ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'critical', 'fatal'],
        allValue: '.*',
      },
      { kind: 'text', name: 'search', label: 'Contains (RE2, any case)', initial: '' },
      { kind: 'text', name: 'correlation_id', label: 'Trace or request id', initial: noId },
    ],
    rows: [
      {
        title: 'Overview',
        panels: [
          {
            title: 'Log volume by level',
            description:
              'Lines that the variables choose. A gap is silence: compare with the audit and heartbeat alerts.',
            kind: 'stacked-bars',
            width: 16,
            queries: [logql(`sum by (level) (count_over_time(${chosen} |~ \`(?i)$search\` [$__auto]))`, '{{level}}')],
            colors: levelColors,
          },
          {
            title: 'Lines',
            description: 'In the time range.',
            kind: 'stat',
            width: 4,
            queries: [logql(`sum(count_over_time(${chosen} |~ \`(?i)$search\` [$__range]))`)],
          },
          {
            title: 'Errors of all lines',
            description: 'Share of the lines with level error or worse. Red from 5 %.',
            kind: 'stat',
            width: 4,
            unit: 'percentunit',
            redFrom: 0.05,
            queries: [
              logql(
                `(sum(count_over_time(${failed}[$__range])) or vector(0)) / sum(count_over_time({namespace=~"$namespace", service=~"$service"}[$__range]))`,
              ),
            ],
          },
          {
            title: 'Redactions',
            description:
              'Lines in which the pipeline replaced something. A jump means that a service began to log what it must not.',
            kind: 'stat',
            width: 4,
            queries: [logql(`sum(count_over_time(${chosen} |= \`[REDACTED_\` [$__range])) or vector(0)`)],
          },
          {
            title: 'Services that log',
            description: 'How many have written anything in the time range.',
            kind: 'stat',
            width: 4,
            queries: [logql(`count(sum by (service) (count_over_time(${chosen}[$__range])))`)],
          },
        ],
      },
      {
        title: 'Errors',
        panels: [
          {
            title: 'Error rate by service',
            description: 'Lines a second with level error or worse. HighErrorRate fires above 0.5 for five minutes.',
            kind: 'lines',
            width: 12,
            unit: 'cps',
            redFrom: 0.5,
            queries: [logql(`sum by (service) (rate(${failed}[$__auto]))`, '{{service}}')],
          },
          {
            title: 'Top error messages',
            description: 'The event of the log schema, by service, most frequent first.',
            kind: 'table',
            width: 12,
            queries: [
              logql(
                `topk(20, sum by (service, event) (count_over_time(${failed} | json event="event" | __error__="" | event!="" [$__range])))`,
              ),
            ],
          },
        ],
      },
      {
        title: 'Traffic',
        panels: [
          {
            title: 'Bytes by service',
            description: 'What each service writes. Compare with the limit of the tenant (see Loki operations).',
            kind: 'lines',
            width: 12,
            unit: 'Bps',
            queries: [
              logql(
                'sum by (service) (bytes_rate({namespace=~"$namespace", service=~"$service"}[$__auto]))',
                '{{service}}',
              ),
            ],
          },
          {
            title: 'Duration of requests',
            description:
              'The field duration_ms of the lines, in milliseconds. Quantiles of lines, not of all requests.',
            kind: 'lines',
            width: 12,
            unit: 'ms',
            queries: [latency(0.5), latency(0.95), latency(0.99)],
          },
        ],
      },
      {
        title: 'Lines',
        panels: [
          {
            title: 'Log stream',
            description: 'Newest first; a line opens to its JSON, its fields and the link to its trace.',
            kind: 'logs',
            width: 24,
            queries: [logql(`${chosen} |~ \`(?i)$search\``)],
          },
        ],
      },
      {
        title: 'One request',
        panels: [
          {
            title: 'Everything with this trace or request id',
            description: 'Paste a trace_id or request_id above. Ids are structured metadata: no line is parsed for it.',
            kind: 'logs',
            width: 24,
            queries: [logql('{namespace=~".+"} | trace_id=`$correlation_id` or request_id=`$correlation_id`')],
          },
        ],
      },
    ],
  };
}
