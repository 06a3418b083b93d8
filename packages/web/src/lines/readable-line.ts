/**
 * A structured line the way a person reads it: the message first, then the other fields as `key=value`, without those that
 * have a column of their own (time, level, service). The stored line is one switch away and always in the details.
 */
import { flattenFields, type LineFields } from './line-fields.ts';

export interface ReadablePart {
  readonly kind: 'message' | 'key' | 'value' | 'word';
  readonly text: string;
}

const messageNames = ['message', 'msg', 'event', 'log', 'error', 'err'];
const columnNames = new Set([
  ...['timestamp', 'time', 'ts', '@timestamp', 't', 'datetime'],
  ...['level', 'severity', 'lvl', 'loglevel', 'log.level', 'severity_text'],
]);
const partsMax = 48;

/** `labels`: what the row shows already; a field that says the same is left out. */
export function readableParts(line: LineFields, labels: Readonly<Record<string, string>>): readonly ReadablePart[] {
  const flat = flattenFields(line.fields, partsMax);
  const message = messageNames
    .map((name) => flat.find((field) => field.path.length === 1 && field.path[0] === name && field.text !== ''))
    .find((field) => field !== undefined);
  const service = labels['service_name'];
  const parts: ReadablePart[] = [];
  if (message) parts.push({ kind: 'message', text: message.text });
  for (const field of flat) {
    if (field === message) continue;
    const [first] = field.path;
    if (field.path.length === 1 && columnNames.has(String(first).toLowerCase())) continue;
    if (field.path.length === 1 && /^service(_name)?$/.test(String(first)) && field.text === service) continue;
    parts.push({ kind: 'key', text: pathText(field.path) }, { kind: 'value', text: field.text });
  }
  for (const word of line.words) parts.push({ kind: 'word', text: word });
  return parts;
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
