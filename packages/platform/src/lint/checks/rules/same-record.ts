import type { Check } from '../../check.ts';
import { ruleFile, tenantRules } from '../../log-rules.ts';

export const sameRecord: Check = {
  id: 'rules/same-record',
  severity: 'error',
  title: 'A series that several tenants record carries the tenant',
  reason:
    'All rulers write into one Prometheus, and Loki does not add the tenant: the series of two tenants fall on each other, and the last one wins.',
  fix: "labels: { tenant: '…' } on the record.",
  traps: ['T37'],
  find({ platform }) {
    const records = tenantRules(platform).filter(({ rule }) => 'record' in rule);
    return records
      .filter(
        ({ name, tenant, rule }) =>
          records.some((other) => other.name === name && other.tenant !== tenant) && rule.labels?.['tenant'] !== tenant,
      )
      .map((one) => ({
        message: `${one.name} of ${one.tenant} has no label tenant: ${one.tenant}`,
        at: `${one.at}.labels`,
        in: ruleFile(one),
      }));
  },
};
