import type { Check } from '../../check.ts';
import { fits } from '../../pipeline-labels.ts';

export const overlappingJobs: Check = {
  id: 'pipeline/overlapping-jobs',
  severity: 'warning',
  title: 'No service fits two scrape jobs',
  reason: 'The first job takes the line, so the labels of the second are missing. (Promtail read such lines twice.)',
  fix: 'Narrow one of the selectors.',
  find: ({ platform }) =>
    platform.services.flatMap(({ name, namespaces }) => {
      const jobs = platform.scrapeJobs.filter(
        ({ source, select, audit }) =>
          source === 'pods' &&
          !audit &&
          (select?.service !== undefined || select?.namespace !== undefined) &&
          fits(select?.service, name) &&
          namespaces.some((namespace) => fits(select?.namespace, namespace)),
      );
      return jobs.length < 2
        ? []
        : [
            {
              message: `${name} fits ${jobs.map((job) => job.name).join(' and ')}`,
              at: `scrapeJobs.${jobs[1]!.name}.select`,
            },
          ];
    }),
};
