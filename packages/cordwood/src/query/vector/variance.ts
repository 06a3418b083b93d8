import type { StepSeries } from '../step-series.ts';
import type { FoldedSeries } from './vector-function.ts';

/** Population variance of each step, by Welford's recurrence. */
export function foldVariance(
  group: readonly StepSeries[],
  stepCount: number,
  pick: (variance: number) => number,
): FoldedSeries {
  const values = new Float64Array(stepCount);
  const present = new Uint8Array(stepCount);
  for (let step = 0; step < stepCount; step++) {
    let count = 0;
    let mean = 0;
    let squares = 0;
    for (const series of group) {
      if (series.present[step] === 0) continue;
      const value = series.values[step]!;
      count++;
      const delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
    }
    if (count === 0) continue;
    values[step] = pick(squares / count);
    present[step] = 1;
  }
  return { values, present };
}
