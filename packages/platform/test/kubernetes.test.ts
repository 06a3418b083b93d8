import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import greenlang from '../../../greenlang/platform.ts';
import { objectProblems } from '../src/kubernetes/object-problems.ts';
import { clusters } from '../src/platform.ts';
import { renderPlatform } from '../src/render/render-platform.ts';

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly resources?: readonly string[];
}

const artifacts = new Map(renderPlatform(greenlang).map(({ path, text }) => [path, text]));
const documents = (path: string): readonly KubernetesObject[] =>
  parseAllDocuments(artifacts.get(path) ?? '').map((document) => document.toJS() as KubernetesObject);

/** What `kubectl apply -k FOLDER` would send, as kustomize collects it. */
function objectsOf(folder: string): readonly KubernetesObject[] {
  const [kustomization] = documents(`${folder}/kustomization.yaml`);
  assert.ok(kustomization?.resources, `${folder} has no kustomization`);
  return kustomization.resources.flatMap((resource) => {
    const path = posix.join(folder, resource);
    if (!path.endsWith('.yaml')) return objectsOf(path);
    assert.ok(artifacts.has(path), `${path} is not rendered`);
    return documents(path);
  });
}

for (const { name } of clusters(greenlang))
  describe(`the manifests of ${name}`, () => {
    const objects = objectsOf(`kubernetes/overlays/${name}`);

    test('are valid, every field known', () => {
      assert.ok(objects.length > 15);
      assert.deepEqual(
        objects.flatMap((object) =>
          objectProblems(object).map((problem) => `${object.kind} ${object.metadata.name}: ${problem}`),
        ),
        [],
      );
    });

    test('have one object of a name', () => {
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
      assert.deepEqual(
        names.filter((each, index) => names.indexOf(each) !== index),
        [],
      );
    });
  });
