import type { Check } from '../../check.ts';

export const otlpClass: Check = {
  id: 'retention/otlp-class',
  severity: 'error',
  title: "Loki's own OTLP endpoint makes an index label of retention_class",
  reason:
    'What comes over /otlp has attributes as structured metadata, which retention does not look at: compliance logs would be deleted with the others.',
  fix: "Keep 'retention_class' in pipeline.otlpIndexAttributes.",
  traps: ['T6'],
  find: ({ platform }) =>
    platform.tenants.some(({ retentionClasses }) => retentionClasses.length > 0) &&
    !platform.pipeline.otlpIndexAttributes.includes('retention_class')
      ? [
          {
            message: 'retention_class is not among the attributes that become index labels',
            at: 'pipeline.otlpIndexAttributes',
          },
        ]
      : [],
};
