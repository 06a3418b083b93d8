import { type LineFields, parseLineFields } from './line-fields.ts';
import type { LogRow } from './log-row.ts';

const parsedLines = new WeakMap<LogRow, { fields: LineFields | undefined }>();

/** Fields of a row's line, parsed once. */
export function fieldsOf(row: LogRow): LineFields | undefined {
  let known = parsedLines.get(row);
  if (!known) {
    known = { fields: parseLineFields(row.line) };
    parsedLines.set(row, known);
  }
  return known.fields;
}
