import type { StepSeries } from '../step-series.ts';
import type { FoldedSeries } from './vector-function.ts';

/**
 * Folds the series of a group step by step: `combine` gets what is there so far, the next value and how many came before
 * it (0 for the first, when `sofar` means nothing).
 */
export function foldSteps(
  group: readonly StepSeries[],
  stepCount: number,
  combine: (sofar: number, value: number, seen: number) => number,
): FoldedSeries {
  const values = new Float64Array(stepCount);
  const present = new Uint8Array(stepCount);
  const seen = new Uint32Array(stepCount);
  for (const series of group) {
    for (let step = 0; step < stepCount; step++) {
      if (series.present[step] === 0) continue;
      values[step] = combine(values[step]!, series.values[step]!, seen[step]!++);
      present[step] = 1;
    }
  }
  return { values, present };
}
