import type { Check } from '../../check.ts';

/** `batch_size` of Alloy's loki.write. */
const batchMb = 1;

export const limitBurst: Check = {
  id: 'limits/burst',
  severity: 'error',
  title: 'The burst is at least a second of the rate, and at least a batch of Alloy',
  reason:
    'A push larger than ingestion_burst_size_mb can never be accepted: Alloy sends it again for ever, and everything behind it waits.',
  fix: 'Twice the rate is usual.',
  traps: ['T20', 'T55'],
  find: ({ platform }) =>
    platform.tenants
      .filter(({ limits }) => limits.ingestionBurstMb < Math.max(batchMb, limits.ingestionRateMb))
      .map(({ id, limits }) => ({
        message: `${id}: burst ${limits.ingestionBurstMb} MiB, rate ${limits.ingestionRateMb} MiB/s, a batch ${batchMb} MiB`,
        at: `tenants.${id}.limits.ingestionBurstMb`,
      })),
};
