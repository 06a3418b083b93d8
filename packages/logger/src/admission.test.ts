import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdmissionOptions, admissionProblems } from './admission.ts';
import { ConfigError } from './config.ts';
import { captureLogs } from './testing.ts';

function limited(limits: AdmissionOptions, random: () => number = () => 0.5) {
  let timeMs = 1_000_000;
  const logs = captureLogs({ limits, clock: () => timeMs, random });
  return {
    logs,
    log: logs.getLogger('a'),
    advance: (ms: number) => {
      timeMs += ms;
    },
    events: () => logs.records().map((record) => record.event),
  };
}

test('a rate limit lets a burst through, refills, and says what it left out', () => {
  const { logs, log, advance, events } = limited({ events: { tick: { perSecond: 2, burst: 3 } } });
  for (let i = 0; i < 10; i++) log.info('tick');
  assert.equal(events().length, 3);
  advance(1_000);
  for (let i = 0; i < 10; i++) log.info('tick');
  assert.equal(events().length, 5);
  advance(10_000);
  log.info('other');
  assert.deepEqual(events().slice(5), ['log_events_suppressed', 'other']);
  assert.deepEqual(logs.records()[5]?.data, { suppressed_event: 'tick', suppressed_logger: 'a', calls: 15 });
});

test('sampling keeps its share', () => {
  let n = 0;
  const { log, events } = limited({ otherwise: { sample: 0.25 } }, () => (n++ % 4) / 4);
  for (let i = 0; i < 100; i++) log.info(`e${i % 3}`);
  assert.equal(events().length, 25);
});

test('errors pass a general rule, and obey one of their own', () => {
  const { log, events } = limited({ otherwise: { sample: 0 }, events: { flaky_failed: { perSecond: 1 } } });
  log.info('x');
  log.error('y');
  for (let i = 0; i < 5; i++) log.error('flaky_failed');
  assert.deepEqual(events(), ['y', 'flaky_failed']);
});

test('flush and close report at once; loggers are limited apart', async () => {
  const { logs, log, events } = limited({ events: { tick: { perSecond: 1 } } });
  log.info('tick');
  logs.getLogger('b').info('tick');
  assert.equal(events().length, 2);
  log.info('tick');
  await logs.flush();
  assert.equal(events().at(-1), 'log_events_suppressed');
  await logs.flush();
  await logs.close();
  assert.equal(events().length, 3);
});

test('a flood of different events does not grow without bound', () => {
  const { log, logs, advance } = limited({ otherwise: { perSecond: 1 } });
  for (let i = 0; i < 3_000; i++) log.info(`free text ${i}`);
  advance(11_000);
  log.info('end');
  const reports = logs.eventsNamed('log_events_suppressed');
  assert.deepEqual(
    reports.map((record) => record.data['calls']),
    [1_999],
  );
});

test('rules are checked', () => {
  assert.equal(
    admissionProblems({
      events: { a: { sample: 2, perSecond: 0, burst: 0.5 }, b: { burst: 2 } },
      otherwise: { sample: -1 },
    }).length,
    5,
  );
  assert.throws(() => limited({ otherwise: { sample: 7 } }), ConfigError);
});
