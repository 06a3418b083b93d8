import type { LoggerProvider, LogRecord as OpenTelemetryRecord } from '@opentelemetry/api-logs';
import { attributesOf, severityNumber } from '../formatters/otlp.ts';
import { contextWithSpan } from '../open-telemetry.ts';
import type { LogRecord } from '../record.ts';
import type { Sink } from './sink.ts';

/**
 * Bridge to the OpenTelemetry logs SDK: every line becomes a log record of the given provider, with the trace of its context,
 * already redacted. The provider batches and exports; `forceFlush` of the SDK's provider is called on flush.
 */
export function createOpenTelemetrySink(provider: LoggerProvider): Sink {
  let written = 0;
  let dropped = 0;
  const flush = async () => {
    await (provider as { forceFlush?: () => Promise<void> }).forceFlush?.();
  };
  return {
    write(line) {
      try {
        const record = JSON.parse(line) as LogRecord;
        provider.getLogger(record.logger, record.version).emit(toOpenTelemetry(record));
        written++;
      } catch {
        dropped++;
      }
    },
    flush,
    flushSync: () => undefined,
    close: flush,
    statistics: () => ({ written, dropped }),
  };
}

function toOpenTelemetry(record: LogRecord): OpenTelemetryRecord {
  const ids =
    record.trace_id === undefined || record.span_id === undefined
      ? undefined
      : { traceId: record.trace_id, spanId: record.span_id };
  return {
    timestamp: Date.parse(record.timestamp),
    severityNumber: severityNumber(record.level),
    severityText: record.level,
    body: record.event,
    attributes: attributesOf(record) as NonNullable<OpenTelemetryRecord['attributes']>,
    ...(ids === undefined
      ? {}
      : { context: contextWithSpan(ids, true) as NonNullable<OpenTelemetryRecord['context']> }),
  };
}
