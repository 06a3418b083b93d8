import type { Check } from '../../check.ts';
import { labelsOfJob } from '../../pipeline-labels.ts';

export const labelBudget: Check = {
  id: 'labels/budget',
  severity: 'error',
  title: 'No line carries more index labels than Loki takes, with one to spare',
  reason:
    'Beyond max_label_names_per_series Loki refuses the line. It adds service_name by itself, and __stream_shard__ to busy streams.',
  fix: 'Make ids and details structured metadata (scrapeJobs.*.metadata); labels are for what has few values.',
  traps: ['T25'],
  find: ({ platform }) =>
    platform.scrapeJobs.flatMap(({ name }) => {
      const labels = labelsOfJob(platform, name);
      const most = platform.tuning.maxLabelNamesPerSeries - 1;
      return labels.length <= most
        ? []
        : [
            {
              message: `lines of ${name} have ${labels.length} labels, ${most} leave room for Loki's own: ${labels.join(', ')}`,
              at: `scrapeJobs.${name}.labels`,
            },
          ];
    }),
};
