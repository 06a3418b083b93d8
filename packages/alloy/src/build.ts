/**
 * New configuration text from plain data: what a converter or a renderer builds. `printItems` gives the canonical form, that
 * of `format`; a comment stands above its item or behind it on the line.
 */
import { format } from './print.ts';
import { quote } from './quote.ts';

export type NewItem = NewAttribute | NewBlock;

export interface NewAttribute extends Commented {
  readonly kind: 'attribute';
  readonly name: string;
  readonly value: NewExpression;
}
export interface NewBlock extends Commented {
  readonly kind: 'block';
  /** `loki.write` */
  readonly name: string;
  readonly label?: string;
  readonly body: readonly NewItem[];
}

export type NewExpression =
  | string
  | number
  | boolean
  | null
  | readonly NewExpression[]
  /** Text of the language: a reference, a call. */
  | { readonly code: string }
  | { readonly fields: readonly NewField[] }
  | { readonly call: string; readonly items: readonly NewExpression[] };

export interface NewField extends Commented {
  readonly name: string;
  readonly value: NewExpression;
}

export interface Commented {
  /** Lines above, without `//`. */
  readonly above?: readonly string[];
  /** Behind it on its line, without `//`. */
  readonly behind?: string;
}

export function newAttribute(name: string, value: NewExpression): NewAttribute {
  return { kind: 'attribute', name, value };
}

export function newBlock(name: string, body: readonly NewItem[], label?: string): NewBlock {
  return { kind: 'block', name, body, ...(label === undefined ? {} : { label }) };
}

/** Canonical text of a file with these items; `below` are comment lines at its end. */
export function printItems(items: readonly NewItem[], below: readonly string[] = []): string {
  const text = items.map((item) => writeItem(item)).join('') + commentLines(below);
  const { text: formatted, diagnostics } = format({ name: 'new', text });
  const [problem] = diagnostics;
  if (formatted === undefined) throw new Error(`BUG: wrote text that does not parse: ${problem?.message}\n${text}`);
  return formatted;
}

function commentLines(lines: readonly string[]): string {
  return lines.map((line) => `// ${line}`.trimEnd().concat('\n')).join('');
}

function writeItem(item: NewItem): string {
  const above = commentLines(item.above ?? []);
  const behind = item.behind === undefined ? '' : ` // ${item.behind}`;
  if (item.kind === 'attribute') return `${above}${item.name} = ${writeExpression(item.value)}${behind}\n`;
  const head = `${above}${item.name}${item.label === undefined ? '' : ` ${quote(item.label)}`} {`;
  if (item.body.length === 0) return `${head} }${behind}\n`;
  return `${head}${behind}\n${item.body.map(writeItem).join('')}}\n`;
}

const identifier = /^(?!(?:true|false|null)$)[A-Za-z_]\w*$/;

function writeExpression(value: NewExpression): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value);
  if ('code' in value) return value.code;
  if ('fields' in value) return writeObject(value.fields);
  if ('call' in value) return `${value.call}(\n${value.items.map((item) => `${writeExpression(item)},\n`).join('')})`;
  return `[${value.map(writeExpression).join(', ')}]`;
}

function writeObject(fields: readonly NewField[]): string {
  if (fields.length === 0) return '{}';
  const lines = fields.map(({ name, value, above = [], behind }) => {
    const key = identifier.test(name) ? name : quote(name);
    return `${commentLines(above)}${key} = ${writeExpression(value)},${behind === undefined ? '' : ` // ${behind}`}\n`;
  });
  return `{\n${lines.join('')}}`;
}
