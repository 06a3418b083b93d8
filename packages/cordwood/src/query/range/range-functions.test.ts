import assert from 'node:assert/strict';
import test from 'node:test';
import type { RangeOperation } from '@cordwood/logql';
import { randomInt, seededRandom } from '../../world/random.ts';
import { quantile } from './quantile-over-time.ts';
import { rangeFunctions } from './registry.ts';
import { createWindows } from './windows.ts';

interface Sample {
  readonly timestampNs: bigint;
  readonly sequence: number;
  readonly value: number;
}

/** What each function says about the samples of one window, in the most obvious way; samples by (time, arrival). */
const obvious: { readonly [Operation in RangeOperation]?: (window: readonly Sample[], rangeNs: bigint) => number } = {
  count_over_time: (window) => sum(window),
  rate: (window, rangeNs) => sum(window) / (Number(rangeNs) / 1e9),
  sum_over_time: (window) => sum(window),
  avg_over_time: (window) => sum(window) / window.length,
  min_over_time: (window) => Math.min(...window.map((sample) => sample.value)),
  max_over_time: (window) => Math.max(...window.map((sample) => sample.value)),
  stdvar_over_time: variance,
  stddev_over_time: (window) => Math.sqrt(variance(window)),
  first_over_time: (window) => window[0]!.value,
  last_over_time: (window) => window.at(-1)!.value,
  quantile_over_time: (window) =>
    quantile(
      0.3,
      Float64Array.from(window, (sample) => sample.value),
      window.length,
    ),
  rate_counter: (window, rangeNs) => {
    let increase = 0;
    for (let i = 1; i < window.length; i++) {
      const step = window[i]!.value - window[i - 1]!.value;
      increase += step < 0 ? window[i]!.value : step;
    }
    return increase / (Number(rangeNs) / 1e9);
  },
};

function sum(window: readonly Sample[]): number {
  return window.reduce((total, sample) => total + sample.value, 0);
}

function variance(window: readonly Sample[]): number {
  const mean = sum(window) / window.length;
  return window.reduce((total, { value }) => total + (value - mean) ** 2, 0) / window.length;
}

const startNs = 1_795_132_800_000_000_000n;

/** Runs one function over samples in any order, in pieces, and compares every step with the obvious answer. */
function agrees(operation: RangeOperation, seed: number): void {
  const random = seededRandom(seed);
  const scale = random() < 0.2 ? 86_400_000_000_000n : 1_000_000_000n;
  const stepNs = BigInt(randomInt(random, 30) + 1) * scale;
  const rangeNs = random() < 0.3 ? stepNs * BigInt(randomInt(random, 5)) : BigInt(randomInt(random, 90) + 1) * scale;
  const offsetNs = BigInt(randomInt(random, 40) - 20) * scale;
  const stepCount = randomInt(random, 30) + 1;
  const spanSeconds = Number((stepNs * BigInt(stepCount) + rangeNs) / scale) + 60;
  const samples: Sample[] = [];
  for (let i = 0; i < randomInt(random, 200); i++) {
    const seconds = BigInt(randomInt(random, spanSeconds));
    const nanoseconds = BigInt(randomInt(random, 3) - 1);
    samples.push({
      timestampNs: startNs - rangeNs - offsetNs + seconds * scale + nanoseconds,
      sequence: i,
      value: randomInt(random, 100) - 20,
    });
  }
  const windows = createWindows({ startNs, stepNs, stepCount }, rangeNs, offsetNs);
  const accumulator = rangeFunctions[operation].create(windows, 0.3);
  const shuffled = samples.map((sample) => ({ sample, key: random() })).sort((a, b) => a.key - b.key);
  for (let first = 0; first < shuffled.length; first += 16) {
    const part = shuffled.slice(first, first + 16).map(({ sample }) => sample);
    const timestampsNs = BigInt64Array.from(part, (sample) => sample.timestampNs);
    const panes = new Int32Array(part.length);
    const positions = new Float64Array(part.length);
    windows.assign(timestampsNs, part.length, panes, positions);
    const kept = part.flatMap((sample, i) => (panes[i]! < 0 ? [] : [{ sample, i }]));
    accumulator.add({
      count: kept.length,
      series: new Int32Array(kept.length).fill(3),
      pane: Int32Array.from(kept, ({ i }) => panes[i]!),
      value: Float64Array.from(kept, ({ sample }) => sample.value),
      position: Float64Array.from(kept, ({ i }) => positions[i]!),
      sequence: Float64Array.from(kept, ({ sample }) => sample.sequence),
    });
  }
  const values = new Float64Array(stepCount);
  const present = new Uint8Array(stepCount);
  accumulator.finish(3, values, present);

  samples.sort((a, b) => Number(a.timestampNs - b.timestampNs) || a.sequence - b.sequence);
  for (let step = 0; step < stepCount; step++) {
    const endNs = startNs + BigInt(step) * stepNs - offsetNs;
    const window = samples.filter((sample) => sample.timestampNs > endNs - rangeNs && sample.timestampNs <= endNs);
    assert.equal(present[step], window.length > 0 ? 1 : 0, `seed ${seed}, step ${step}: present`);
    if (window.length === 0) continue;
    const expected = obvious[operation]!(window, rangeNs);
    const close = Math.abs(values[step]! - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
    assert.ok(close, `seed ${seed}, step ${step}: ${values[step]} instead of ${expected}`);
  }
}

for (const operation of Object.keys(obvious) as RangeOperation[]) {
  test(`${operation} agrees with the obvious way on random windows`, () => {
    for (let seed = 1; seed <= 60; seed++) agrees(operation, seed);
  });
}

function quantileIs(phi: number, values: readonly number[], expected: number): void {
  test(`the ${phi}-quantile of [${values}] is ${expected}`, () => {
    assert.equal(quantile(phi, Float64Array.from(values), values.length), expected);
  });
}

quantileIs(0.5, [3, 1, 2], 2);
quantileIs(0.5, [1, 2, 3, 4], 2.5);
quantileIs(0, [5, 4], 4);
quantileIs(1, [5, 4], 5);
quantileIs(-0.1, [1], Number.NEGATIVE_INFINITY);
quantileIs(1.1, [1], Number.POSITIVE_INFINITY);
quantileIs(Number.NaN, [1], Number.NaN);
quantileIs(0.9, [1, Number.NaN, 10], 8.2);
