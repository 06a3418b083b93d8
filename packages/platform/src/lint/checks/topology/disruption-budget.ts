import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const disruptionBudget: Check = {
  id: 'topology/disruption-budget',
  severity: 'error',
  title: 'An upgrade of nodes takes one gateway at a time',
  reason:
    'The chart makes no PodDisruptionBudget for the gateway unless it is asked: a drain of two nodes then stops every push and query at once.',
  fix: 'Leave gateway.podDisruptionBudget of the chart to the definition.',
  traps: ['T35'],
  find: (input) =>
    clusters(input.platform)
      .filter(({ replicas }) => replicas.gateway > 1)
      .filter((environment) => input.text(lokiValuesPath(environment)) !== undefined)
      .filter((environment) => {
        const budget = lokiValue(input, environment, ['gateway', 'podDisruptionBudget']) as
          | Record<string, unknown>
          | undefined;
        return budget?.['maxUnavailable'] === undefined && budget?.['minAvailable'] === undefined;
      })
      .map((environment) => ({
        message: `${environment.name}: ${environment.replicas.gateway} gateways, and all may be taken away at once`,
        at: `environments.${environment.name}.replicas.gateway`,
        in: { path: lokiValuesPath(environment), text: 'gateway:' },
      })),
};
