import type { Environment } from '../platform.ts';
import { networkPolicyPath, overlayPolicyPath } from '../render/kubernetes/network-policies.ts';
import type { NetworkPolicy } from './network-policy.ts';

/** The policies of an environment, as they are in the artifacts: what is the same everywhere and the overlay. */
export function renderedPolicies(
  documents: (path: string) => readonly unknown[],
  environment: Environment,
): readonly NetworkPolicy[] {
  return [networkPolicyPath, overlayPolicyPath(environment)]
    .flatMap((path) => documents(path) as Partial<NetworkPolicy>[])
    .filter((object): object is NetworkPolicy => object?.kind === 'NetworkPolicy');
}
