import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const ringLabel: Check = {
  id: 'loki/ring-label',
  severity: 'error',
  title: 'The ring has a name of its own',
  reason:
    'Without cluster_label the gossip of two Lokis in one cluster (old and new, or Tempo) can join into one ring, and writes go to strangers.',
  fix: 'Remove the patch of loki.extraMemberlistConfig.',
  find: (input) =>
    clusters(input.platform)
      .filter(
        (environment) =>
          typeof lokiValue(input, environment, ['loki', 'extraMemberlistConfig', 'cluster_label']) !== 'string',
      )
      .map((environment) => ({
        message: `${environment.name}: no cluster_label`,
        at: 'patches',
        in: { path: lokiValuesPath(environment), text: 'loki:' },
      })),
};
