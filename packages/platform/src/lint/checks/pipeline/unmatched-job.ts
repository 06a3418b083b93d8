import type { Check } from '../../check.ts';
import { fits } from '../../pipeline-labels.ts';

export const unmatchedJob: Check = {
  id: 'pipeline/unmatched-job',
  severity: 'error',
  title: 'A scrape job selects at least one declared service',
  reason:
    'A misspelt selector is no error for Alloy: the lines go to the general job, without the labels that their retention depends on.',
  fix: 'Correct select, or declare the service.',
  find: ({ platform }) =>
    platform.scrapeJobs
      .filter(
        ({ source, select, audit }) =>
          source === 'pods' && !audit && (select?.service !== undefined || select?.namespace !== undefined),
      )
      .filter(
        ({ select }) =>
          !platform.services.some(
            ({ name, namespaces }) =>
              fits(select?.service, name) && namespaces.some((namespace) => fits(select?.namespace, namespace)),
          ),
      )
      .map(({ name }) => ({
        message: `${name} selects none of: ${platform.services.map((service) => service.name).join(', ')}`,
        at: `scrapeJobs.${name}.select`,
      })),
};
