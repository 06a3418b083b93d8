import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const apiServerAddress: Check = {
  id: 'network/api-server-address',
  severity: 'error',
  title: 'The collector may reach the API server of each cluster',
  reason:
    'The API server is no pod: a policy can only name its addresses. Without them Alloy finds no pods and collects nothing, and says so only in its own log.',
  fix: 'Set environments.<name>.apiServerCidrs to the subnets of the control plane (EKS: those of its network interfaces).',
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ apiServerCidrs }) => apiServerCidrs.length === 0)
      .map(({ name }) => ({
        message: `${name} names no address of its API server`,
        at: `environments.${name}.apiServerCidrs`,
      })),
};
