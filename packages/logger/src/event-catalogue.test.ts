import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as valibot from 'valibot';
import { z } from 'zod';
import { withContext } from './context.ts';
import { defineEvents } from './event-catalogue.ts';
import { recordSchema } from './record-schema.ts';
import { captureLogs } from './testing.ts';

const events = defineEvents({
  emission_calculated: { level: 'info', data: z.object({ tonnes: z.number(), scope: z.literal([1, 2, 3]) }) },
  report_failed: {
    level: 'error',
    data: valibot.object({ reason: valibot.string() }),
    fields: ['reason'],
    description: 'a report was refused',
  },
  heartbeat: { level: 'debug' },
});

function recorded(call: (log: ReturnType<typeof logger>) => void, settings = {}) {
  const logs = captureLogs(settings);
  call(logs.getLogger('a', events));
  return logs.records();
}
const logger = () => captureLogs().getLogger('a', events);

test('an event has its level, name and data', () => {
  const [record] = recorded((log) =>
    log.emission_calculated({ tonnes: 1.5, scope: 2 }, { duration_ms: 3, request_id: 'r' }),
  );
  assert.deepEqual(
    [record?.event, record?.level, record?.data, record?.duration_ms, record?.request_id],
    ['emission_calculated', 'INFO', { tonnes: 1.5, scope: 2 }, 3, 'r'],
  );
  const [error] = recorded((log) => log.report_failed({ reason: 'x' }, { error: new Error('boom') }));
  assert.deepEqual([error?.level, error?.data, error?.error?.message], ['ERROR', { reason: 'x' }, 'boom']);
  assert.equal(recorded((log) => log.heartbeat())[0]?.level, 'DEBUG');
  assert.deepEqual(recorded((log) => log.heartbeat({ duration_ms: 1 }))[0]?.duration_ms, 1);
});

test('children have the events too, and levels hold', () => {
  const [record] = recorded((log) => log.child({ site: 's' }).emission_calculated({ tonnes: 1, scope: 1 }));
  assert.deepEqual(record?.data, { site: 's', tonnes: 1, scope: 1 });
  assert.deepEqual(
    recorded((log) => log.heartbeat(), { level: 'info' }),
    [],
  );
});

test('data that does not fit is kept and marked', () => {
  const wrong = { tonnes: 'many', scope: 4 } as never;
  assert.deepEqual(recorded((log) => log.emission_calculated(wrong))[0]?.data, {
    tonnes: 'many',
    scope: 4,
    schema_violation: ['data.tonnes', 'data.scope'],
  });
  assert.deepEqual(recorded((log) => log.report_failed({} as never))[0]?.data, { schema_violation: ['data.reason'] });
  assert.deepEqual(recorded((log) => log.emission_calculated(undefined as never))[0]?.data, {
    schema_violation: ['data'],
  });
  assert.deepEqual(recorded((log) => log.emission_calculated(wrong), { schema: 'off' })[0]?.data, {
    tonnes: 'many',
    scope: 4,
  });
  const logs = captureLogs();
  logs.getLogger('a', events).emission_calculated(wrong);
  assert.equal(logs.statistics().schemaViolations, 2);
});

test('a schema that throws or waits does not harm the call', () => {
  const of = (validate: () => never) => ({
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate,
      types: undefined as { input: object; output: object } | undefined,
    },
  });
  const odd = defineEvents({
    throws: {
      level: 'info',
      data: of(() => {
        throw new Error('no');
      }),
    },
    waits: { level: 'info', data: of(() => Promise.resolve({ issues: [] }) as never) },
  });
  const logs = captureLogs();
  const log = logs.getLogger('a', odd);
  log.throws({});
  log.waits({});
  assert.deepEqual(
    logs.records().map((record) => record.data),
    [{ schema_violation: ['data'] }, {}],
  );
});

test('a wrong call does not compile', () => {
  const check = (log: ReturnType<typeof logger>) => {
    // @ts-expect-error tonnes is a number
    log.emission_calculated({ tonnes: 'x', scope: 1 });
    // @ts-expect-error scope is missing
    log.emission_calculated({ tonnes: 1 });
    // @ts-expect-error no such event
    log.emission_calculatd({ tonnes: 1, scope: 1 });
    // @ts-expect-error data is needed
    log.report_failed();
  };
  assert.equal(typeof check, 'function');
});

test('the fields of a catalogue can be read', () => {
  assert.deepEqual(events.describe(), [
    { event: 'emission_calculated', level: 'info', fields: ['tonnes', 'scope'], description: undefined },
    { event: 'report_failed', level: 'error', fields: ['reason'], description: 'a report was refused' },
    { event: 'heartbeat', level: 'debug', fields: [], description: undefined },
  ]);
});

test('names are checked when the catalogue is made', () => {
  assert.throws(() => defineEvents({ 'Not Snake': { level: 'info' } }), /snake_case/);
  assert.throws(() => defineEvents({ child: { level: 'info' } }), /already has/);
  assert.throws(() => defineEvents({ x: { level: 'loud' as never } }), /no level "loud"/);
});

test('the published JSON Schema is the one in the source, and all that is logged fits it', () => {
  const file = new URL('../log-record.schema.json', import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, `${JSON.stringify(recordSchema, undefined, 2)}\n`);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), recordSchema, 'npm run golden');

  const fits = new Ajv2020({ strict: true }).compile(recordSchema);
  const logs = captureLogs();
  const log = logs.getLogger('a', events);
  log.heartbeat();
  log.emission_calculated(
    { tonnes: 1, scope: 1 },
    {
      duration_ms: 1,
      tenant_id: 't',
      request_id: 'r',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
    },
  );
  log.emission_calculated('wrong' as never, 'worse' as never);
  log.error('e', new AggregateError([new Error('a'), 'b'], 'm', { cause: 7 }));
  for (const odd of [
    null,
    undefined,
    5,
    'x',
    [1],
    { level: 'x', timestamp: 1, trace_id: 3, duration_ms: -1, error: { a: 1 } },
  ]) {
    log.info('e', odd as never);
    log.info(odd as never);
    withContext(odd as never, () => log.child((odd ?? {}) as never).warn('x'.repeat(10_000)));
  }
  assert.equal(logs.records().length, 22);
  for (const record of logs.records())
    assert.ok(fits(record), `${JSON.stringify(record)}: ${JSON.stringify(fits.errors)}`);
});
