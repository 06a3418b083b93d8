import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Cpu,
  cpuCores,
  type Duration,
  durationDays,
  durationHours,
  durationMs,
  type Quantity,
  quantityBytes,
} from './units.ts';

const durations: readonly [Duration, number][] = [
  ['250ms', 250],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['720h', 2_592_000_000],
  ['30d', 2_592_000_000],
  ['1w', 604_800_000],
];
for (const [text, expected] of durations)
  test(`${text} is ${expected} ms`, () => assert.equal(durationMs(text), expected));

test('hours and days', () => {
  assert.equal(durationHours('30d'), 720);
  assert.equal(durationDays('8760h'), 365);
});

const quantities: readonly [Quantity, number][] = [
  ['512Ki', 524_288],
  ['1Gi', 1_073_741_824],
  ['1.5Mi', 1_572_864],
];
for (const [text, expected] of quantities)
  test(`${text} is ${expected} bytes`, () => assert.equal(quantityBytes(text), expected));

const cores: readonly [Cpu, number][] = [
  ['500m', 0.5],
  ['2', 2],
  ['0.25', 0.25],
];
for (const [text, expected] of cores)
  test(`${text} is ${expected} cores`, () => assert.equal(cpuCores(text), expected));
