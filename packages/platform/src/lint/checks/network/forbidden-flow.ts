import { forbiddenFlows } from '../../../network/flow.ts';
import type { Check } from '../../check.ts';
import { judgeFlows } from '../../judge-flows.ts';

export const forbiddenFlow: Check = {
  id: 'network/forbidden-flow',
  severity: 'error',
  title: 'NetworkPolicies stop what must not be',
  reason:
    'Loki believes every X-Scope-OrgID. The gateway is a border only if nobody can walk around it; memcached and the node’s credentials have no lock of their own.',
  fix: 'Take back the patch of the policy; let clients go through the gateway as a user of their own.',
  traps: ['T14'],
  find: (input) => judgeFlows(input, forbiddenFlows, false),
};
