import type { Check } from '../../check.ts';

export const unusedClass: Check = {
  id: 'retention/unused-class',
  severity: 'error',
  title: 'A retention class that a tenant keeps is given to some line',
  reason:
    'retention_stream selects by labels of streams, nothing else. If no job gives retention_class this value, nothing is kept longer, and nobody notices for a month.',
  fix: 'Add the label retention_class to the scrape jobs whose lines belong to the class.',
  traps: ['T6'],
  find({ platform }) {
    const given = new Set(platform.scrapeJobs.map(({ labels }) => labels['retention_class']));
    return platform.tenants.flatMap(({ id, retentionClasses }) =>
      retentionClasses
        .filter((name) => !given.has(name))
        .map((name) => ({
          message: `${id} keeps the class ${name}, no scrape job has retention_class: '${name}'`,
          at: `tenants.${id}.retentionClasses`,
        })),
    );
  },
};
