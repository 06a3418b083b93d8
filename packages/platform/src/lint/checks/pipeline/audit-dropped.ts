import type { Check } from '../../check.ts';

export const auditDropped: Check = {
  id: 'pipeline/audit-dropped',
  severity: 'error',
  title: 'Nothing of the audit trail is dropped by its level',
  reason: 'An audit record is evidence, whatever level it was written with.',
  fix: 'Remove the namespace from pipeline.dropLevels.',
  find: ({ platform }) => {
    const audited = platform.tenants.filter(({ audit }) => audit).flatMap(({ namespaces }) => namespaces);
    return platform.pipeline.dropLevels
      .map(({ namespace, levels }, i) => ({ namespace, levels, i }))
      .filter(({ namespace }) => audited.includes(namespace))
      .map(({ namespace, levels, i }) => ({
        message: `${levels.join(', ')} of ${namespace} are dropped`,
        at: `pipeline.dropLevels[${i}]`,
      }));
  },
};
