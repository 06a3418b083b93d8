import type { Check } from '../../check.ts';
import { accepts, ruleFile, tenantRules } from '../../log-rules.ts';

export const wrongTenant: Check = {
  id: 'rules/wrong-tenant',
  severity: 'error',
  title: 'A rule is evaluated in the tenant that has the lines',
  reason:
    "A ruler sees one tenant. An audit gap alert in production's tenant fires for ever, an error rate in the audit tenant never.",
  fix: 'Move the group to the tenant whose namespaces the selector names.',
  traps: ['T40'],
  find: ({ platform }) => {
    const auditJobs = platform.scrapeJobs.filter(({ audit }) => audit);
    const auditTenant = platform.tenants.find(({ audit }) => audit)?.id;
    return tenantRules(platform).flatMap((one) => {
      const tenant = platform.tenants.find(({ id }) => id === one.tenant)!;
      return one.logs.flatMap(({ selector }) => {
        const namespaces = selector.matchers.filter(({ name }) => name === 'namespace');
        const reachable =
          tenant.catchAll ||
          tenant.namespaces.some((namespace) => namespaces.every((matcher) => accepts(matcher, namespace)));
        if (namespaces.length > 0 && !reachable && !tenant.audit)
          return [
            {
              message: `${one.name} in ${one.tenant} selects ${namespaces.map(({ value }) => value).join(', ')}, which is not of this tenant`,
              at: `${one.at}.expr`,
              in: ruleFile(one),
            },
          ];
        const asksForAudit = selector.matchers.some(
          ({ name, operator, value }) =>
            operator === '=' && name !== 'job' && auditJobs.some(({ labels }) => labels[name] === value),
        );
        return asksForAudit && one.tenant !== auditTenant
          ? [
              {
                message: `${one.name} reads the audit trail, but is evaluated in ${one.tenant}`,
                at: `${one.at}.expr`,
                in: ruleFile(one),
              },
            ]
          : [];
      });
    });
  },
};
