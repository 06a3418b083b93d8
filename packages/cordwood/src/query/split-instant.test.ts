import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels, noLabels } from '../model/labels.ts';
import { defaultLimits } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createEngine } from './engine.ts';
import { parseQuery } from './parse-query.ts';
import { createMemorySource } from './test/memory-source.ts';

const tenant = 'a' as Tenant;
const endNs = 1_795_154_400_000_000_000n;
const hourNs = 3_600_000_000_000n;

/** Values of two streams in the hours before `endNs`: [hours ago, value]. */
const values: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  x: [
    [0, 5],
    [1, 1],
    [2, 4],
  ],
  y: [
    [0, 2],
    [1, 7],
    [2, 3],
  ],
};

async function ask(text: string, splitInstant: boolean, intervalMs: number): Promise<number[]> {
  const source = createMemorySource();
  for (const [app, samples] of Object.entries(values)) {
    for (const [hours, value] of samples) {
      const timestampNs = endNs - BigInt(hours) * hourNs - 60_000_000_000n;
      source.push(tenant, createLabels({ app }), [{ timestampNs, line: `v=${value}`, structuredMetadata: noLabels }]);
    }
  }
  const limits = { ...defaultLimits, splitInstantMetricQueriesByIntervalMs: intervalMs };
  const engine = createEngine({ select: source.select, clock: new SimulatedClock(endNs), limitsFor: () => limits });
  const { expression, error } = parseQuery(text);
  assert.ok(expression !== undefined, `${error?.message}`);
  const result = await engine.run({
    tenants: [tenant],
    expression,
    kind: 'instant',
    startNs: endNs,
    endNs,
    stepNs: 0n,
    intervalNs: 0n,
    limit: 100,
    direction: 'backward',
    splitInstant,
  });
  assert.ok(result.kind === 'vector');
  return result.samples.map(({ value }) => value);
}

/** `cut`: as Loki's frontend answers; `whole`: as its ruler does. */
function answers(text: string, cut: readonly number[], whole: readonly number[] = cut): void {
  test(text, async () => {
    assert.deepEqual(await ask(text, true, 3_600_000), cut, 'cut');
    assert.deepEqual(await ask(text, false, 3_600_000), whole, 'whole');
    assert.deepEqual(await ask(text, true, 0), whole, 'cutting turned off');
  });
}

const logs = '{app=~"x|y"}';
const unwrapped = `${logs} | logfmt | unwrap v`;
// Sums by the hour are 7, 8 and 7.
answers(`sum(max_over_time(${unwrapped} [3h]))`, [8], [12]);
answers(`sum(max_over_time(${unwrapped} [3h]) by (app))`, [8], [12]);
answers(`2 * (sum(max_over_time(${unwrapped} [3h])))`, [16], [24]);
answers(`max(sum_over_time(${unwrapped} [3h]))`, [5 + 7 + 4], [12]);
answers(`min(count_over_time(${logs}[3h]))`, [3]);
answers(`max(rate(${unwrapped} [3h]))`, [16 / 10800], [12 / 10800]);
answers(`avg(min_over_time(${unwrapped} [150m]))`, [3.5], [1.5]);
// What commutes is not changed, and neither is what Loki does not cut.
answers(`sum(sum_over_time(${unwrapped} [3h]))`, [22]);
answers(`max(max_over_time(${unwrapped} [3h]))`, [7]);
answers(`sum(max_over_time(${unwrapped} [1h]))`, [7]);
answers(`stddev(max_over_time(${unwrapped} [3h]))`, [1]);
answers(`sum(avg_over_time(${unwrapped} [3h]))`, [10 / 3 + 4]);
answers(`count(max_over_time(${unwrapped} [3h]))`, [2]);
answers(`max_over_time(${unwrapped} [3h])`, [5, 7]);
