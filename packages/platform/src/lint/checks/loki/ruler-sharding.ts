import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const rulerSharding: Check = {
  id: 'loki/ruler-sharding',
  severity: 'error',
  title: 'Several rulers share the rules',
  reason:
    'enable_sharding is off by default: then each ruler evaluates every rule, samples are written twice and alerts sent twice.',
  fix: 'rulerConfig.enable_sharding: true where there is more than one ruler; the renderer does it.',
  traps: ['T36'],
  find: (input) =>
    clusters(input.platform).flatMap((environment) => {
      const rulers = {
        'simple-scalable': environment.replicas.backend,
        'ha-monolithic': environment.replicas.singleBinary,
        distributed: environment.replicas.distributed.ruler,
      }[environment.topology];
      return rulers > 1 && lokiValue(input, environment, ['loki', 'rulerConfig', 'enable_sharding']) !== true
        ? [
            {
              message: `${environment.name}: ${rulers} rulers, not sharded`,
              at: 'patches',
              in: { path: lokiValuesPath(environment), text: 'rulerConfig:' },
            },
          ]
        : [];
    }),
};
