import { RequestError } from '../model/failure.ts';

/**
 * Applies `max_query_series` (0: no limit). Grafana's Logs Drilldown would rather show some series than an error: its queries get
 * the first ones, and a warning.
 */
export function limitSeries<Series>(
  series: readonly Series[],
  seriesMax: number,
  tags: string | undefined,
  warnings: string[],
): readonly Series[] {
  if (seriesMax === 0 || series.length <= seriesMax) return series;
  if (takesPartial(tags)) {
    warnings.push(`maximum number of series (${seriesMax}) reached for a single query; returning partial results`);
    return series.slice(0, seriesMax);
  }
  throw tooManySeries(seriesMax);
}

export function takesPartial(tags: string | undefined): boolean {
  return tags?.toLowerCase().includes('source=grafana-lokiexplore-app') ?? false;
}

export function tooManySeries(seriesMax: number): RequestError {
  return new RequestError(
    400,
    `maximum number of series (${seriesMax}) reached for a single query; consider reducing query cardinality by adding more specific stream selectors, reducing the time range, or aggregating results with functions like sum(), count() or topk()`,
  );
}
