/**
 * A structured line the way a person reads it: the message, what happened as `key=value`, then who said it; without what has a
 * column of its own (time, level, service). The stored line is one switch away and always in the details.
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
/** Who speaks rather than what happened: the same in line after line, so it comes last. */
const contextNames =
  /^(logger|version|environment|env|service|service_name|host|hostname|pid|caller|schema|tenant_id|(x[._-])?(trace|request|correlation|span|parent[._-]?span)[._-]?id|trace_flags)$/i;
const partsMax = 48;

/** `labels`: what the row shows already; a field that says the same is left out. */
export function readableParts(line: LineFields, labels: Readonly<Record<string, string>>): readonly ReadablePart[] {
  const flat = flattenFields(line.fields, partsMax);
  const message = messageNames
    .map((name) => flat.find((field) => field.path.length === 1 && field.path[0] === name && field.text !== ''))
    .find((field) => field !== undefined);
  const parts: ReadablePart[] = [];
  const context: ReadablePart[] = [];
  if (message) parts.push({ kind: 'message', text: message.text });
  for (const field of flat) {
    if (field === message) continue;
    const alone = field.path.length === 1 ? String(field.path[0]) : undefined;
    if (alone !== undefined && columnNames.has(alone.toLowerCase())) continue;
    if (alone !== undefined && /^service(_name)?$/.test(alone) && field.text === labels['service_name']) continue;
    const to = alone !== undefined && contextNames.test(alone) ? context : parts;
    to.push({ kind: 'key', text: pathText(field.path) }, { kind: 'value', text: field.text });
  }
  for (const word of line.words) parts.push({ kind: 'word', text: word });
  return [...parts, ...context];
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
