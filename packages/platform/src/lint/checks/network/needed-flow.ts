import { neededFlows } from '../../../network/flow.ts';
import type { Check } from '../../check.ts';
import { judgeFlows } from '../../judge-flows.ts';

export const neededFlow: Check = {
  id: 'network/needed-flow',
  severity: 'error',
  title: 'NetworkPolicies let pass what the platform needs',
  reason:
    'A connection that is dropped shows as a timeout somewhere else: pushes that hang, rings that never form, rules that are silent.',
  fix: 'Take back the patch of the policy, or name the peer in the definition (access.users.<name>.from, neighbours).',
  find: (input) => judgeFlows(input, neededFlows, true),
};
