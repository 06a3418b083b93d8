import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

const stages = (arguments_: string) =>
  `stage.regex {\n expression = "^(?P<t>.*)$"\n}\nstage.timestamp {\n source = "t"\n${arguments_}\n}`;
const times = async (arguments_: string, ...lines: string[]) =>
  (await runStages(stages(arguments_), lines)).out.map((entry) => entry.time);

test('equal times move on by a nanosecond, as in Alloy since 1.17, or stay', async () => {
  const lines = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];
  assert.deepEqual(await times('format = "RFC3339"', ...lines), [
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.000000001Z',
    '2026-01-01T00:00:00.000000002Z',
    '2026-01-01T00:00:01Z',
  ]);
  assert.deepEqual(
    (await times('format = "RFC3339"\n action_on_duplicate_timestamp = "keep"', ...lines))[2],
    '2026-01-01T00:00:00Z',
  );
});

test('a failure follows the last time, or leaves the entry’s', async () => {
  assert.deepEqual(await times('format = "Unix"', 'x', '1700000000', 'x'), [
    '',
    '2023-11-14T22:13:20Z',
    '2023-11-14T22:13:20.000000001Z',
  ]);
  assert.deepEqual(await times('format = "Unix"\n action_on_failure = "skip"', '1700000000', 'x'), [
    '2023-11-14T22:13:20Z',
    '',
  ]);
});

test('a year that a push cannot carry is no time: the next format gets its turn', async () => {
  assert.deepEqual(await times('format = "Unix"\n fallback_formats = ["UnixMs"]', '1700000000123'), [
    '2023-11-14T22:13:20.123Z',
  ]);
});

test('a time without year is of this year, in the place’s zone', async () => {
  assert.deepEqual(
    await times('format = "Jan _2 15:04:05"\n location = "Europe/Madrid"', 'Jul  4 12:00:00', 'Jan  4 12:00:00'),
    ['2026-07-04T10:00:00Z', '2026-01-04T11:00:00Z'],
  );
});
