import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const bodySize: Check = {
  id: 'gateway/body-size',
  severity: 'error',
  title: "The gateway takes a body as large as a tenant's burst allows, and as Alloy sends",
  reason: 'A larger body gets 413, which no client tries again: the batch is lost.',
  fix: 'Raise tuning.maxRequestBodyMb to 4 at least, or to the smallest burst.',
  traps: ['T55'],
  find: ({ platform }) =>
    clusters(platform).length > 0 && platform.tuning.maxRequestBodyMb < 4
      ? [
          {
            message: `bodies are limited to ${platform.tuning.maxRequestBodyMb} MiB; batches of OTLP and Fluent Bit reach 4`,
            at: 'tuning.maxRequestBodyMb',
          },
        ]
      : [],
};
