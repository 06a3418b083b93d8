import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const enoughNodes: Check = {
  id: 'topology/enough-nodes',
  severity: 'error',
  title: 'There are nodes for pods that must not share one',
  reason:
    'The chart spreads writers and backends by a hard rule: with fewer nodes than replicas the last one stays Pending for ever.',
  fix: 'Raise environments.<name>.nodesMin (and the node group), or lower the replicas.',
  traps: ['T34'],
  find: ({ platform }) =>
    clusters(platform).flatMap(({ name, nodesMin, topology, ingesters, replicas }) => {
      const apart: readonly (readonly [string, number])[] = [
        ['ingesters', ingesters],
        ...(topology === 'simple-scalable' ? ([['backends', replicas.backend]] as const) : []),
      ];
      return apart
        .filter(([, count]) => count > nodesMin)
        .map(([what, count]) => ({
          message: `${name}: ${count} ${what} need a node each, and there are ${nodesMin} at least`,
          at: `environments.${name}.nodesMin`,
        }));
    }),
};
