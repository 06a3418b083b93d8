/** Series of a metric query, aligned for a chart and summed up for a table. */
import type { LabelMap, Series } from '../client/answers.ts';

export interface SeriesRow {
  readonly name: string;
  readonly labels: LabelMap;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** `{service_name="a", level="b"}` without noise: one label shows its value alone. */
export function seriesName(labels: LabelMap): string {
  const entries = Object.entries(labels).filter(([name]) => name !== '__name__');
  if (entries.length === 0) return 'value';
  if (entries.length === 1) return entries[0]![1] === '' ? `${entries[0]![0]}=""` : entries[0]![1];
  return entries.map(([name, value]) => `${name}=${value}`).join(' ');
}

export function seriesRows(series: readonly Series[]): readonly SeriesRow[] {
  return series.map((each) => {
    const values = each.points.map(([, value]) => value).filter((value) => !Number.isNaN(value));
    return {
      name: seriesName(each.labels),
      labels: each.labels,
      last: each.points.at(-1)?.[1] ?? Number.NaN,
      min: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      max: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      mean: values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length,
    };
  });
}

/**
 * Times of all series as one ascending axis, and each series' values on it; null where it has none. A gap wider than a
 * step breaks the line, so the axis gets an empty point there.
 */
export function alignSeries(
  series: readonly Series[],
  stepMs: number,
): { readonly seconds: number[]; readonly columns: (number | null)[][] } {
  const seen = new Set<number>();
  for (const each of series) for (const [seconds] of each.points) seen.add(seconds);
  const sorted = [...seen].sort((a, b) => a - b);
  const seconds: number[] = [];
  for (const at of sorted) {
    const before = seconds.at(-1);
    if (before !== undefined && at - before > (stepMs / 1000) * 1.5) seconds.push(before + stepMs / 1000);
    seconds.push(at);
  }
  const place = new Map(seconds.map((at, index) => [at, index]));
  const columns = series.map((each) => {
    const column = new Array<number | null>(seconds.length).fill(null);
    for (const [at, value] of each.points) if (Number.isFinite(value)) column[place.get(at)!] = value;
    return column;
  });
  return { seconds, columns };
}
