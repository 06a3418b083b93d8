import type { Check } from '../../check.ts';

export const auditReader: Check = {
  id: 'gateway/audit-reader',
  severity: 'error',
  title: 'Who reads the audit tenant reads nothing else, and others do not read it',
  reason:
    'A user of the gateway is a datasource in Grafana. One that has both shows the audit trail to everybody who may explore the logs of a service.',
  fix: 'Give the audit tenant a reader of its own in access.users.',
  find: ({ platform }) => {
    const audit = platform.tenants.find((tenant) => tenant.audit)?.id;
    if (audit === undefined) return [];
    return platform.users
      .filter(({ role, tenants }) => role.startsWith('reader') && tenants.includes(audit) && tenants.length > 1)
      .map(({ name, tenants }) => ({
        message: `${name} reads ${audit} and also ${tenants.filter((id) => id !== audit).join(', ')}`,
        at: `access.users.${name}.tenants`,
      }));
  },
};
