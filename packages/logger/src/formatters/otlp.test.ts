import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOtlpLogsJson } from '../../../cordwood/src/codec/otlp-logs.ts';
import type { LogRecord } from '../record.ts';
import { otlpRequest } from './otlp.ts';

const record = (over: Partial<LogRecord> = {}): LogRecord => ({
  timestamp: '2026-02-04T12:00:00.123Z',
  level: 'WARN',
  event: 'e',
  logger: 'a.b',
  service: 's',
  version: '1',
  environment: 'test',
  data: {},
  ...over,
});

test("a server's decoder reads every kind of value, grouped by resource and logger", () => {
  const request = otlpRequest([
    record({
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
      tenant_id: 't',
      request_id: 'r',
      duration_ms: 1.5,
      data: { text: 'x', whole: 7, part: 0.5, yes: true, none: null, list: [1, 'a'], nested: { deep: { er: 1 } } },
      error: { type: 'TypeError', message: 'boom', stack: 'TypeError: boom' },
    }),
    record({ logger: 'c' }),
    record({ service: 'other' }),
  ]);
  const { logs } = decodeOtlpLogsJson(JSON.stringify(request));
  assert.deepEqual(
    logs?.resourceLogs.map(({ scopeLogs }) => scopeLogs.map(({ records }) => records.length)),
    [[1, 1], [1]],
  );
  const text = JSON.stringify(logs, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  for (const part of [
    '1770206400123000000',
    'service.name',
    'exception.stacktrace',
    'TypeError: boom',
    'deployment.environment.name',
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test('severities are those of the OpenTelemetry data model', () => {
  const numbers = (['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const).map((level) => {
    const [resource] = (
      otlpRequest([record({ level })]) as {
        resourceLogs: { scopeLogs: { logRecords: { severityNumber: number }[] }[] }[];
      }
    ).resourceLogs;
    return resource?.scopeLogs[0]?.logRecords[0]?.severityNumber;
  });
  assert.deepEqual(numbers, [1, 5, 9, 13, 17, 21]);
});
