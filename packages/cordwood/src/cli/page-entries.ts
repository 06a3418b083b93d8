import type { StreamResult } from '../client/loki-client.ts';
import { flattenStreams, type PrintableEntry } from './entry-output.ts';

export interface Page {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly limit: number;
}

/**
 * Reads up to `limit` entries in pages of `batchSize`, losing and repeating nothing where many entries share a timestamp.
 *
 * Loki's API has no cursor, only times. A page that was cut at its limit may have been cut inside a run of equal
 * timestamps, so the next page starts at that same timestamp again and what was already given out there is skipped by
 * count per (labels, line). When a run is longer than a page, the next page asks for as many more.
 */
export async function* pageEntries(
  fetchPage: (page: Page) => Promise<readonly StreamResult[]>,
  range: { startNs: bigint; endNs: bigint },
  direction: 'forward' | 'backward',
  limit: number,
  batchSize: number,
): AsyncGenerator<PrintableEntry[]> {
  let { startNs, endNs } = range;
  let remaining = limit;
  let edgeNs: bigint | undefined;
  let seenAtEdge: string[] = [];
  while (remaining > 0 && startNs < endNs) {
    const askFor = Math.min(batchSize, remaining) + seenAtEdge.length;
    const entries = flattenStreams(await fetchPage({ startNs, endNs, limit: askFor }), direction);
    const skip = new Map<string, number>();
    for (const key of seenAtEdge) skip.set(key, (skip.get(key) ?? 0) + 1);
    const fresh = entries.filter((entry) => {
      if (entry.timestampNs !== edgeNs) return true;
      const left = skip.get(keyOf(entry)) ?? 0;
      if (left > 0) skip.set(keyOf(entry), left - 1);
      return left === 0;
    });
    if (fresh.length > 0) yield fresh;
    remaining -= fresh.length;
    if (entries.length < askFor) return;
    const lastNs = entries.at(-1)!.timestampNs;
    const atLast = fresh.filter((entry) => entry.timestampNs === lastNs).map(keyOf);
    seenAtEdge = lastNs === edgeNs ? [...seenAtEdge, ...atLast] : atLast;
    edgeNs = lastNs;
    if (direction === 'forward') startNs = lastNs;
    else endNs = lastNs + 1n;
  }
}

function keyOf(entry: PrintableEntry): string {
  return JSON.stringify([entry.labels, entry.line]);
}
