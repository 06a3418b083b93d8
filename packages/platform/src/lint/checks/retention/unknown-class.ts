import type { Check } from '../../check.ts';
import { jobOfService, tenantOfNamespace } from '../../pipeline-labels.ts';

export const unknownClass: Check = {
  id: 'retention/unknown-class',
  severity: 'error',
  title: 'A retention class that the pipeline gives is kept by the tenant that gets the lines',
  reason:
    "Without an entry of the tenant the label is only a label: compliance logs are deleted with the tenant's others. A tenant's list replaces the global one.",
  fix: 'Name the class in retentionClasses of the tenant, and define it.',
  traps: ['T5', 'T7'],
  find({ platform }) {
    const classOf = (job: string | undefined) =>
      platform.scrapeJobs.find(({ name }) => name === job)?.labels['retention_class'];
    const undefinedOnes = platform.scrapeJobs
      .filter(
        ({ labels }) =>
          labels['retention_class'] !== undefined &&
          !platform.retentionClasses.some(({ name }) => name === labels['retention_class']),
      )
      .map(({ name, labels }) => ({
        message: `${name}: there is no class ${labels['retention_class']}`,
        at: `scrapeJobs.${name}.labels.retention_class`,
      }));
    const unkept = platform.services.flatMap(({ name, namespaces }) =>
      namespaces.flatMap((namespace) => {
        const kept = classOf(jobOfService(platform, name, namespace));
        const tenant = platform.tenants.find(({ id }) => id === tenantOfNamespace(platform, namespace));
        // Only where the environment's logs are of record: a class that nobody of this kind keeps is not asked of a rehearsal.
        if (kept === undefined || tenant === undefined || (!tenant.immutable && tenant.retentionClasses.length === 0))
          return [];
        return tenant.retentionClasses.includes(kept)
          ? []
          : [
              {
                message: `${name} in ${namespace} is of class ${kept}, which ${tenant.id} does not keep`,
                at: `tenants.${tenant.id}.retentionClasses`,
              },
            ];
      }),
    );
    const keptByNobody = platform.retentionClasses
      .filter(({ name }) => !platform.tenants.some(({ retentionClasses }) => retentionClasses.includes(name)))
      .map(({ name }) => ({ message: `no tenant keeps the class ${name}`, at: `retentionClasses.${name}` }));
    return [...undefinedOnes, ...unkept, ...keptByNobody];
  },
};
