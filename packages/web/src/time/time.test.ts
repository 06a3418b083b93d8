import assert from 'node:assert/strict';
import { test } from 'node:test';
import { property } from '../../test/random.ts';
import {
  formatAge,
  formatDateTime,
  formatDelta,
  formatNanoseconds,
  formatRange,
  formatTimeOfDay,
  fromInputValue,
  toInputValue,
} from './format-time.ts';
import {
  absolute,
  apiRange,
  describeDurationMs,
  last,
  longestRangeMs,
  parseDurationMs,
  printDurationMs,
  quickRanges,
  resolveRange,
  shift,
  widerRange,
  zoomOut,
} from './range-choice.ts';
import { roundStepMs } from './step.ts';

const hourMs = 3_600_000;
const noon = Date.UTC(2026, 10, 24, 12, 0, 0);

test('durations are read', () => {
  const f = (text: string, expected: number | undefined) => assert.equal(parseDurationMs(text), expected, text);
  f('15m', 900_000);
  f(' 1h30m ', 5_400_000);
  f('2d', 172_800_000);
  f('90s', 90_000);
  f('', undefined);
  f('0s', undefined);
  f('1.5h', undefined);
  f('-1h', undefined);
  f('1w', undefined);
  f('9999d', undefined);
  f('1h 30m', undefined);
});

test('durations print as they were chosen', () => {
  const texts = quickRanges.map((choice) => (choice.kind === 'last' ? printDurationMs(choice.durationMs) : ''));
  assert.deepEqual(texts, ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '1d', '2d', '7d', '30d', '90d']);
  assert.equal(printDurationMs(90 * 60_000), '1h30m');
  assert.equal(printDurationMs(26 * hourMs), '26h');
});

test('any duration of whole seconds survives being printed and read', () => {
  property(2000, (random) => {
    const durationMs = (1 + random.int(longestRangeMs / 1000)) * 1000;
    assert.equal(parseDurationMs(printDurationMs(durationMs)), durationMs, printDurationMs(durationMs));
  });
});

test('durations in words', () => {
  assert.equal(describeDurationMs(5 * 60_000), '5 minutes');
  assert.equal(describeDurationMs(hourMs), '1 hour');
  assert.equal(describeDurationMs(24 * hourMs), '24 hours');
  assert.equal(describeDurationMs(48 * hourMs), '2 days');
  assert.equal(describeDurationMs(90 * 60_000), '90 minutes');
});

test('relative ranges move with the clock, absolute ones do not', () => {
  assert.deepEqual(resolveRange(last(hourMs), noon), { startMs: noon - hourMs, endMs: noon });
  assert.deepEqual(resolveRange(absolute(7, 3), noon), { startMs: 3, endMs: 7 });
  assert.deepEqual(apiRange({ startMs: 1.5, endMs: 2.5 }), { startNs: 1_000_000n, endNs: 3_000_000n });
});

test('zoom and shift keep the width and never pass now', () => {
  assert.deepEqual(zoomOut({ startMs: noon - hourMs, endMs: noon }, noon), absolute(noon - 2 * hourMs, noon));
  const past = { startMs: noon - 10 * hourMs, endMs: noon - 9 * hourMs };
  assert.deepEqual(zoomOut(past, noon), absolute(noon - 10.5 * hourMs, noon - 8.5 * hourMs));
  assert.deepEqual(shift(past, -1, noon), absolute(noon - 10.5 * hourMs, noon - 9.5 * hourMs));
  assert.deepEqual(shift({ startMs: noon - hourMs, endMs: noon }, 1, noon), absolute(noon - hourMs, noon));
});

test('an empty range offers a wider one until there is none', () => {
  const widths: string[] = [];
  let width = 5 * 60_000;
  for (let i = 0; i < 20; i++) {
    const wider = widerRange({ startMs: 0, endMs: width });
    if (wider?.kind !== 'last') break;
    assert.ok(wider.durationMs > width);
    width = wider.durationMs;
    widths.push(printDurationMs(width));
  }
  assert.deepEqual(widths, ['30m', '3h', '12h', '2d', '30d', '90d']);
});

test('timestamps in UTC', () => {
  assert.equal(formatTimeOfDay(noon + 7, 'utc'), '12:00:00.007');
  assert.equal(formatDateTime(noon, 'utc'), '2026-11-24 12:00:00');
  assert.equal(formatDateTime(noon + 7, 'utc'), '2026-11-24 12:00:00.007');
  assert.equal(formatNanoseconds('1795521600000000123', 'utc'), '2026-11-24 12:00:00.000000123');
  assert.equal(formatNanoseconds('5', 'utc'), '1970-01-01 00:00:00.000000005');
  assert.equal(formatRange({ startMs: noon, endMs: noon + hourMs }, 'utc'), '2026-11-24 12:00:00 – 13:00:00');
  assert.equal(
    formatRange({ startMs: noon, endMs: noon + 24 * hourMs }, 'utc'),
    '2026-11-24 12:00:00 – 2026-11-25 12:00:00',
  );
});

test('what a date field shows is what it gives back', () => {
  property(500, (random) => {
    const ms = Math.floor(random.next() * 4e12) - (Math.floor(random.next() * 4e12) % 1000);
    const second = Math.floor(ms / 1000) * 1000;
    assert.equal(fromInputValue(toInputValue(second, 'utc'), 'utc'), second);
  });
  assert.equal(fromInputValue('2026-11-24T12:00', 'utc'), noon);
  assert.equal(fromInputValue('2026-11-24 12:00:00.5', 'utc'), noon + 500);
  assert.equal(fromInputValue('2026-02-31T12:00', 'utc'), undefined);
  assert.equal(fromInputValue('yesterday', 'utc'), undefined);
});

test('ages and distances', () => {
  const age = (seconds: number) => formatAge(noon - seconds * 1000, noon);
  assert.deepEqual([3, 42, 250, 7300, 200_000].map(age), ['just now', '42 s ago', '4 min ago', '2 h ago', '2 d ago']);
  const f = (ns: bigint, expected: string) => assert.equal(formatDelta(ns), expected);
  f(0n, '+0');
  f(1500n, '+2 µs');
  f(12_340_000n, '+12.3 ms');
  f(4_000_000n, '+4 ms');
  f(340_000_000n, '+340 ms');
  f(1_250_000_000n, '+1.25 s');
  f(123_000_000_000n, '+2 min 3 s');
  f(3_723_000_000_000n, '+1 h 2 min');
});

test('steps are round and few', () => {
  assert.equal(roundStepMs(hourMs, 120), 30_000);
  assert.equal(roundStepMs(5 * 60_000, 120), 5000);
  assert.equal(roundStepMs(1000, 120), 1000);
  property(500, (random) => {
    const range = 1000 + random.next() * longestRangeMs;
    const max = 40 + random.int(200);
    assert.ok(range / roundStepMs(range, max) <= max);
  });
});
