import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withContext } from './context.ts';
import type { Fields } from './logger.ts';
import type { LogRecord } from './record.ts';
import { captureLogs } from './testing.ts';

const trace_id = '4bf92f3577b34da6a3ce929d0e0e4736';
const span_id = '00f067aa0ba902b7';

/** The record of one call, without the fields that are always there. */
function recorded(event: unknown, fields?: unknown, bindings?: Fields): Partial<LogRecord> {
  const logs = captureLogs({ clock: () => 0 });
  let log = logs.getLogger('a.b');
  if (bindings !== undefined) log = log.child(bindings);
  log.info(event as string, fields as Fields);
  const [record] = logs.records();
  const { timestamp, level, logger, service, version, environment, ...rest } = record as LogRecord;
  assert.deepEqual(
    { timestamp, level, logger, service, version, environment },
    {
      timestamp: '1970-01-01T00:00:00.000Z',
      level: 'INFO',
      logger: 'a.b',
      service: 'test-service',
      version: '0.0.0',
      environment: 'test',
    },
  );
  return rest;
}

test('a line has the fields of TR-005 in their order', () => {
  const logs = captureLogs({
    clock: () => Date.UTC(2026, 1, 4, 12, 0, 0, 7),
    service: 'csrd-agent',
    version: '1.2.0',
    environment: 'production',
  });
  const ids = { tenant_id: 'tenant-001', request_id: 'req-abc123', trace_id, span_id };
  logs.getLogger('greenlang.agents.csrd').info('emission_calculated', { ...ids, duration_ms: 42.5, tonnes: 1 });
  assert.equal(
    logs.lines[0],
    '{"timestamp":"2026-02-04T12:00:00.007Z","level":"INFO","event":"emission_calculated","logger":"greenlang.agents.csrd",' +
      '"service":"csrd-agent","version":"1.2.0","environment":"production","tenant_id":"tenant-001","request_id":"req-abc123",' +
      `"trace_id":"${trace_id}","span_id":"${span_id}","duration_ms":42.5,"data":{"tonnes":1}}`,
  );
});

test('fields go to their places', () => {
  assert.deepEqual(recorded('e'), { event: 'e', data: {} });
  assert.deepEqual(recorded('e', { a: 1 }), { event: 'e', data: { a: 1 } });
  assert.deepEqual(recorded('e', { data: { a: 1 }, b: 2 }), { event: 'e', data: { a: 1, b: 2 } });
  assert.deepEqual(recorded('e', { request_id: 'r', a: 1 }), { event: 'e', request_id: 'r', data: { a: 1 } });
  assert.deepEqual(recorded('e', { tenant_id: undefined, duration_ms: undefined }), { event: 'e', data: {} });
});

test('errors', () => {
  const failure = new RangeError('boom');
  assert.equal(recorded('e', failure).error?.type, 'RangeError');
  assert.equal(recorded('e', { error: failure, a: 1 }).error?.message, 'boom');
  assert.deepEqual(recorded('e', { err: failure, a: 1 }).data, { a: 1 });
  assert.deepEqual(recorded('e', { err: 'text' }).data, { err: 'text' });
  assert.deepEqual(recorded('e', { error: 'thrown text' }).error, { type: 'string', message: 'thrown text' });
  const logs = captureLogs();
  logs.getLogger().error(failure, { a: 1 });
  assert.deepEqual(
    [logs.records()[0]?.event, logs.records()[0]?.error?.type, logs.records()[0]?.data],
    ['RangeError', 'RangeError', { a: 1 }],
  );
});

test('what does not fit the schema goes to data with a mark', () => {
  const violation = (fields: unknown, data: unknown, event: unknown = 'e') =>
    assert.deepEqual(recorded(event, fields).data, data);
  violation({ trace_id: 'trace-xyz789' }, { trace_id: 'trace-xyz789', schema_violation: ['trace_id'] });
  violation({ span_id: 1 }, { span_id: 1, schema_violation: ['span_id'] });
  violation({ request_id: 'a b' }, { request_id: 'a b', schema_violation: ['request_id'] });
  violation({ tenant_id: 'x'.repeat(129) }, { tenant_id: 'x'.repeat(129), schema_violation: ['tenant_id'] });
  violation({ duration_ms: '5' }, { duration_ms: '5', schema_violation: ['duration_ms'] });
  violation({ duration_ms: -1 }, { duration_ms: -1, schema_violation: ['duration_ms'] });
  violation({ level: 'x', service: 'y' }, { level: 'x', service: 'y', schema_violation: ['level', 'service'] });
  violation({ data: [1] }, { data: [1] });
  violation('text', { value: 'text', schema_violation: ['fields'] });
  violation(7, { value: 7, schema_violation: ['fields'] });
  violation(undefined, { schema_violation: ['event'] }, '');
  violation({ a: 1 }, { a: 1, schema_violation: ['event'] }, { not: 'a name' });
  assert.equal(recorded(undefined).event, 'unnamed');
  const logs = captureLogs();
  logs.getLogger().info('e', { trace_id: 'x', span_id: 'y' });
  assert.equal(logs.statistics().schemaViolations, 2);
});

