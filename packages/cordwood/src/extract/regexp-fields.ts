import type { FieldVisitor } from './json-fields.ts';
import { sanitizeLabelName } from './label-name.ts';
import type { Re2 } from './re2.ts';

/**
 * The stage `| regexp`: named groups of the first match, under their sanitised names; a group that took no part is ''.
 * No match, no fields.
 */
export function compileRegexpReader(re2: Re2): (text: string, visit: FieldVisitor) => void {
  const groups = re2.groupNames.flatMap((name, index) =>
    name === '' ? [] : [[sanitizeLabelName(name), index] as const],
  );
  return (text, visit) => {
    const match = re2.exec(text);
    if (match === null) return;
    for (const [name, index] of groups) if (!visit(name, match.groups[index] ?? '')) return;
  };
}
