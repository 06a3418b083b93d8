import type { Level } from '../level.ts';
import type { LogRecord } from '../record.ts';

/** OpenTelemetry severity numbers (logs data model): the first of each range of four. */
const severityNumbers: Readonly<Record<Uppercase<Level>, number>> = {
  TRACE: 1,
  DEBUG: 5,
  INFO: 9,
  WARN: 13,
  ERROR: 17,
  FATAL: 21,
};

export function severityNumber(level: Uppercase<Level>): number {
  return severityNumbers[level];
}

type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | Record<string, never>;
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** Attributes of a record: `data` as it is, ids and duration under our names, the error by the semantic conventions. */
export function attributesOf(record: LogRecord): Record<string, unknown> {
  const attributes: Record<string, unknown> = { ...record.data };
  if (record.tenant_id !== undefined) attributes['tenant_id'] = record.tenant_id;
  if (record.request_id !== undefined) attributes['request_id'] = record.request_id;
  if (record.duration_ms !== undefined) attributes['duration_ms'] = record.duration_ms;
  if (record.error !== undefined) {
    attributes['exception.type'] = record.error.type;
    attributes['exception.message'] = record.error.message;
    if (record.error.stack !== undefined) attributes['exception.stacktrace'] = record.error.stack;
  }
  return attributes;
}

/** Records as the JSON form of an OTLP ExportLogsServiceRequest, grouped by resource and logger. */
export function otlpRequest(records: readonly LogRecord[]): object {
  const resources = new Map<string, { readonly first: LogRecord; readonly scopes: Map<string, LogRecord[]> }>();
  for (const record of records) {
    const key = JSON.stringify([record.service, record.version, record.environment]);
    let resource = resources.get(key);
    if (resource === undefined) {
      resource = { first: record, scopes: new Map() };
      resources.set(key, resource);
    }
    const scope = resource.scopes.get(record.logger);
    if (scope === undefined) resource.scopes.set(record.logger, [record]);
    else scope.push(record);
  }
  return {
    resourceLogs: [...resources.values()].map(({ first, scopes }) => ({
      resource: {
        attributes: keyValues({
          'service.name': first.service,
          'service.version': first.version,
          'deployment.environment.name': first.environment,
        }),
      },
      scopeLogs: [...scopes].map(([name, logRecords]) => ({ scope: { name }, logRecords: logRecords.map(logRecord) })),
    })),
  };
}

function logRecord(record: LogRecord): object {
  const timeUnixNano = `${Date.parse(record.timestamp)}000000`;
  return {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber: severityNumber(record.level),
    severityText: record.level,
    body: { stringValue: record.event },
    attributes: keyValues(attributesOf(record)),
    ...(record.trace_id === undefined ? {} : { traceId: record.trace_id }),
    ...(record.span_id === undefined ? {} : { spanId: record.span_id }),
  };
}

function keyValues(fields: Readonly<Record<string, unknown>>): KeyValue[] {
  return Object.entries(fields).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      if (value === null || value === undefined) return {};
      if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
      return { kvlistValue: { values: keyValues(value as Record<string, unknown>) } };
  }
}
