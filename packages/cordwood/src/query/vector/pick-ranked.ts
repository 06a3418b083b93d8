import { createStepSeries, type StepSeries } from '../step-series.ts';

/**
 * The `limit` best series of each step. `before` says which of two numbers ranks higher; NaN ranks last; of equals the
 * earlier series wins. With one step the series come out best first, which `sort` around it relies on.
 */
export function pickRanked(
  group: readonly StepSeries[],
  stepCount: number,
  limit: number,
  before: (a: number, b: number) => boolean,
): StepSeries[] {
  const picked = new Map<StepSeries, StepSeries>();
  for (let step = 0; step < stepCount; step++) {
    const candidates = group.filter((series) => series.present[step] === 1);
    candidates.sort((a, b) => rank(a.values[step]!, b.values[step]!, before));
    for (const series of candidates.slice(0, limit)) {
      let copy = picked.get(series);
      if (copy === undefined) {
        copy = createStepSeries(series.labels, stepCount);
        picked.set(series, copy);
      }
      copy.values[step] = series.values[step]!;
      copy.present[step] = 1;
    }
  }
  return [...picked.values()];
}

function rank(a: number, b: number, before: (a: number, b: number) => boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return before(a, b) ? -1 : before(b, a) ? 1 : 0;
}
