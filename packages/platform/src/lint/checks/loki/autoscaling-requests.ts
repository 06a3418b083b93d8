import { clusters } from '../../../platform.ts';
import { cpuCores, quantityBytes } from '../../../units.ts';
import type { Check } from '../../check.ts';

export const autoscalingRequests: Check = {
  id: 'loki/autoscaling-requests',
  severity: 'error',
  title: 'What is scaled by processor time asks for some, and limits are not below requests',
  reason:
    'A HorizontalPodAutoscaler measures use against the request. Without one it never scales, and the pod is the first to be evicted.',
  fix: 'resources.read.requests.cpu of at least 100m.',
  traps: ['T33'],
  find: ({ platform }) =>
    clusters(platform).flatMap(({ name, replicas, resources }) => [
      ...(replicas.read.max > replicas.read.min && cpuCores(resources.read.requests.cpu) < 0.1
        ? [
            {
              message: `${name}: read asks for ${resources.read.requests.cpu}`,
              at: `environments.${name}.resources.read`,
            },
          ]
        : []),
      ...Object.entries(resources)
        .filter(([, { requests, limits }]) => quantityBytes(limits.memory) < quantityBytes(requests.memory))
        .map(([component, { requests, limits }]) => ({
          message: `${name}: ${component} asks for ${requests.memory} and may have ${limits.memory}`,
          at: `environments.${name}.resources.${component}`,
        })),
    ]),
};