test('children add their fields; a call wins over a child, a child over the context', () => {
  assert.deepEqual(recorded('e', { b: 2 }, { a: 1 }), { event: 'e', data: { a: 1, b: 2 } });
  assert.deepEqual(recorded('e', { a: 2 }, { a: 1, c: 3 }).data, { a: 2, c: 3 });
  assert.deepEqual(recorded('e', undefined, { request_id: 'r' }), { event: 'e', request_id: 'r', data: {} });
  assert.deepEqual(recorded('e', undefined, { trace_id: 'bad' }).data, {
    trace_id: 'bad',
    schema_violation: ['trace_id'],
  });
  withContext({ a: 'context', b: 'context', c: 'context', request_id: 'rc', tenant_id: 't' }, () => {
    assert.deepEqual(recorded('e'), {
      event: 'e',
      request_id: 'rc',
      tenant_id: 't',
      data: { a: 'context', b: 'context', c: 'context' },
    });
    const record = recorded('e', { a: 'call' }, { b: 'child', request_id: 'rb' });
    assert.deepEqual(record, {
      event: 'e',
      tenant_id: 't',
      request_id: 'rb',
      data: { a: 'call', b: 'child', c: 'context' },
    });
    assert.deepEqual(recorded('e', { x: 1 }, { y: 1 }).data, { a: 'context', b: 'context', c: 'context', y: 1, x: 1 });
  });
  withContext({ trace_id: 'nonsense' }, () => {
    assert.deepEqual(recorded('e').data, { trace_id: 'nonsense', schema_violation: ['trace_id'] });
  });
  const logs = captureLogs();
  logs.getLogger().child({ a: 1 }).child({ b: 2 }).info('e');
  assert.deepEqual(logs.records()[0]?.data, { a: 1, b: 2 });
});

test('no line has a key twice', () => {
  const logs = captureLogs();
  withContext({ k: 1 }, () =>
    logs
      .getLogger()
      .child({ k: 2 })
      .info('e', { k: 3, data: { k: 4 } }),
  );
  assert.equal(logs.lines[0]?.match(/"k":/g)?.length, 1);
});

test('levels by name, inherited by the names below, changed while running', () => {
  const logs = captureLogs({ level: 'warn', levels: { 'a.b': 'debug', 'a.b.c': 'silent' } });
  const log = logs.getLogger('a.b.x');
  const child = log.child({ k: 1 });
  const enabled = (name: string) => logs.getLogger(name).isEnabled('debug');
  assert.deepEqual(['a', 'a.b', 'a.b.x', 'a.bx', 'a.b.c', 'a.b.c.d'].map(enabled), [
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
  logs.setLevel('error', 'a.b');
  assert.ok(!child.isEnabled('warn'));
  child.warn('no');
  child.error('yes');
  logs.setLevel('trace');
  logs.getLogger('other').trace('yes too');
  assert.deepEqual(
    logs.records().map((record) => record.event),
    ['yes', 'yes too'],
  );
  assert.deepEqual([logs.level(), logs.level('a.b.q')], ['trace', 'error']);
});

test('every level writes its name', () => {
  const logs = captureLogs();
  const log = logs.getLogger();
  log.trace('x');
  log.debug('x');
  log.info('x');
  log.warn('x');
  log.error('x');
  log.fatal('x');
  log.log('warn', 'x');
  log.log('nonsense' as never, 'x');
  assert.deepEqual(
    logs.records().map((record) => record.level),
    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'WARN', 'ERROR'],
  );
});

test('a call never throws and never loses the line', () => {
  const hostile = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('trap');
      },
      get() {
        throw new Error('trap');
      },
    },
  );
  const logs = captureLogs();
  const log = logs.getLogger();
  for (const fields of [
    hostile,
    { a: hostile },
    { error: hostile },
    Object.create(null),
    [1, 2],
    Symbol('x'),
    () => 1,
  ]) {
    log.info('e', fields as never);
  }
  log.info(Symbol('event') as never);
  log.child(hostile as never).info('after');
  assert.equal(logs.lines.length + logs.statistics().dropped - (logs.statistics().dropped > 0 ? 1 : 0), 9);
  for (const line of logs.lines) JSON.parse(line);
});

test('a huge line is cut and marked', () => {
  const big = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 'x '.repeat(15_000)]));
  const logs = captureLogs();
  logs.getLogger().info('e', big);
  assert.ok((logs.lines[0] as string).length < 220_000);
  assert.deepEqual(logs.records()[0]?.data['schema_violation'], ['data']);
});

test('nothing of a secret leaves in any field', () => {
  const secret = 'sk_live_abcdefghij1234567890';
  const logs = captureLogs();
  const log = logs.getLogger();
  log.info(`message with ${secret}`, {
    [secret]: 1,
    deep: { list: [{ text: `x ${secret}` }] },
    error: new Error(secret, { cause: new Error(secret) }),
  });
  log.child({ bound: secret }).error('e', { request_id: secret });
  withContext({ note: secret, tenant_id: secret }, () => log.info('e'));
  log.info('e', {
    url: new URL(`https://user:${secret}@x.org/?token=${secret}`),
    map: new Map([['k', secret]]),
    set: new Set([secret]),
  });
  assert.ok(!logs.lines.join('\n').includes(secret), logs.lines.join('\n'));
});
