import { clusterAlloyFiles, nestedBlocks } from '../../alloy-flow.ts';
import type { Check } from '../../check.ts';

export const endlessRetries: Check = {
  id: 'pipeline/endless-retries',
  severity: 'error',
  title: 'Alloy tries for ever to deliver',
  reason:
    'By default it gives a batch up after ten attempts: an outage of some nine minutes loses lines. Without an end the files wait.',
  fix: 'max_backoff_retries = 0 in every endpoint that counts.',
  traps: ['T21'],
  find: (input) =>
    clusterAlloyFiles(input).flatMap(({ path, text, components }) =>
      components
        // The Loki that is being replaced must not hold up the new one.
        .filter(({ id, name }) => name === 'loki.write' && id !== 'loki.write.legacy')
        .flatMap(({ id, block }) =>
          nestedBlocks(block, 'endpoint')
            .filter((endpoint) => !/max_backoff_retries *= *0\b/.test(text.slice(endpoint.start, endpoint.close)))
            .map(() => ({
              message: `${id} gives up after some attempts`,
              at: 'pipeline',
              in: { path, text: 'endpoint {' },
            })),
        ),
    ),
};
