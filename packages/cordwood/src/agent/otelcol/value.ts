import { createHash } from 'node:crypto';
import type { OtlpAttribute, OtlpValue } from '../../codec/otlp-logs.ts';
import { jsonString } from '../json-text.ts';

/** Text of a value as the collector's `AsString` gives it: scalars plain, the rest as JSON. */
export function valueAsString(value: OtlpValue): string {
  switch (value.kind) {
    case 'empty':
      return '';
    case 'string':
      return value.value;
    case 'bool':
    case 'int':
      return String(value.value);
    case 'double':
      return doubleText(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    default:
      return valueAsJson(value);
  }
}

/** JSON of a value, keys sorted as Go sorts them. */
export function valueAsJson(value: OtlpValue): string {
  switch (value.kind) {
    case 'empty':
      return 'null';
    case 'string':
      return jsonString(value.value);
    case 'bool':
    case 'int':
      return String(value.value);
    case 'double':
      return Number.isFinite(value.value) ? doubleText(value.value) : jsonString(doubleText(value.value));
    case 'bytes':
      return jsonString(Buffer.from(value.value).toString('base64'));
    case 'array':
      return `[${value.values.map(valueAsJson).join(',')}]`;
    case 'map':
      return attributesAsJson(value.entries);
  }
}

export function attributesAsJson(attributes: readonly OtlpAttribute[]): string {
  const sorted = [...attributes].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return `{${sorted.map(({ key, value }) => `${jsonString(key)}:${valueAsJson(value)}`).join(',')}}`;
}

/** Go's JSON of a float64. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** SHA-1 in hex of the value's text: the action `hash`. */
export function hashValue(value: OtlpValue): string {
  return createHash('sha1').update(valueAsString(value)).digest('hex');
}
