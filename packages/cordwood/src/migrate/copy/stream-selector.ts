import { type Labels, quoteGo } from '../../model/labels.ts';

/**
 * A selector for exactly the streams with these labels. A matcher says nothing about labels that it does not name, so the
 * other label names of the tenant are asked to be empty: `{app="x"}` alone would also find `{app="x", pod="p"}`.
 */
export function streamSelector(labels: Labels, otherNames: Iterable<string>): string {
  const own = new Set(labels.map(({ name }) => name));
  const present = labels.map(({ name, value }) => `${name}=${quoteGo(value)}`);
  const absent = [...otherNames].filter((name) => !own.has(name)).map((name) => `${name}=""`);
  return `{${[...present, ...absent].join(', ')}}`;
}
