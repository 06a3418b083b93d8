import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../record.ts';
import { formatterNamed } from './formatter.ts';

const record: LogRecord = {
  timestamp: '2026-02-04T12:00:00.000Z',
  level: 'ERROR',
  event: 'report_failed',
  logger: 'greenlang.agents.csrd',
  service: 'csrd-agent',
  version: '1.2.0',
  environment: 'production',
  request_id: 'req-1',
  duration_ms: 42.5,
  data: { report: 'E1-6', nested: { a: 1, 'odd key': 'x y' }, list: [1, 'a'], none: null, escape: '\u001b[31mred' },
  error: {
    type: 'TypeError',
    message: 'boom',
    stack: 'TypeError: boom\n    at f (a.ts:1:1)\n    at g (node:internal/x:1:1)',
    cause: { type: 'Error', message: 'inner' },
  },
};

const { error: _, ...withoutError } = record;

test('logfmt is flat and quoted', () => {
  assert.equal(
    formatterNamed('logfmt', false)?.(withoutError),
    'timestamp=2026-02-04T12:00:00.000Z level=ERROR event=report_failed logger=greenlang.agents.csrd service=csrd-agent version=1.2.0 ' +
      'environment=production request_id=req-1 duration_ms=42.5 data.report=E1-6 data.nested.a=1 data.nested.odd_key="x y" ' +
      'data.list="[1,\\"a\\"]" data.none=null data.escape="\\u001b[31mred"',
  );
});

test('pretty shows one line, then the stack, and sends no control characters of the data to the terminal', () => {
  const text = formatterNamed('pretty', false)?.(record) as string;
  assert.match(text, /^12:00:00\.000 ERROR report_failed +greenlang\.agents\.csrd duration_ms=42\.5 report=E1-6/);
  assert.match(text, /\n {2}TypeError: boom\n {6}at f \(a\.ts:1:1\)\n/);
  assert.match(text, /caused by: Error: inner$/);
  assert.ok(!text.includes('\u001b'));
  assert.match(formatterNamed('pretty', true)?.(record) as string, /\u001b\[31mERROR\u001b\[0m/);
});

test('pretty of an AggregateError and of odd events', () => {
  const text = formatterNamed(
    'pretty',
    false,
  )?.({
    ...record,
    event: 'a\u0007b',
    data: {},
    error: { type: 'AggregateError', message: 'm', errors: [{ type: 'E', message: 'one' }] },
  });
  assert.match(text as string, /a\\x07b/);
  assert.match(text as string, /- E: one/);
});

test('json needs no formatter', () => assert.equal(formatterNamed('json', false), undefined));
