import type { Labels } from '../model/labels.ts';

/**
 * One series on its way through a metric expression: a value a step, and whether the step has one at all. NaN is a value
 * (x/0), so absence is kept apart. Arrays are as long as the query has steps; whoever makes a series owns its arrays, and
 * whoever receives one only reads.
 */
export interface StepSeries {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

export function createStepSeries(labels: Labels, stepCount: number): StepSeries {
  return { labels, values: new Float64Array(stepCount), present: new Uint8Array(stepCount) };
}

/** The moments at which a metric query is evaluated. */
export interface Steps {
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly stepCount: number;
}
