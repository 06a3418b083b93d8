import type { CheckedRule, RuleCheck } from './rule-check.ts';

export const sameSeries: RuleCheck = {
  name: 'same-series',
  severity: 'error',
  describe:
    'Two recording rules write the same series. Tenants share one Prometheus, and Loki does not add the tenant.',
  check(rule, { rules }) {
    if (rule.raw.record === '') return [];
    const twin = rules.find((other) => other !== rule && seriesOf(other) === seriesOf(rule));
    if (twin === undefined) return [];
    const place = `${twin.file}:${twin.raw.place.line}`;
    return [
      {
        message: `${rule.raw.record} is also written at ${place}, with the same labels: Prometheus gets two values for one series`,
        hint:
          twin.tenant === rule.tenant ? 'give them different names or labels' : `labels: { tenant: ${rule.tenant} }`,
      },
    ];
  },
};

function seriesOf({ raw }: CheckedRule): string {
  return JSON.stringify([raw.record, Object.entries(raw.labels).sort()]);
}
