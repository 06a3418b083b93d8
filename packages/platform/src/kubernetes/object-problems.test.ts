import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectProblems } from './object-problems.ts';

function finds(name: string, object: unknown, ...problems: readonly RegExp[]): void {
  test(name, () => {
    const found = objectProblems(object);
    assert.equal(found.length, problems.length, found.join('\n'));
    for (const [index, problem] of problems.entries()) assert.match(found[index]!, problem);
  });
}
const policy = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'n', labels: { any: 'label', 'with.dots/and': 'x' } },
  spec,
});

finds('a valid policy', policy({ podSelector: { matchLabels: { a: 'b' } }, egress: [{ ports: [{ port: 53 }] }] }));
finds('a misspelt field', policy({ podSelector: {}, egrss: [] }), /^spec\.egrss: there is no such field/);
finds('a misspelt field in a list', policy({ podSelector: {}, egress: [{ too: [] }] }), /^spec\.egress\.0\.too/);
finds('a misspelt selector', policy({ podSelector: { matchLabel: { a: 'b' } } }), /^spec\.podSelector\.matchLabel:/);
finds('a wrong type', policy({ podSelector: {}, egress: [{ ports: [{ port: 53, protocol: 6 }] }] }), /must be string/);
finds('two at once', policy({ podSelector: {}, a: 1, b: 1 }), /spec\.a/, /spec\.b/);
finds('a misspelt top', { ...policy({ podSelector: {} }), speck: {} }, /^speck/);
finds('a kind that we do not know', { apiVersion: 'v1', kind: 'Pods' }, /v1 Pods: no schema/);
finds('nothing', undefined, /no schema/);
finds('free form data', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'any.key': 'x' } });
finds(
  'a container',
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: {
          containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1', memory: '1Gi' } }, prots: [] }],
        },
      },
    },
  },
  /^spec\.template\.spec\.containers\.0\.prots/,
);
