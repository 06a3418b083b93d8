import type { Check } from '../../check.ts';
import { tenantOfNamespace } from '../../pipeline-labels.ts';

/** What a tenant may ingest, as a multiple of what its services write on average. */
const headroom = 1.5;

export const limitHeadroom: Check = {
  id: 'limits/headroom',
  severity: 'warning',
  title: 'A tenant may ingest half as much again as its services write on average',
  reason:
    'At the limit Loki answers 429 and lines get late. An incident is when logs are needed and when most are written; structured metadata counts too.',
  fix: 'Raise limits.ingestionRateMb of the tenant, or log less.',
  traps: ['T21'],
  find: ({ platform }) =>
    platform.tenants.flatMap(({ id, limits }) => {
      const writtenKb = platform.services
        .flatMap(({ namespaces, kilobytesPerSecond }) =>
          namespaces.map((namespace) => ({ namespace, kilobytesPerSecond })),
        )
        .filter(({ namespace }) => tenantOfNamespace(platform, namespace) === id)
        .reduce((sum, { kilobytesPerSecond }) => sum + kilobytesPerSecond, 0);
      const needMb = (writtenKb * headroom) / 1024;
      return needMb <= limits.ingestionRateMb
        ? []
        : [
            {
              message: `${id}: services write ${(writtenKb / 1024).toFixed(1)} MiB/s, ${needMb.toFixed(1)} should be allowed, ${limits.ingestionRateMb} are`,
              at: `tenants.${id}.limits.ingestionRateMb`,
            },
          ];
    }),
};
