/**
 * A log line as a tree of fields: JSON objects and logfmt. Numbers keep the text in which they were written, because filters
 * compare text and large integers do not fit a JavaScript number.
 */
export type FieldValue =
  | { readonly kind: 'text' | 'number' | 'boolean' | 'null'; readonly text: string }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly items: readonly FieldValue[] };

export interface Field {
  readonly name: string;
  readonly value: FieldValue;
}

export interface LineFields {
  readonly format: 'json' | 'logfmt';
  readonly fields: readonly Field[];
  /** Words of a logfmt line that belong to no pair. */
  readonly words: readonly string[];
}

/** One step into a JSON document: a key or an index. */
export type PathStep = string | number;

/** Longer lines are shown as text: a tree of them helps nobody and costs the frame. */
const lineLengthMax = 256 * 1024;

/** The fields of a line, or undefined when it is plain text. */
export function parseLineFields(line: string): LineFields | undefined {
  if (line.length > lineLengthMax) return undefined;
  const trimmed = line.trim();
  if (trimmed.startsWith('{') && trimmed.endsWith('}')) {
    const fields = parseJsonObject(trimmed);
    return fields && { format: 'json', fields, words: [] };
  }
  return parseLogfmt(trimmed);
}

class WrittenNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function parseJsonObject(text: string): readonly Field[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, parsed: unknown, context?: { source?: string }) =>
      typeof parsed === 'number' ? new WrittenNumber(context?.source ?? String(parsed)) : parsed,
    );
  } catch {
    return undefined;
  }
  const tree = fieldValue(value);
  return tree.kind === 'object' ? tree.fields : undefined;
}

function fieldValue(value: unknown): FieldValue {
  if (value === null) return { kind: 'null', text: 'null' };
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'boolean') return { kind: 'boolean', text: String(value) };
  if (value instanceof WrittenNumber) return { kind: 'number', text: value.text };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(fieldValue) };
  return {
    kind: 'object',
    fields: Object.entries(value as Record<string, unknown>).map(([name, each]) => ({ name, value: fieldValue(each) })),
  };
}

/**
 * `key=value key="quoted value"`. A line counts as logfmt when it starts with such a pair and at least half of its
 * words belong to one; so prose with a stray `a=b` stays text.
 */
function parseLogfmt(line: string): LineFields | undefined {
  if (!/^[\w.@/-]+=/.test(line)) return undefined;
  const fields: Field[] = [];
  const words: string[] = [];
  const pair = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|(\S*)))?/gy;
  let position = 0;
  while (position < line.length) {
    if (line[position] === ' ' || line[position] === '\t') {
      position++;
      continue;
    }
    pair.lastIndex = position;
    const match = pair.exec(line);
    if (!match) return undefined;
    position = pair.lastIndex;
    const [whole, name, quoted, bare] = match;
    if (!whole.includes('=')) {
      words.push(name!);
      continue;
    }
    fields.push({ name: name!, value: { kind: 'text', text: quoted === undefined ? (bare ?? '') : unquote(quoted) } });
  }
  return fields.length >= 2 && fields.length >= words.length ? { format: 'logfmt', fields, words } : undefined;
}

function unquote(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

/** The label that `| json` or `| logfmt` makes of a path of keys: other characters become `_`, a leading digit gets one. */
export function labelNameOf(path: readonly PathStep[]): string {
  const name = path
    .map((step) =>
      String(step)
        .trim()
        .replace(/[^a-zA-Z0-9_]/g, '_'),
    )
    .join('_');
  return /^\d/.test(name) ? `_${name}` : name;
}

/** The path as a `json` expression takes it: `data.checks[0].rule`, `headers["x-id"]`. */
export function jsonExpressionOf(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `["${step.replace(/["\\]/g, '\\$&')}"]`;
  }
  return text;
}

export interface FlatField {
  readonly path: readonly PathStep[];
  readonly text: string;
}

/** Leaves with their paths, in order, at most `max`. */
export function flattenFields(fields: readonly Field[], max = 200): readonly FlatField[] {
  const out: FlatField[] = [];
  const visit = (value: FieldValue, path: readonly PathStep[]): void => {
    if (out.length >= max) return;
    if (value.kind === 'object') for (const field of value.fields) visit(field.value, [...path, field.name]);
    else if (value.kind === 'list') for (const [index, item] of value.items.entries()) visit(item, [...path, index]);
    else out.push({ path, text: value.text });
  };
  for (const field of fields) visit(field.value, [field.name]);
  return out;
}
