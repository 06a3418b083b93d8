import { isKnownMetric, metricsOf } from '../../../metrics/known-metrics.ts';
import type { Check } from '../../check.ts';
import { renderedQueries } from '../../rendered-dashboards.ts';
import { valueAt } from '../../rendered-values.ts';

export const knownMetric: Check = {
  id: 'dashboards/known-metric',
  severity: 'error',
  title: 'Dashboards and alerts ask for metrics that exist',
  reason: 'A wrong name is an empty panel, or an alert that never fires. Prometheus takes both without a word.',
  fix: 'Take the name from /metrics of the component; names change between versions of Loki.',
  traps: ['T58'],
  find(input) {
    const { rules, records } = prometheusRules(input);
    const recorded = new Set([
      ...records,
      ...input.platform.rules.flatMap((group) =>
        group.rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
      ),
    ]);
    const queries = [
      ...renderedQueries(input)
        .filter(({ language }) => language === 'promql')
        .map(({ path, panel, sent }) => ({ path, what: `panel "${panel}"`, at: 'dashboards', expr: sent })),
      ...rules,
    ];
    return queries.flatMap(({ path, what, at, expr }) =>
      metricsOf(expr)
        .filter((name) => !isKnownMetric(name) && !recorded.has(name))
        .map((name) => ({
          message: `${what} asks for ${name}, which neither Loki, its canary nor Alloy has`,
          at,
          in: { path, text: name },
        })),
    );
  },
};

interface Rule {
  readonly path: string;
  readonly what: string;
  readonly at: string;
  readonly expr: string;
}

/** Alerts in PromQL: those of PrometheusRule objects. */
function prometheusRules(input: Parameters<Check['find']>[0]): {
  readonly rules: readonly Rule[];
  readonly records: readonly string[];
} {
  const rules: Rule[] = [];
  const records: string[] = [];
  for (const { path } of input.artifacts.filter((artifact) => /^monitoring\/alerts\/.+[.]yaml$/.test(artifact.path)))
    for (const object of input.documents(path)) {
      if (valueAt(object, ['kind']) !== 'PrometheusRule') continue;
      for (const group of (valueAt(object, ['spec', 'groups']) ?? []) as { rules?: Record<string, string>[] }[])
        for (const { alert, record, expr } of group.rules ?? []) {
          if (record !== undefined) records.push(record);
          rules.push({ path, what: `rule ${alert ?? record}`, at: 'platformRules', expr: expr ?? '' });
        }
    }
  return { rules, records };
}
