import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { withContext } from './context.ts';
import { activeSpan } from './open-telemetry.ts';
import { setup } from './setup.ts';
import { createOpenTelemetrySink } from './sinks/open-telemetry.ts';
import { captureLogs } from './testing.ts';

const trace_id = '4bf92f3577b34da6a3ce929d0e0e4736';

test('without the API there is no span', () => assert.equal(activeSpan(), undefined));

test('the active span of the real API and SDK is in each line, also after awaiting', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = new BasicTracerProvider().getTracer('test');
  const logs = captureLogs();
  const log = logs.getLogger();
  const span = tracer.startSpan('work', {}, ROOT_CONTEXT);
  const { traceId, spanId } = span.spanContext();
  await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
    log.info('a');
    await new Promise((resolve) => setImmediate(resolve));
    log.info('b');
    // The span is closer than the context of the request, a field of the call is closer still.
    withContext({ trace_id, request_id: 'r' }, () => log.info('c'));
    log.child({ request_id: 'child' }).info('d', { trace_id });
  });
  log.info('e');
  span.end();
  assert.deepEqual(
    logs.records().map((record) => [record.event, record.trace_id, record.span_id, record.request_id]),
    [
      ['a', traceId, spanId, undefined],
      ['b', traceId, spanId, undefined],
      ['c', traceId, spanId, 'r'],
      ['d', trace_id, spanId, 'child'],
      ['e', undefined, undefined, undefined],
    ],
  );
  context.disable();
});

test('the bridge gives the logs SDK redacted records with severity, attributes and trace', async () => {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter } as never)] });
  const logging = setup({
    service: 's',
    version: '1',
    environment: 'test',
    sink: createOpenTelemetrySink(provider),
    format: 'json',
    flushOnExit: false,
  });
  withContext({ trace_id, span_id: '00f067aa0ba902b7', request_id: 'r' }, () => {
    logging
      .getLogger('a.b')
      .error('failed for bob@x.org', { error: new TypeError('boom'), n: 1.5, nested: { password: 'x' } });
  });
  await logging.flush();
  const [record] = exporter.getFinishedLogRecords();
  assert.deepEqual(
    [record?.body, record?.severityNumber, record?.severityText, record?.instrumentationScope.name],
    ['failed for [REDACTED_EMAIL]', 17, 'ERROR', 'a.b'],
  );
  assert.deepEqual([record?.spanContext?.traceId, record?.spanContext?.spanId], [trace_id, '00f067aa0ba902b7']);
  const { attributes } = record as { attributes: Record<string, unknown> };
  assert.deepEqual(
    [attributes['n'], attributes['nested'], attributes['request_id'], attributes['exception.type']],
    [1.5, { password: '[REDACTED_KEY]' }, 'r', 'TypeError'],
  );
  assert.deepEqual(logging.statistics().written, 1);
  await logging.close();
});
