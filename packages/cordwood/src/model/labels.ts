/**
 * Labels: an immutable list of name/value pairs, sorted by name (byte order), without duplicates.
 *
 * A sorted list, not an object or a Map: it compares and prints without sorting again, survives names like
 * `__proto__`, and shares structure between the entries of one stream.
 */
export interface Label {
  readonly name: string;
  readonly value: string;
}
export type Labels = readonly Label[];

export const noLabels: Labels = Object.freeze([]);

function compareNames(a: Label, b: Label): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Labels from an object or pairs. Of equal names the last one wins. */
export function createLabels(pairs: Iterable<readonly [string, string]> | Readonly<Record<string, string>>): Labels {
  const entries = Symbol.iterator in pairs ? [...(pairs as Iterable<[string, string]>)] : Object.entries(pairs);
  const last = new Map<string, string>(entries as [string, string][]);
  const labels: Label[] = [];
  for (const [name, value] of last) labels.push({ name, value });
  return labels.sort(compareNames);
}

/** Both together; where a name is in both, `over` has its value. */
export function overlayLabels(under: Labels, over: Labels): Labels {
  if (under.length === 0) return over;
  return createLabels([...under, ...over].map(({ name, value }) => [name, value] as const));
}

/** Value of a label, or `''` when it is absent: Loki treats the two alike. */
export function labelValue(labels: Labels, name: string): string {
  for (const label of labels) if (label.name === name) return label.value;
  return '';
}

export function hasLabel(labels: Labels, name: string): boolean {
  for (const label of labels) if (label.name === name) return true;
  return false;
}

/** `{a="b", c="d"}` with Go-quoted values: the canonical text by which streams are compared, sorted and logged. */
export function printLabels(labels: Labels): string {
  let text = '{';
  for (let i = 0; i < labels.length; i++) {
    if (i > 0) text += ', ';
    text += `${labels[i]!.name}=${quoteGo(labels[i]!.value)}`;
  }
  return `${text}}`;
}

/** A plain object, safe for JSON.stringify even with the name `__proto__`. */
export function labelsObject(labels: Labels): Record<string, string> {
  return Object.fromEntries(labels.map((label) => [label.name, label.value]));
}

const needsEscape = /["\\\u0000-\u001f\u007f-\uffff]/;

/** Go's strconv.Quote: printable Unicode stays, control characters become \n, \x07, \u00a0 ... */
export function quoteGo(text: string): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (code === 7) out += '\\a';
    else if (code === 8) out += '\\b';
    else if (code === 12) out += '\\f';
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';
    else if (code === 11) out += '\\v';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code < 0x7f || goPrintable.test(char)) out += char;
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `${out}"`;
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols; of the spaces only ASCII's. */
const goPrintable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
