import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const oneChart: Check = {
  id: 'helm/one-chart',
  severity: 'error',
  title: 'All environments use one version of the chart',
  reason:
    'helm/loki has one Chart.yaml. An environment of another topology may need another chart, and would silently get the first one’s.',
  fix: 'Give all environments one topology, or topologies of one chart (ha-monolithic and distributed).',
  traps: ['T29'],
  find({ platform }) {
    const [first, ...others] = clusters(platform);
    return others
      .filter(({ chart }) => chart.version !== first!.chart.version)
      .map(({ name, chart }) => ({
        message: `${name} needs chart ${chart.version}, ${first!.name} ${first!.chart.version}`,
        at: `environments.${name}.topology`,
      }));
  },
};
