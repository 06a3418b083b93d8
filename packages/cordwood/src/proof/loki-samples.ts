import type { LokiClient, QueryData, SeriesResult } from '../client/loki-client.ts';
import { RequestError } from '../model/failure.ts';
import { createLabels } from '../model/labels.ts';
import type { Sample } from '../rules/alerting-rule.ts';

/** Points of one range query: Loki refuses more than 11,000. */
const pointsMax = 5_000;

/** An instant query of any Loki, as a rule asks it. Throws RequestError with Loki's text. */
export async function instantSamples(
  client: LokiClient,
  expression: string,
  timeNs: bigint,
  signal?: AbortSignal,
): Promise<readonly Sample[]> {
  const parameters = { query: expression, time: String(timeNs) };
  const { data } = (await client.get('/loki/api/v1/query', parameters, signal)) as { data: QueryData };
  if (data.resultType === 'scalar') return [{ labels: [], value: Number(data.result[1]) }];
  if (data.resultType !== 'vector') throw new RequestError(400, 'rule result is not a vector or scalar');
  return data.result.map(({ metric, value }) => ({ labels: createLabels(metric), value: numberOf(value![1]) }));
}

/**
 * What instant queries at `startMs`, `startMs + stepMs`, ... up to `endMs` would give, in one range query for every few thousand of
 * them: by time in milliseconds; a time without samples is absent.
 */
export async function samplesOverTime(
  client: LokiClient,
  expression: string,
  { startMs, endMs, stepMs }: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, readonly Sample[]>> {
  const byTime = new Map<number, Sample[]>();
  for (let fromMs = startMs; fromMs <= endMs; fromMs += pointsMax * stepMs) {
    const untilMs = Math.min(endMs, fromMs + (pointsMax - 1) * stepMs);
    const parameters = {
      query: expression,
      start: `${fromMs}000000`,
      end: `${untilMs}000000`,
      step: String(stepMs / 1000),
    };
    const { data } = (await client.get('/loki/api/v1/query_range', parameters, signal)) as { data: QueryData };
    if (data.resultType !== 'matrix') throw new RequestError(400, 'rule result is not a vector or scalar');
    for (const series of data.result) addSeries(series, byTime);
  }
  return byTime;
}

function addSeries({ metric, values = [] }: SeriesResult, byTime: Map<number, Sample[]>): void {
  const labels = createLabels(metric);
  for (const [seconds, text] of values) {
    const timeMs = Math.round(seconds * 1000);
    const samples = byTime.get(timeMs);
    const sample = { labels, value: numberOf(text) };
    if (samples === undefined) byTime.set(timeMs, [sample]);
    else samples.push(sample);
  }
}

/** Prometheus writes `+Inf` and `NaN`. */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
