import type { LogRecord } from '../record.ts';

/** Characters for which a value must be quoted; keys may not have them at all. */
const unquoted = /^[^\s"=\\\u0000-\u001f\u007f]+$/;

/**
 * `timestamp=… level=info event=emission_calculated … data.tonnes=12.5`: nested data flattened with dots, lists as JSON,
 * values quoted as Go's logfmt readers expect.
 */
export function formatLogfmt(record: LogRecord): string {
  const parts: string[] = [];
  append(parts, '', record as unknown as Record<string, unknown>, 0);
  return parts.join(' ');
}

function append(parts: string[], prefix: string, fields: Readonly<Record<string, unknown>>, depth: number): void {
  for (const [name, value] of Object.entries(fields)) {
    const key = prefix + name.replace(/[\s"=\\\u0000-\u001f\u007f]/g, '_');
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 8) {
      append(parts, `${key}.`, value as Record<string, unknown>, depth + 1);
    } else if (value === null) parts.push(`${key}=null`);
    else {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      parts.push(`${key}=${unquoted.test(text) ? text : JSON.stringify(text)}`);
    }
  }
}
