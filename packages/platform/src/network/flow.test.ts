import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import nordwind from '../../../../examples/nordwind/platform.ts';
import greenlang from '../../../../greenlang/platform.ts';
import { smallestDefinition } from '../../test/smallest-definition.ts';
import { definePlatform } from '../define-platform.ts';
import { clusters, type Platform } from '../platform.ts';
import { renderPlatform } from '../render/render-platform.ts';
import { type Flow, forbiddenFlows, neededFlows } from './flow.ts';
import { reach } from './reachability.ts';
import { renderedPolicies } from './rendered-policies.ts';

/** Every connection of the flows that does not come out as it should. */
function wrong(platform: Platform, shouldWork: boolean): string[] {
  const artifacts = renderPlatform(platform);
  const documents = (path: string) =>
    parseAllDocuments(artifacts.find((artifact) => artifact.path === path)?.text ?? '').map((each) => each.toJS());
  return clusters(platform).flatMap((environment) => {
    const policies = renderedPolicies(documents, environment);
    assert.ok(policies.length > 5);
    const flows: readonly Flow[] = (shouldWork ? neededFlows : forbiddenFlows)(platform, environment);
    return flows.flatMap(({ name, from, to, ports }) =>
      from.flatMap((source) =>
        to.flatMap((target) =>
          ports
            .filter((port) => reach(policies, { from: source, to: target, port }).allowed !== shouldWork)
            .map((port) => `${environment.name} ${name}: ${source.name} -> ${target.name}:${port}`),
        ),
      ),
    );
  });
}

const topologies = ['simple-scalable', 'ha-monolithic', 'distributed'] as const;
const platforms: readonly (readonly [string, Platform])[] = [
  ['greenlang', greenlang],
  ['nordwind', nordwind],
  ...topologies.map((topology) => [topology, definePlatform({ ...smallestDefinition, topology })] as const),
];

for (const [name, platform] of platforms)
  describe(`policies of ${name}`, () => {
    test('let pass what is needed', () => assert.deepEqual(wrong(platform, true), []));
    test('stop what is forbidden', () => assert.deepEqual(wrong(platform, false), []));
  });
