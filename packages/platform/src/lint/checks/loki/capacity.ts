import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

/** What Loki's documentation and the chart say a simple scalable or monolithic Loki is for: a terabyte a day. */
const megabytesPerSecondMax = 1_000_000 / 86_400;

export const capacity: Check = {
  id: 'loki/capacity',
  severity: 'warning',
  title: 'The topology is made for what may be ingested',
  reason:
    'Simple scalable and monolithic Lokis are meant for about a terabyte a day (11.6 MB/s). Beyond it reads and writes want to be scaled by component.',
  fix: "topology: 'distributed'. Or accept it, if the limit is a peak and not the mean.",
  traps: ['T31'],
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ topology, limits }) => topology !== 'distributed' && limits.ingestionRateMb > megabytesPerSecondMax)
      .map(({ name, topology, limits }) => ({
        message: `${name}: ${limits.ingestionRateMb} MB/s sustained are ${((limits.ingestionRateMb * 86_400) / 1_000_000).toFixed(2)} TB a day on ${topology}`,
        at: `environments.${name}.ingestionRateMb`,
      })),
};
