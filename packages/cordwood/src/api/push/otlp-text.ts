import type { OtlpValue } from '../../codec/otlp-logs.ts';
import { goJson } from '../go-json.ts';

/** A value of OTLP as the text that Loki makes of it: strings as they are, lists and maps as JSON with sorted keys. */
export function otlpText(value: OtlpValue): string {
  switch (value.kind) {
    case 'empty':
      return '';
    case 'string':
      return value.value;
    case 'bool':
      return String(value.value);
    case 'int':
      return String(value.value);
    case 'double':
      if (Number.isFinite(value.value)) return Object.is(value.value, -0) ? '-0' : String(value.value);
      return `json: unsupported value: ${Number.isNaN(value.value) ? 'NaN' : value.value > 0 ? '+Inf' : '-Inf'}`;
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'array':
    case 'map':
      return jsonText(value);
  }
}

function jsonText(value: OtlpValue): string {
  switch (value.kind) {
    case 'empty':
      return 'null';
    case 'string':
      return goJson(value.value);
    case 'bool':
    case 'int':
      return String(value.value);
    case 'double':
      return Number.isFinite(value.value) ? String(value.value) : 'null';
    case 'bytes':
      return `"${Buffer.from(value.value).toString('base64')}"`;
    case 'array':
      return `[${value.values.map(jsonText).join(',')}]`;
    case 'map': {
      const last = new Map(value.entries.map((entry) => [entry.key, entry.value]));
      const keys = [...last.keys()].sort();
      return `{${keys.map((key) => `${goJson(key)}:${jsonText(last.get(key)!)}`).join(',')}}`;
    }
  }
}
