import { type NewExpression, quote } from '@cordwood/alloy';

/**
 * `${HOST}` and `${HOST:-localhost}` in a text as Alloy reads them itself: `sys.env("HOST")`. Other forms of the shell, and
 * `${1}` of a relabel rule, stay as they are.
 */
const reference = /\$\{([A-Za-z_]\w*)(?::-([^{}]*))?\}/g;

export function hasReference(text: string): boolean {
  return new RegExp(reference).test(text);
}

/** Names of the variables that a text refers to. */
export function referencedNames(text: string): string[] {
  return [...new Set([...text.matchAll(reference)].map(([, name]) => name!))];
}

/** A text with its references as an expression; a plain text stays one. */
export function environmentExpression(text: string): NewExpression {
  const parts: string[] = [];
  let end = 0;
  for (const found of text.matchAll(reference)) {
    if (found.index > end) parts.push(quote(text.slice(end, found.index)));
    const variable = `sys.env(${quote(found[1]!)})`;
    parts.push(found[2] === undefined ? variable : `coalesce(${variable}, ${quote(found[2])})`);
    end = found.index + found[0].length;
  }
  if (parts.length === 0) return text;
  if (end < text.length) parts.push(quote(text.slice(end)));
  return { code: parts.join(' + ') };
}
