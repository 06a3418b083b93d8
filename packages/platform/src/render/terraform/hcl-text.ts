/**
 * Just enough of HCL's layout for our root modules: the bytes that `terraform fmt` would write, so that the check of a rendered folder
 * needs no exception. Attributes of one block that follow each other on single lines have their `=` in one column.
 */

/** A value as HCL: text, number, boolean, or a list or object of them. `hcl` marks an expression that is taken as it is. */
export type HclValue =
  | string
  | number
  | boolean
  | { readonly hcl: string }
  | readonly HclValue[]
  | { readonly [key: string]: HclValue };

const isExpression = (value: HclValue): value is { readonly hcl: string } =>
  typeof value === 'object' && 'hcl' in value && typeof value.hcl === 'string';

/** Attributes, one a line, indented by `depth` steps. */
export function hclAttributes(attributes: Readonly<Record<string, HclValue>>, depth: number): string {
  const rows = Object.entries(attributes).map(([name, value]) => ({ name, text: hclValue(value, depth) }));
  const lines: string[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    if (!rows[start]!.text.includes('\n')) while (end < rows.length && !rows[end]!.text.includes('\n')) end++;
    const run = rows.slice(start, end);
    const width = Math.max(...run.map(({ name }) => name.length));
    for (const { name, text } of run) lines.push(`${'  '.repeat(depth)}${name.padEnd(width)} = ${text}`);
    start = end;
  }
  return lines.join('\n');
}

function hclValue(value: HclValue, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (isExpression(value)) return value.hcl;
  if (Array.isArray(value)) return `[${value.map((entry) => hclValue(entry, depth)).join(', ')}]`;
  const entries = Object.entries(value as Readonly<Record<string, HclValue>>);
  if (entries.every(([, entry]) => typeof entry !== 'object'))
    return entries.length === 0
      ? '{}'
      : `{ ${entries.map(([key, entry]) => `${hclKey(key)} = ${hclValue(entry, depth)}`).join(', ')} }`;
  const keyed = Object.fromEntries(entries.map(([key, entry]) => [hclKey(key), entry]));
  return `{\n${hclAttributes(keyed, depth + 1)}\n${'  '.repeat(depth)}}`;
}

const hclKey = (key: string): string => (/^[A-Za-z_][\w-]*$/.test(key) ? key : quoted(key));

const quoted = (text: string): string => JSON.stringify(text).replaceAll(/[$%](?=[{])/g, (sign) => sign + sign);
