import type { Check } from '../../check.ts';

export const streamRate: Check = {
  id: 'limits/stream-rate',
  severity: 'warning',
  title: 'No service writes more into one stream than a stream may take',
  reason:
    'All pods of a service share its streams, for pods are no labels. Sharding splits busy streams, but a service near the limit runs into it first when something is wrong.',
  fix: 'Raise tuning.perStreamRateLimitMb, or split the service.',
  find: ({ platform }) =>
    platform.services
      .filter(
        ({ kilobytesPerSecond, containers }) =>
          kilobytesPerSecond / containers > platform.tuning.perStreamRateLimitMb * 1024,
      )
      .map(({ name, kilobytesPerSecond }) => ({
        message: `${name} writes ${(kilobytesPerSecond / 1024).toFixed(1)} MiB/s, a stream may take ${platform.tuning.perStreamRateLimitMb}`,
        at: `services.${name}.kilobytesPerSecond`,
      })),
};
