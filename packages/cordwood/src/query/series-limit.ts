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
  if (tags?.toLowerCase().includes('source=grafana-lokiexplore-app')) {
    warnings.push(`maximum number of series (${seriesMax}) reached for a single query; returning partial results`);
    return series.slice(0, seriesMax);
  }
  throw new RequestError(
    400,
    `maximum number of series (${seriesMax}) reached for a single query; consider reducing query cardinality by adding more specific stream selectors, reducing the time range, or aggregating results with functions like sum(), count() or topk()`,
  );
}
