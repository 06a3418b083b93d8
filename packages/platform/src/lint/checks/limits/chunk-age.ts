import { durationMs } from '../../../units.ts';
import type { Check } from '../../check.ts';

export const chunkAge: Check = {
  id: 'limits/chunk-age',
  severity: 'error',
  title: 'A chunk is idle before it is old',
  reason:
    'With chunk_idle_period beyond max_chunk_age every quiet stream stays in memory until it is old. Entries may come out of order by half of max_chunk_age: an outage of the collector longer than that loses lines.',
  fix: 'maxChunkAge at least twice chunkIdlePeriod and at least an hour.',
  find: ({ platform: { tuning } }) => [
    ...(durationMs(tuning.chunkIdlePeriod) * 2 > durationMs(tuning.maxChunkAge)
      ? [
          {
            message: `idle after ${tuning.chunkIdlePeriod}, old after ${tuning.maxChunkAge}`,
            at: 'tuning.chunkIdlePeriod',
          },
        ]
      : []),
    ...(durationMs(tuning.maxChunkAge) < 3_600_000
      ? [{ message: `${tuning.maxChunkAge}: entries may be late by half of that only`, at: 'tuning.maxChunkAge' }]
      : []),
  ],
};
