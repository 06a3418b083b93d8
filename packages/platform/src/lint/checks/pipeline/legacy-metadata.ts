import { clusterAlloyFiles, nestedBlocks } from '../../alloy-flow.ts';
import type { Check } from '../../check.ts';

export const legacyMetadata: Check = {
  id: 'pipeline/legacy-metadata',
  severity: 'error',
  title: 'The Loki that is being replaced gets no structured metadata',
  reason: 'Loki 2.9 answers 400 to the whole batch, and its lines are gone from the comparison of old and new.',
  fix: 'A branch of its own without stage.structured_metadata.',
  find: (input) =>
    clusterAlloyFiles(input).flatMap(({ path, components }) =>
      components
        .filter(({ sendsTo }) => sendsTo.includes('loki.write.legacy'))
        .filter(({ block }) => nestedBlocks(block, 'stage.structured_metadata').length > 0)
        .map(({ id }) => ({
          message: `${id} gives structured metadata`,
          at: 'dualWrite',
          in: { path, text: 'loki.process "legacy"' },
        })),
    ),
};
