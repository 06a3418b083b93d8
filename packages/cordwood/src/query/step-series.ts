import type { Labels } from '../model/labels.ts';
import type { Limits } from '../model/limits.ts';
import type { QueryRequest } from './request.ts';

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

/**
 * The steps of a query that starts at `startNs`. With queries split by an interval, as Loki does by default, they fall on multiples
 * of themselves (loki.md 1.5).
 */
export function stepsOf(
  { kind, endNs, stepNs }: Pick<QueryRequest, 'kind' | 'endNs' | 'stepNs'>,
  startNs: bigint,
  limits: Pick<Limits, 'splitQueriesByIntervalMs'>,
): Steps {
  if (kind === 'instant') return { startNs: endNs, stepNs: 1n, stepCount: 1 };
  const aligned = limits.splitQueriesByIntervalMs > 0;
  const firstNs = aligned ? floorTo(startNs, stepNs) : startNs;
  const lastNs = aligned ? -floorTo(-endNs, stepNs) : endNs;
  return { startNs: firstNs, stepNs, stepCount: Number((lastNs - firstNs) / stepNs) + 1 };
}

function floorTo(valueNs: bigint, stepNs: bigint): bigint {
  const rest = valueNs % stepNs;
  return rest < 0n ? valueNs - rest - stepNs : valueNs - rest;
}
