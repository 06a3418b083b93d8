import type { Flow } from '../network/flow.ts';
import { reach } from '../network/reachability.ts';
import { renderedPolicies } from '../network/rendered-policies.ts';
import { clusters, type Environment, type Platform } from '../platform.ts';
import { networkPolicyPath } from '../render/kubernetes/network-policies.ts';
import type { ArtifactPlace, CheckFinding, CheckInput } from './check.ts';

/** Flows that do not come out as they should, one finding each, with the reason of the side that decides. */
export function judgeFlows(
  input: CheckInput,
  flowsOf: (platform: Platform, environment: Environment) => readonly Flow[],
  shouldWork: boolean,
): CheckFinding[] {
  return clusters(input.platform).flatMap((environment) => {
    const policies = renderedPolicies(input.documents, environment);
    return flowsOf(input.platform, environment).flatMap((flow) => {
      const wrong = flow.from.flatMap((from) =>
        flow.to.flatMap((to) =>
          flow.ports.flatMap((port) => {
            const { allowed, egress, ingress } = reach(policies, { from, to, port });
            if (allowed === shouldWork) return [];
            const because = shouldWork ? (egress.allowed ? ingress : egress).because : ingress.because;
            return [{ from: from.name, to: to.name, text: `${from.name} -> ${to.name}:${port}`, because }];
          }),
        ),
      );
      const [first, ...others] = wrong;
      if (first === undefined) return [];
      const more = others.length === 0 ? '' : ` and ${others.length} more`;
      return [
        {
          message: `${environment.name}: ${first.text}${more} is ${shouldWork ? 'denied' : 'allowed'} (${first.because}); ${flow.why}`,
          at: `environments.${environment.name}`,
          in: placeOf(input, shouldWork ? first.from : first.to),
        },
      ];
    });
  });
}

/** The policy of these pods, if there is one. */
function placeOf(input: CheckInput, pods: string): ArtifactPlace {
  const text = `name: ${pods}`;
  return { path: networkPolicyPath, ...(input.text(networkPolicyPath)?.includes(text) ? { text } : {}) };
}
