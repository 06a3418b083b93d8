import type { Check } from '../../check.ts';

export const releaseName: Check = {
  id: 'helm/release-name',
  severity: 'warning',
  title: 'The release of Loki is called loki',
  reason:
    'The chart names every object after the release: loki-gateway, loki-write. Another name changes the addresses in Alloy, Grafana and policies of others who know the usual ones.',
  fix: "names.lokiRelease: 'loki'.",
  traps: ['T57'],
  find: ({ platform }) =>
    platform.names.lokiRelease === 'loki'
      ? []
      : [{ message: `the gateway will be ${platform.names.lokiRelease}-gateway`, at: 'names.lokiRelease' }],
};
