import { type Document, parseAllDocuments } from 'yaml';
import type { Patch } from '../platform-definition.ts';
import { PlatformError } from '../platform-error.ts';
import type { Artifact } from './artifact.ts';
import { yamlOptions } from './yaml-text.ts';

/**
 * The artifact with the definition's patches to it. Comments and order stay as they are.
 *
 * @throws PlatformError when a patch meets nothing: a patch that has no effect any more must not go unnoticed.
 */
export function patchArtifact(artifact: Artifact, patches: readonly Patch[]): Artifact {
  const mine = patches
    .map((patch, i) => ({ patch, at: `patches[${i}]` }))
    .filter(({ patch }) => patch.artifact === artifact.path);
  if (mine.length === 0) return artifact;
  const documents = parseAllDocuments(artifact.text) as Document[];
  for (const { patch, at } of mine) {
    const document = documents.find((each) => patch.object === undefined || objectName(each) === patch.object);
    const problem =
      document === undefined
        ? `there is no ${patch.object} in ${patch.artifact}; there are: ${documents.map(objectName).join(', ')}`
        : apply(document, patch);
    if (problem !== undefined) throw new PlatformError([{ path: at, message: problem }]);
  }
  const text = artifact.path.endsWith('.json')
    ? `${JSON.stringify(documents[0]!.toJS(), null, 2)}\n`
    : documents.map((document) => document.toString(yamlOptions)).join('');
  return { path: artifact.path, text };
}

const objectName = (document: Document): string =>
  `${document.get('kind') ?? ''}/${document.getIn(['metadata', 'name']) ?? ''}`;

/** What is wrong with the patch, or undefined when it was made. */
function apply(document: Document, { artifact, at, set }: Patch): string | undefined {
  if (set === undefined)
    return document.deleteIn(at)
      ? undefined
      : `there is nothing at ${at.join('.')} in ${artifact}, so nothing can be removed`;
  try {
    document.setIn(at, set);
    return undefined;
  } catch {
    return `${at.join('.')} leads through a value that is no map and no list, in ${artifact}`;
  }
}
