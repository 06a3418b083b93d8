import { idLengthMax } from './limits.ts';
import type { IdField } from './record.ts';
import { isSpanId, isTraceId } from './traceparent.ts';

/** Characters that are safe in a header, a URL, a log line and a query; no quotes, blanks or control characters. */
export const plainIdExpression = '^[A-Za-z0-9._:+=/-]+$';
const plainId = new RegExp(plainIdExpression);

/** An id that other systems may see: bounded, of harmless characters. */
export function isPlainId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= idLengthMax && plainId.test(value);
}

/** Whether a value fits the schema's id field. */
export function fitsIdField(field: IdField, value: unknown): value is string {
  if (field === 'trace_id') return isTraceId(value);
  if (field === 'span_id') return isSpanId(value);
  return isPlainId(value);
}
