import { createLabels, type Labels } from '../../model/labels.ts';
import type { LokiSide } from './loki-side.ts';

export interface TimeSpan {
  readonly startNs: bigint;
  /** Exclusive. */
  readonly endNs: bigint;
}

/** Streams that Loki writes for itself (Logs Drilldown): no log of anybody, and it makes them again. */
const internalNames = ['__aggregated_metric__', '__pattern__'];

/**
 * Every stream of a tenant that may have entries in the span. The answer is as coarse as Loki's index, so some may turn out to
 * be empty; none with entries is missing.
 */
export async function listStreams(side: LokiSide, tenant: string, span: TimeSpan): Promise<Labels[]> {
  // Old ones refuse a request without a selector; an empty one means all to every Loki.
  const parameters = { 'match[]': '{}', start: String(span.startNs), end: String(span.endNs) };
  const answer = (await side.get(tenant, '/loki/api/v1/series', parameters)) as { data?: Record<string, string>[] };
  return (answer.data ?? [])
    .map((labels) => createLabels(labels))
    .filter((labels) => labels.length > 0 && !labels.some(({ name }) => internalNames.includes(name)));
}

/** The names of all labels of some streams. */
export function labelNames(streams: Iterable<Labels>): Set<string> {
  const names = new Set<string>();
  for (const labels of streams) for (const { name } of labels) names.add(name);
  return names;
}

/** The span in parts that begin and end at multiples of `widthNs`, in the order of time. */
export function splitSpan({ startNs, endNs }: TimeSpan, widthNs: bigint): TimeSpan[] {
  const parts: TimeSpan[] = [];
  for (let from = startNs; from < endNs; ) {
    const next = (from / widthNs + 1n) * widthNs;
    const to = next < endNs ? next : endNs;
    parts.push({ startNs: from, endNs: to });
    from = to;
  }
  return parts;
}
