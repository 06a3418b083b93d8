import { type Document, parseAllDocuments } from 'yaml';
import type { Patch } from '../platform-definition.ts';
import type { Artifact } from './artifact.ts';
import { yamlOptions } from './yaml-text.ts';

/**
 * The artifact with the definition's patches to it. Comments and order stay as they are.
 *
 * @throws Error when a patch meets nothing: a patch that has no effect any more must not go unnoticed.
 */
export function patchArtifact(artifact: Artifact, patches: readonly Patch[]): Artifact {
  const mine = patches.filter((patch) => patch.artifact === artifact.path);
  if (mine.length === 0) return artifact;
  if (artifact.path.endsWith('.json')) {
    const [document] = parseAllDocuments(artifact.text) as Document[];
    for (const patch of mine) apply(document!, patch);
    return { path: artifact.path, text: `${JSON.stringify(document!.toJS(), null, 2)}\n` };
  }
  const documents = parseAllDocuments(artifact.text) as Document[];
  for (const patch of mine) {
    const document = documents.find((each) => patch.object === undefined || objectName(each) === patch.object);
    if (document === undefined)
      throw new Error(
        `patches: there is no ${patch.object} in ${patch.artifact}; there are: ${documents.map(objectName).join(', ')}`,
      );
    apply(document, patch);
  }
  return { path: artifact.path, text: documents.map((document) => document.toString(yamlOptions)).join('') };
}

const objectName = (document: Document): string =>
  `${document.get('kind') ?? ''}/${document.getIn(['metadata', 'name']) ?? ''}`;

function apply(document: Document, { artifact, at, set }: Patch): void {
  if (set !== undefined) document.setIn(at, set);
  else if (!document.deleteIn(at))
    throw new Error(`patches: there is nothing at ${at.join('.')} in ${artifact}, so nothing can be removed`);
}
