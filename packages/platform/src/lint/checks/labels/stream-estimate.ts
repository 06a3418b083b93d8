import type { Check } from '../../check.ts';
import { tenantOfNamespace } from '../../pipeline-labels.ts';

/** Values of `level` that a service uses. */
const levels = 5;
/** Share of the limit that may be used by what is known today. */
const share = 0.8;

export const streamEstimate: Check = {
  id: 'labels/stream-estimate',
  severity: 'warning',
  title: 'The streams of the declared services fit into the limit of their tenant',
  reason:
    'Above max_global_streams_per_user Loki refuses new streams: the newest service is the one that does not log.',
  fix: 'Raise limits.maxStreams of the tenant, or take a label away.',
  find: ({ platform }) =>
    platform.tenants.flatMap(({ id, limits }) => {
      const streams = platform.services
        .flatMap((service) => service.namespaces.map((namespace) => ({ service, namespace })))
        .filter(({ namespace }) => tenantOfNamespace(platform, namespace) === id)
        .reduce((sum, { service }) => sum + service.containers * levels, 0);
      return streams <= limits.maxStreams * share
        ? []
        : [
            {
              message: `about ${streams} streams of ${id}, the limit is ${limits.maxStreams}`,
              at: `tenants.${id}.limits.maxStreams`,
            },
          ];
    }),
};
